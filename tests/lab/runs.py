"""Run the tests that an integration brings, in a real Home Assistant.

A custom integration is run where it lies. A core integration is run in a *view*: a folder that
looks like a checkout of core, made of links into the environment, with the integration among
Home Assistant's components and in its generated lists. The environment itself is never written.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lab.environments import SPECIFICATIONS, clean_environ, library
from lab.sources import core_pyproject
from lab.texts import Use, flat, read_uses, resolved

if TYPE_CHECKING:
    from lab.environments import Environment

Layout = Literal["core", "custom"]

_PLUGINS = Path(__file__).parent / "plugins"
_SECONDS = 300
# What core's own conftest says of snapshots; the test package's is hidden by that of syrupy.
_CONFTEST = """
from pytest_homeassistant_custom_component.plugins import snapshot

__all__ = ["snapshot"]
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a test run of one tree came to.

    `missed` names what the tests did not reach, `file: lines`, with branches as `from->to`;
    `statements` counts what could be reached. Both are empty if coverage was not asked for.
    `uses` are the texts that Home Assistant asked for.
    """

    passed: int
    failed: int
    skipped: int
    missed: tuple[str, ...]
    statements: int
    uses: tuple[Use, ...]
    output: str

    @property
    def ok(self) -> bool:
        """Whether tests ran and every one of them passed."""
        return self.passed > 0 and self.failed == 0 and self.skipped == 0


def run_tests(
    environment: Environment,
    tree: Path,
    layout: Layout,
    domain: str,
    *,
    coverage: bool = True,
) -> Result:
    """Run a tree's own tests in an environment.

    Args:
        environment: The Home Assistant to run them in.
        tree: The root of a custom repository, or of a core checkout that holds only this
            integration (`homeassistant/components/<domain>`, `tests/components/<domain>`).
        layout: Which of the two it is.
        domain: The integration's folder name.
        coverage: Whether to measure lines and branches of the integration.

    """
    with tempfile.TemporaryDirectory(prefix="appcred-lab-") as name:
        scratch = Path(name)
        plugins: list[str] = []
        if layout == "core":
            root = scratch / "core"
            view(environment, tree, domain, root)
            package, tests = f"homeassistant/components/{domain}", f"tests/components/{domain}"
            plugins += ["-p", "lab_core"]
            if _lacks_snapshots(tree / tests):
                plugins += ["--snapshot-update"]
        else:
            root = tree
            package, tests = f"custom_components/{domain}", "tests"
        if SPECIFICATIONS[environment.release].overrides:
            plugins[:0] = ["-p", "lab_newest"]
        data, texts = scratch / "coverage", scratch / "texts.json"
        command = [str(environment.python), "-m"]
        if coverage:
            command += ["coverage", "run", f"--data-file={data}", "--branch", f"--source={package}"]
            command += ["-m"]
        command += [
            "pytest",
            *plugins,
            *("-p", "lab_texts"),
            *("-p", "no:cacheprovider", "-p", "no:sugar"),
            "-q",
            *_settings(root),
            tests,
        ]
        done = subprocess.run(
            command,
            cwd=root,
            env=clean_environ(
                PYTHONPATH=os.pathsep.join(map(str, (_PLUGINS, library()))),
                NO_COLOR="1",
                # What Home Assistant 2025.12 imports would ask the internet for prices.
                LITELLM_LOCAL_MODEL_COST_MAP="True",
                APPCRED_LAB_DOMAIN=domain,
                APPCRED_LAB_TEXTS=str(texts),
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        counts = _counts(done.stdout)
        if done.returncode and not counts["failed"]:
            counts["failed"] = 1  # It did not get as far as a closing line.
        missed, statements = _coverage(environment, root, data) if coverage else ((), 0)
        return Result(
            **counts,
            missed=missed,
            statements=statements,
            uses=read_uses(texts) if texts.is_file() else (),
            output=done.stdout,
        )


def view(environment: Environment, tree: Path, domain: str, root: Path) -> None:
    """Make a checkout of core out of links, in which a tree's integration is one of its components.

    `root` is created. The integration is a copy, its tests are links to those of `tree`.
    """
    installed = environment.site_packages / "homeassistant"
    package = root / "homeassistant"
    for folder in (package, package / "components", package / "generated"):
        folder.mkdir(parents=True)
    _link(installed, package, leave=("components", "generated"))
    _link(installed / "components", package / "components", leave=(domain,))
    # No __pycache__ here: the generated lists differ from the installed ones.
    _link(installed / "generated", package / "generated", leave=("__pycache__",))
    integration = tree / "homeassistant" / "components" / domain
    _put(integration, package / "components" / domain, installed)
    manifest = json.loads((integration / "manifest.json").read_text(encoding="utf-8"))
    _register(package / "generated", manifest)
    tests = root / "tests" / "components"
    tests.mkdir(parents=True)
    for folder in (tests.parent, tests):
        (folder / "__init__.py").touch()
    (tests / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
    (tests / domain).symlink_to(tree / "tests" / "components" / domain)
    shutil.copy(core_pyproject(), root / "pyproject.toml")


def _lacks_snapshots(tests: Path) -> bool:
    """Whether tests compare with snapshots that are still to be written."""
    asks = any("snapshot" in _text(path) for path in tests.glob("test_*.py"))
    return asks and not (tests / "snapshots").exists()


def _put(source: Path, target: Path, installed: Path) -> None:
    """Copy an integration, and translate its strings as it is done in a checkout of core."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    strings = source / "strings.json"
    if strings.is_file() and not (source / "translations").exists():
        own = flat(json.loads(_text(strings)))
        found: dict[str, Any] = {}
        for key, text in resolved(own, installed).items():
            *folders, name = key.split(".")
            place = found
            for folder in folders:
                place = place.setdefault(folder, {})
            place[name] = text
        (target / "translations").mkdir()
        (target / "translations" / "en.json").write_text(json.dumps(found), encoding="utf-8")


