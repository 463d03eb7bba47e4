"""What appcred relies on in a Home Assistant package, as facts that can be compared.

Which files matter is not written here: they are the ones that `releases.yml` names as sources and
the ones that the template imports from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from appcred.resources import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appcred.release import Release

_PATH: Final = re.compile(r"(?<![\w/*.])(?:homeassistant/)?((?:[\w]+/)*\w+\.(?:py|json))\b")
_IMPORT: Final = re.compile(r"^from homeassistant\.([\w.]+) import (\([^)]*\)|.*)$", re.MULTILINE)
_REPORTS: Final = {"report_usage", "report", "deprecated_function", "deprecated_class"}
_TEXTS: Final = ("common::config_flow::", "config::abort::", "issues::deprecated")
"""The texts that integrations refer to, or would have to write themselves."""
_CHANGE_ALWAYS: Final = {"MAJOR_VERSION", "MINOR_VERSION", "PATCH_VERSION"}
_LONGEST: Final = 90


@dataclass(frozen=True, order=True, slots=True)
class Fact:
    """One thing in a package: a definition, a text, a key of the manifests.

    Two facts of one `kind`, `path` and `name` are the same thing; `detail` is what may differ.
    """

    kind: str
    path: str
    """Relative to the package `homeassistant`."""
    name: str
    detail: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when the detail changes."""
        return (self.kind, self.path, self.name)


@dataclass(frozen=True, slots=True)
class Watched:
    """The files to read: `whole` ones, and `names` from others."""

    whole: frozenset[str]
    names: frozenset[tuple[str, str]]
    """Path of a module and a name that the template imports from it."""


def watched(known: Release) -> Watched:
    """Return which files and names appcred relies on, by the rows up to a release."""
    root = data_root()
    history = json.loads((root / "releases.yml").read_bytes())["history"]["default"]
    rows = history["capabilities"].values()
    sources = [row["source"] for row in rows if row["since"] <= known.number]
    whole = {
        path for text in (*sources, *history["about"].values()) for path in _PATH.findall(text)
    }
    names = set()
    for template in (root / "template").rglob("*.jinja"):
        for module, imported in _IMPORT.findall(template.read_text(encoding="utf-8")):
            for name in re.findall(
                r"\b[A-Za-z_]\w+", re.sub(r"{[%#{].*?[%#}]}| as \w+", "", imported)
            ):
                names.add((module.replace(".", "/"), name))
    return Watched(frozenset(whole), frozenset(names))


def read(package: Path, files: Watched) -> set[Fact]:
    """Return the facts of a package; `package` is the folder `homeassistant`.

    Helpers about OAuth2 are read whether a source names them or not: a new release may add one.
    """
    facts = set(_manifests(package))
    for path in files.whole:
        if path.endswith("strings.json"):
            facts.update(_texts(package, path))
    for path in {p for p in files.whole if p.endswith(".py")} | _oauth_modules(package):
        if (package / path).is_file():
            module = cst.parse_module((package / path).read_bytes())
            facts.update(_definitions(module, path, module.body, ""))
    for module_name, name in files.names:
        path = f"{module_name}.py"
        if not (package / path).is_file():
            path = f"{module_name}/__init__.py"
        if path not in files.whole and (package / path).is_file():
            facts.update(_imported(package, path, name))
    return facts


def lists(package: Path) -> dict[str, Any]:
    """Return what `releases.yml` copies from a package as it is, by the key it has there."""
    manifests = (
        json.loads(path.read_bytes()) for path in package.glob("components/*/manifest.json")
    )
    found: dict[str, Any] = {"core_domains": sorted(each["domain"] for each in manifests)}
    categories = package / "generated/integration_categories.json"
    if categories.is_file():  # since 2026.11
        found["categories"] = {
            row["slug"]: [each["slug"] for each in row["subcategories"]]
            for row in json.loads(categories.read_bytes())
        }
    return found


def _oauth_modules(package: Path) -> set[str]:
    return {
        path.relative_to(package).as_posix()
        for folder in ("helpers", "components/application_credentials")
        for path in (package / folder).glob("*.py")
        if _is_oauth(path.relative_to(package).as_posix())
    }


