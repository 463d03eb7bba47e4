"""Reauthentication drops what the entry holds beside the token.

The flow creates the entry with more than Home Assistant's own data (`{**data, ...}`), or other code
adds to it later, a webhook's id say; but on reauth or reconfigure the flow passes the bare
`data=data`, which replaces everything. The further keys are gone after the first renewed login,
and what reads them fails. Where no code reads them back from the entry, it is information. Pass
`data_updates=data`, which merges (since 2024.11), or `data={**entry.data, **data}`.

Source: ConfigFlow.async_update_reload_and_abort in homeassistant/config_entries.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import names, text, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.identity import ENTRY_UPDATES
from appcred.oauth.registration import assignments
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode, Used
    from appcred.release import Span

RULE = Rule("APC307", "data-loses-keys", Severity.ERROR)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        if self.source == "reauth":
            return self.async_update_reload_and_abort(self._get_reauth_entry(), {})
        return self.async_create_entry(title="Example", data={})
"""
_READS = "def region(entry):\n    return entry.data['region']\n"
_MORE = '{**data, "region": "eu"}'
_ADDS = """\
def locate(hass, entry):
    data = {**entry.data, "region": "eu"}
    hass.config_entries.async_update_entry(entry, data=data)
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("data=data", "data")}),
    Example({"config_flow.py": _FLOW.format("data_updates=data", _MORE)}),
    Example(
        {"config_flow.py": _FLOW.format("data=data", _MORE), "api.py": _READS},
        at=("config_flow.py:7:86",),
    ),
    Example(
        {"config_flow.py": _FLOW.format("data_updates=data", "data"), "api.py": _READS + _ADDS},
    ),
    Example(
        {"config_flow.py": _FLOW.format("data=data", "data"), "api.py": _READS + _ADDS},
        at=("config_flow.py:7:86",),
    ),
)

_OWN: Final = {"token", "auth_implementation", "CONF_TOKEN"}
"""The keys that every new login gives, as they may be written."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare what replaces an entry's data with what it was created with, and got later."""
    code = oauth_code(integration)
    created = {
        used.call.function: node
        for used in code.flow_calls("async_create_entry")
        if used.call.function is not None
        and used.call.function.name == "async_oauth_create_entry"
        and isinstance(node := used.call.argument("data"), cst.Dict)
    }
    for used in code.flow_calls(*ENTRY_UPDATES):
        data = used.call.argument("data")
        if not isinstance(data, cst.Name) or used.call.argument("data_updates") is not None:
            continue
        whole = created.get(used.call.function) if used.call.function is not None else None
        keys = [
            *_beside(whole, data.value),
            *(_later(integration, code) if _is_bare(used, data.value) else ()),
        ]
        if keys:
            yield RULE.at(
                used.module,
                data,
                f"data={data.value} drops the other keys of the entry, {_written(keys)}; write "
                "data_updates, or merge it with the entry's data",
                severity=None if _read(integration, keys) else Severity.INFO,
            )


def _beside(whole: cst.Dict | None, name: str) -> list[cst.BaseExpression]:
    """Return the keys that an entry is created with beside what a name holds."""
    elements = whole.elements if whole is not None else ()
    stars = [e.value for e in elements if isinstance(e, cst.StarredDictElement)]
    if not any(isinstance(star, cst.Name) and star.value == name for star in stars):
        return []
    return [e.key for e in elements if isinstance(e, cst.DictElement)]


def _is_bare(used: Used, name: str) -> bool:
    """Say whether a name is what the helper gave to `async_oauth_create_entry`, and no more."""
    function = used.call.function
    if function is None or function.owner is None or function.name != "async_oauth_create_entry":
        return False
    if name not in [param.name.value for param in function.node.params.params[1:2]]:
        return False
    return not any(_changes(node, name) for node in walk(function.node.body))


def _changes(node: cst.CSTNode, name: str) -> bool:
    if isinstance(node, (cst.AssignTarget, cst.NamedExpr)):
        return any(each.value == name for each in names(node.target))
    return isinstance(node, cst.Call) and dotted(node.func) == f"{name}.update"


def _later(integration: Integration, code: OAuthCode) -> Iterator[cst.BaseExpression]:
    """Yield the keys that other code adds to the data of an entry."""
    flows = {flow.node for flow in code.flows}
    for name, document in integration.modules.items():
        if not document.mentions("async_update_entry") or (module := code.module(name)) is None:
            continue
        for call in module.index.calls:
            data = call.argument("data")
            if not call.name.endswith(".async_update_entry") or call.owner in flows:
                continue
            if isinstance(data, cst.Name) and call.function is not None:
                bound = assignments(call.function.node, data.value)
                data = bound[0] if len(bound) == 1 else None
            if isinstance(data, cst.Dict) and any(
                isinstance(e, cst.StarredDictElement) and dotted(e.value).endswith(".data")
                for e in data.elements
            ):
                yield from (
                    e.key
                    for e in data.elements
                    if isinstance(e, cst.DictElement) and (text(e.key) or dotted(e.key)) not in _OWN
                )


def _written(keys: list[cst.BaseExpression]) -> str:
    return ", ".join(dict.fromkeys(cst.Module([]).code_for_node(key) for key in keys))


def _read(integration: Integration, keys: list[cst.BaseExpression]) -> bool:
    """Say whether some code takes one of the keys from an entry's data."""
    spelled = [re.escape(cst.Module([]).code_for_node(key)).replace('"', "['\"]") for key in keys]
    reads = re.compile(rf"\.data(\[|\.get\()\s*({'|'.join(spelled)})\s*[\],)]".encode())
    return any(reads.search(document.content) for document in integration.modules.values())
