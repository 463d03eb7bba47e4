"""Which modules of an integration import which when they are loaded, and what they then need."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.bindings import is_type_checking
from appcred.documents.imports import imports_of
from appcred.documents.walk import below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.imports import Import
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

_WITH_HOME_ASSISTANT: Final = frozenset(
    {
        *("aiohttp", "annotatedyaml", "attr", "attrs", "awesomeversion", "bcrypt", "certifi"),
        *("ciso8601", "cryptography", "homeassistant", "httpx", "jinja2", "jwt", "multidict"),
        *("orjson", "packaging", "probatio", "propcache", "requests", "slugify", "sqlalchemy"),
        *("typing_extensions", "ulid_transform", "urllib3", "voluptuous", "yaml", "yarl"),
    }
)
"""The packages that homeassistant's own metadata requires, by their import names (2022 to 2026)."""


def is_requirement(module: str) -> bool:
    """Whether a dotted module name is of a package that only a manifest's requirements install."""
    head = module.partition(".")[0]
    return bool(head) and head not in sys.stdlib_module_names and head not in _WITH_HOME_ASSISTANT


def imported_when_loaded(module: Module) -> Iterator[Import]:
    """Yield what a module imports when it is loaded, not in functions nor for type checkers."""
    pending: list[cst.CSTNode] = list(module.document.module.body)
    while pending:
        node = pending.pop()
        if isinstance(node, cst.SimpleStatementLine):
            yield from imports_of(node)
        elif isinstance(node, cst.If) and is_type_checking(node.test):
            pending += below(node.orelse) if node.orelse is not None else []
        elif not isinstance(node, cst.FunctionDef):
            pending += below(node)


def own_imports(code: OAuthCode, name: str) -> set[str]:
    """Return the integration's own modules that a module imports when it is loaded."""
    module = code.module(name)
    found: set[str] = set()
    for one in imported_when_loaded(module) if module is not None else ():
        if module is None or not one.module.startswith("."):
            continue
        base = one.module if one.module.endswith(".") else f"{one.module}."
        for full in (f"{base}{one.name}", one.module):
            target = _named(code, module, full)
            if target is not None:
                found.add(target)
                break
    return found - {name}


def _named(code: OAuthCode, module: Module, dotted: str) -> str | None:
    """Return the module of the integration that a relative dotted name is, if it is one."""
    dots = len(dotted) - len(dotted.lstrip("."))
    parts = module.name.split(".") if module.name else []
    if module.path.name != "__init__.py":
        parts = parts[:-1]
    if dots - 1 > len(parts):
        return None
    base = parts[: len(parts) - (dots - 1)]
    rest = dotted.lstrip(".").rstrip(".")
    name = ".".join([*base, *(rest.split(".") if rest else [])])
    return name if name in code.integration.modules or name == "" else None


def reached(code: OAuthCode, start: str) -> set[str]:
    """Return the own modules that are loaded, one by the other, when one of them is."""
    seen: set[str] = set()
    pending = [start]
    while pending:
        name = pending.pop()
        for other in own_imports(code, name):
            if other not in seen:
                seen.add(other)
                pending.append(other)
    return seen


def needs_requirement(code: OAuthCode, name: str) -> bool:
    """Whether a module, or one that it loads, imports a requirement when it is loaded."""
    for each in {name, *reached(code, name)}:
        module = code.module(each)
        if module is not None and any(
            is_requirement(one.module) and not one.module.startswith(".")
            for one in imported_when_loaded(module)
        ):
            return True
    return False


def cycles(code: OAuthCode) -> set[frozenset[str]]:
    """Return the pairs of own modules that load each other, the package itself aside."""
    found: set[frozenset[str]] = set()
    for name in code.integration.modules:
        if not name:
            continue
        for other in reached(code, name):
            if other and other != name and name in reached(code, other):
                found.add(frozenset({name, other}))
    return found