def _is_oauth(path: str) -> bool:
    """Whether a file is about OAuth2, so that what its functions call matters too."""
    return "oauth2" in path or "application_credentials" in path


def _manifests(package: Path) -> Iterator[Fact]:
    """Yield the keys that manifests of integrations have."""
    keys: set[str] = set()
    for path in package.glob("components/*/manifest.json"):
        keys.update(json.loads(path.read_bytes()))
    return (Fact("manifest key", "components/*/manifest.json", key) for key in keys)


def _texts(package: Path, path: str) -> Iterator[Fact]:
    """Yield each text in common under its path of keys."""

    def below(value: Any, keys: str) -> Iterator[Fact]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from below(inner, f"{keys}::{key}" if keys else key)
        elif keys.startswith(_TEXTS):
            yield Fact("text", path, keys, str(value))

    yield from below(json.loads((package / path).read_bytes()), "")


def _imported(package: Path, path: str, name: str) -> Iterator[Fact]:
    """Yield a name that the template imports: a definition by its head, or that it is there."""
    text = (package / path).read_text(encoding="utf-8")
    block = rf"^(?:async def|def|class) {name}\b.*?(?=^[^\s)#\]}}])"
    if found := re.search(block, text + "\npass\n", re.MULTILINE | re.DOTALL):
        module = cst.parse_module(found[0])
        facts = _definitions(module, path, module.body, "")
        for fact in facts:
            if fact.name == name and fact.kind in ("class", "function"):
                yield replace(fact, kind="name")
    elif re.search(rf"^{name}\b|^(?:from|import) .*\b{name}\b|^    {name}\b", text, re.MULTILINE):
        yield Fact("name", path, name)


def _definitions(module: cst.Module, path: str, body: Any, above: str) -> Iterator[Fact]:
    """Yield the public definitions of a module, and what its functions report and call."""
    for statement in body:
        if isinstance(statement, cst.ClassDef):
            if not statement.name.value.startswith("_"):
                name = above + statement.name.value
                bases = ", ".join(module.code_for_node(base.value) for base in statement.bases)
                yield Fact("class", path, name, f"({bases})")
                yield from _definitions(module, path, statement.body.body, f"{name}.")
        elif isinstance(statement, cst.FunctionDef):
            name = above + statement.name.value
            if not statement.name.value.startswith("_"):
                yield Fact("function", path, name, _signature(module, statement))
            calls = _calls(module, statement)
            if _is_oauth(path):
                yield Fact("calls", path, name, ", ".join(sorted({each for each, _ in calls})))
            for called, call in calls:
                if called == "report_usage" and call.args:
                    said = _short(module.code_for_node(call.args[0].value))
                    yield Fact("report", path, f"{name}: {said}")
        elif isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                yield from _assigned(module, path, small, above)


def _assigned(module: cst.Module, path: str, small: cst.CSTNode, above: str) -> Iterator[Fact]:
    if isinstance(small, cst.AnnAssign):
        target, detail = small.target, f": {module.code_for_node(small.annotation.annotation)}"
    elif isinstance(small, cst.Assign) and len(small.targets) == 1:
        target, detail = small.targets[0].target, ""
    else:
        return
    if small.value is not None:
        detail += f" = {module.code_for_node(small.value)}"
    name = target.value if isinstance(target, cst.Name) else "_"
    if not name.startswith("_") and name not in _CHANGE_ALWAYS:
        yield Fact("name", path, above + name, _short(detail.strip()))


def _calls(module: cst.Module, function: cst.FunctionDef) -> list[tuple[str, cst.Call]]:
    """Return the calls in a function, each with the last part of what is called."""
    found: list[tuple[str, cst.Call]] = []

    class Visitor(cst.CSTVisitor):
        def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - LibCST's name
            found.append((module.code_for_node(node.func).rpartition(".")[2], node))

    function.body.visit(Visitor())
    return found


def _signature(module: cst.Module, function: cst.FunctionDef) -> str:
    text = module.code_for_node(function.params)
    returns = "" if function.returns is None else module.code_for_node(function.returns.annotation)
    return _squeeze(f"({text})" + (f" -> {returns}" if returns else ""))


def _short(text: str) -> str:
    text = _squeeze(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("( ", "(").replace(", )", ")")
