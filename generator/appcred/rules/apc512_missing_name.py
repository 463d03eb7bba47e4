"""The oldest supported release does not have a name of Home Assistant that the code uses.

The integration claims to run on that release, but does not: the import ends the setup or the flow
with *cannot import name*, a method with `AttributeError`, often only at a reauthentication. Name
the required release in `hacs.json`, or import the name inside `try`.

The names that OAuth2 integrations use are checked in all files. An import inside `try` or `if` is
not reported, nor is a method that the flow defines itself or checks with `hasattr`.

Source: releases.yml has the first release of each name, read from the packages of Home Assistant
on PyPI, 2022.6.0 to 2026.11.0.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.walk import contains, walk
from appcred.finding import Finding, Severity
from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import clauses, enclosing
from appcred.oauth.helper import HELPER
from appcred.release import Release, names_since
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC512", "missing-name", Severity.ERROR)

_PKCE = """\
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2ImplementationWithPkce
"""
_TRIED = """\
try:
    from homeassistant.exceptions import ImplementationUnavailableError
except ImportError:
    ImplementationUnavailableError = ValueError
"""
_DOTTED = """\
from homeassistant.helpers import config_entry_oauth2_flow as flow


async def async_setup_entry(hass, entry):
    try:
        await flow.async_get_config_entry_implementation(hass, entry)
    except flow.ImplementationUnavailableError:
        return False
    return True
"""
_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
"""

EXAMPLES = (
    Example({"oauth.py": _PKCE}, floor="2025.4"),
    Example({"oauth.py": _TRIED}, floor="2025.4"),
    Example({"config_flow.py": _FLOW}, floor="2024.11"),
    Example(
        {"config_flow.py": _FLOW + "\n    def _get_reauth_entry(self):\n        return None\n"},
        floor="2024.2",
    ),
    Example({"oauth.py": _PKCE}, floor="2025.3", at=("oauth.py:1:60",)),
    Example({"__init__.py": _DOTTED}, floor="2025.11", at=("__init__.py:7:12",)),
    Example({"config_flow.py": _FLOW}, floor="2024.10", at=("config_flow.py:6:51",)),
    Example(
        {"__init__.py": "from homeassistant.helpers import issue_registry as ir  # oauth2\n"},
        floor="2022.8",
        at=("__init__.py:1:35",),
    ),
    Example(
        {"oauth.py": _TRIED.replace("ImportError", "ValueError")},
        floor="2026.9",
        at=("oauth.py:2:42",),
    ),
)

_MISSING: Final = frozenset(
    {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"}
)
_CLASSES: Final = {
    "self": ("homeassistant.config_entries.ConfigFlow", f"{HELPER}.AbstractOAuth2FlowHandler"),
    "hass.config_entries": ("homeassistant.config_entries.ConfigEntries",),
    "self.hass.config_entries": ("homeassistant.config_entries.ConfigEntries",),
}
"""Whose methods are called by such a beginning; `self` in a flow alone."""


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Look at the imports, and at what is called, made from or caught by a longer name."""
    late = _late_names(span.floor)
    if not late:
        return
    code = oauth_code(integration)
    words = re.compile(rb"\b(?:%b)\b" % b"|".join(sorted({_last_part(n).encode() for n in late})))
    for module in code.modules_with(words):
        said: set[str] = set()
        for node, name in (*_imports(code, module, late), *_attributes(code, module, late)):
            short = _last_part(name)
            if short in said:
                continue
            said.add(short)
            yield RULE.at(
                module,
                node,
                f"{short} is not in Home Assistant {span.floor}; require {late[name]}"
                + (" in hacs.json" if integration.layout is Layout.CUSTOM else "")
                + ", or do not use it",
            )


@cache
def _late_names(floor: Release) -> Mapping[str, Release]:
    """Return the names that a release does not have yet, each with its first release."""
    return {name: since for name, since in names_since().items() if floor < since}


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]


def _imports(
    code: OAuthCode, module: Module, late: Mapping[str, Release]
) -> Iterator[tuple[cst.CSTNode, str]]:
    for each in module.index.imported:
        name = _late_name(each.name, late)
        if name is None or each.is_conditional or _is_tried(code, module, each.guards):
            continue
        yield each.node, name


def _late_name(name: str, late: Mapping[str, Release]) -> str | None:
    """Return the late name that a dotted name is, or begins with: a module's."""
    while name:
        if name in late:
            return name
        name = name.rpartition(".")[0]
    return None


def _is_tried(code: OAuthCode, module: Module, guards: tuple[cst.Try, ...]) -> bool:
    return any(handler.short & _MISSING for handler in clauses(code, module, guards))


def _attributes(
    code: OAuthCode, module: Module, late: Mapping[str, Release]
) -> Iterator[tuple[cst.CSTNode, str]]:
    flows = {id(one.node): flow for flow in code.flows for one in code.own_classes(flow)}
    tested = json.dumps(module.document.content.decode("utf-8", "replace"))
    imported = set(module.index.imports.values())
    functions = [f for f in module.index.functions if f.outer is None]
    for call in module.index.calls:
        of, _, last = call.name.rpartition(".")
        flow = flows.get(id(call.owner))
        if of == "self" and (flow is None or code.methods(flow, last) is not None):
            continue
        for owner in _CLASSES.get(of, ()):
            name = f"{owner}.{last}"
            asked = f'\\"{last}\\"' in tested
            if name in late and not asked and not _is_tried(code, module, call.guards):
                yield call.node.func, name
    # By a longer name: `flow.ImplementationUnavailableError`, wherever it stands.
    longer = {_last_part(name) for name in late if name.rpartition(".")[0] in imported}
    if not longer:
        return
    for node in walk(module.document.module):
        if isinstance(node, cst.Attribute) and node.attr.value in longer:
            name = module.index.resolve(node)
            if name not in late:
                continue
            around = next((f for f in functions if contains(f.node, node)), None)
            guards = enclosing(around.node, node) if around is not None else ()
            if not _is_tried(code, module, guards):
                yield node, name
