"""Everything the lab can say against a tree."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from appcred.release import Release, python_for
from lab import texts
from lab.runs import run_tests, view
from lab.static import mypy_strict, prettier, ruff_core, ruff_own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.environments import Environment
    from lab.runs import Layout
    from lab.texts import Use

_BUILT = {".mypy_cache", ".ruff_cache", "__pycache__"}


def judge(
    tree: Path,
    layout: Layout,
    domain: str,
    environments: Sequence[Environment],
    span: Sequence[Environment] = (),
) -> list[str]:
    """Return what is wrong with a tree, one text for each; nothing if all is well.

    Args:
        tree: As for `run_tests`, and likewise `layout` and `domain`.
        layout: Where the integration lies in it.
        domain: The integration's folder name.
        environments: Where its own tests are run, with every line and branch of the integration
            reached, and types and texts are checked. The first is the oldest: style is checked
            for the oldest Python that it runs on.
        span: Further releases, in which only Home Assistant's source is read, for the texts that
            it asks for.

    """
    parent = "homeassistant.components" if layout == "core" else "custom_components"
    package = f"{parent}.{domain}"
    folder = tree / package.replace(".", "/")
    said: list[str] = []
    uses: set[Use] = set()
    for environment in environments:
        result = run_tests(environment, tree, layout, domain)
        asked = {*result.uses, *_base_uses(environment, folder)}
        uses |= asked
        here = [f"not covered: {each}" for each in result.missed]
        here += texts.missing(asked, _own(environment, folder), _central(environment))
        here += _types(environment, tree, layout, domain, package)
        if not result.ok:
            here.append(f"its tests do not pass:\n{result.output[-6000:]}")
        if not result.statements:
            here.append("nothing of it was measured")
        said += (f"on Home Assistant {environment.release}, {each}" for each in here)
    for environment in span:
        asked_there = _base_uses(environment, folder)
        uses |= asked_there
        here = texts.missing(asked_there, _own(environment, folder), _central(environment))
        said += (f"on Home Assistant {environment.release}, {each}" for each in here)
    own = _own(environments[-1], folder)
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    said += (f"nothing asks for the text {key}" for key in texts.unused(uses, own, code))
    said += texts.unfit(own)
    name = json.loads((folder / "manifest.json").read_text("utf-8"))["name"]
    titles = [key for key, text in own.items() if key.endswith(".title") and text == name]
    said += (f"{key} is only the integration's name" for key in titles)
    python = python_for(Release.parse(environments[0].release))
    if found := ruff_core(tree, python, layout):
        said.append(f"ruff:\n{found}")
    if (tree / "pyproject.toml").is_file() and (found := ruff_own(tree)):
        said.append(f"ruff, with the tree's own settings:\n{found}")
    return said + _json(tree, folder)


def _types(
    environment: Environment, tree: Path, layout: Layout, domain: str, package: str
) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="appcred-lab-") as name:
        root = tree
        if layout == "core":
            root = Path(name) / "core"
            view(environment, tree, domain, root)
        found = mypy_strict(environment, root, package)
    return [f"mypy:\n{found}"] if found else []


def _json(tree: Path, folder: Path) -> list[str]:
    said = []
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    if list(manifest) != ["domain", "name", *sorted(manifest.keys() - {"domain", "name"})]:
        said.append(f"manifest keys are not in hassfest's order: {list(manifest)}")
    printed = [path for path in sorted(tree.rglob("*.json")) if not _BUILT & {*path.parts}]
    if found := prettier(tree, printed):
        said.append(f"Prettier would print these differently:\n{found}")
    for path in printed:
        content = json.loads(path.read_text("utf-8"))
        if path.name != "manifest.json" and not _in_order(content):
            said.append(f"keys are not sorted: {path.relative_to(tree)}")
    return said


def _in_order(content: object) -> bool:
    if not isinstance(content, dict):
        return True
    return list(content) == sorted(content) and all(map(_in_order, content.values()))


def _own(environment: Environment, folder: Path) -> dict[str, str]:
    """Return the integration's texts in English, as a running Home Assistant would have them."""
    strings, translation = folder / "strings.json", folder / "translations" / "en.json"
    if strings.is_file():
        own = texts.flat(json.loads(strings.read_text("utf-8")))
        return texts.resolved(own, environment.site_packages / "homeassistant")
    return texts.flat(json.loads(translation.read_text("utf-8")))


def _central(environment: Environment) -> dict[str, str]:
    components = environment.site_packages / "homeassistant" / "components"
    strings = components / "homeassistant" / "strings.json"
    return texts.flat(json.loads(strings.read_text("utf-8")))


def _base_uses(environment: Environment, folder: Path) -> frozenset[Use]:
    flow = (folder / "config_flow.py").read_text("utf-8")
    return texts.base_uses(
        environment.site_packages / "homeassistant",
        unique_id="async_set_unique_id" in flow,
        core=folder.parent.name == "components",
    )