def _link(source: Path, target: Path, leave: tuple[str, ...]) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.name not in leave:
                (target / entry.name).symlink_to(entry.path)


def _register(generated: Path, manifest: dict[str, str]) -> None:
    """Put a domain where hassfest would: into the generated lists that the loader reads."""
    domain = manifest["domain"]
    lists = generated / "application_credentials.py"
    _replace(
        lists, re.sub(r"APPLICATION_CREDENTIALS = \[", rf'\g<0>\n    "{domain}",', _text(lists))
    )
    flows = generated / "config_flows.py"
    _replace(flows, re.sub(r'"integration": \[', rf'\g<0>\n        "{domain}",', _text(flows)))
    integrations = json.loads(_text(generated / "integrations.json"))
    integrations["integration"][domain] = {
        "name": manifest["name"],
        "integration_type": manifest["integration_type"],
        "config_flow": True,
        "iot_class": manifest["iot_class"],
    }
    _replace(generated / "integrations.json", json.dumps(integrations))
    for path, name in ((lists, "APPLICATION_CREDENTIALS"), (flows, "FLOWS")):
        if domain not in ast.dump(ast.parse(_text(path))):
            raise RuntimeError(f"{path.name} of this release is not shaped as expected: {name}")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _replace(path: Path, text: str) -> None:
    path.unlink()  # A link into the environment: writing through it would change that.
    path.write_text(text, encoding="utf-8")


def _settings(root: Path) -> list[str]:
    """Return what pytest must be told where a tree does not bring its own settings for it."""
    pyproject = root / "pyproject.toml"
    if (root / "pytest.ini").is_file() or (
        pyproject.is_file() and "[tool.pytest" in _text(pyproject)
    ):
        return []
    return ["-o", "asyncio_mode=auto", "--rootdir", str(root)]


def _counts(output: str) -> dict[str, int]:
    closing = next((line for line in reversed(output.splitlines()) if " in " in line), "")
    found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", closing)}
    errors = found.get("error", 0) + found.get("errors", 0)
    return {
        "passed": found.get("passed", 0),
        "failed": found.get("failed", 0) + errors,
        "skipped": found.get("skipped", 0) + found.get("xfailed", 0) + found.get("deselected", 0),
    }


def _coverage(environment: Environment, root: Path, data: Path) -> tuple[tuple[str, ...], int]:
    report = data.with_name("coverage.json")
    done = subprocess.run(
        [
            *(str(environment.python), "-m", "coverage", "json", "-q", "--fail-under=0"),
            *(f"--data-file={data}", "-o", str(report)),
        ],
        cwd=root,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file():
        return (f"coverage measured nothing: {done.stdout}{done.stderr}".strip(),), 0
    measured = json.loads(report.read_text(encoding="utf-8"))
    missed = []
    for path, found in sorted(measured["files"].items()):
        lines = [str(line) for line in found["missing_lines"]]
        branches = [f"{start}->{end}" for start, end in found.get("missing_branches", [])]
        if lines or branches:
            inside = re.sub(r".*(?=(homeassistant/components|custom_components)/)", "", path)
            missed.append(f"{inside}: {', '.join(lines + branches)}")
    return tuple(missed), measured["totals"]["num_statements"]
