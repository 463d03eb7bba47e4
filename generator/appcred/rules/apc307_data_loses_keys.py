"""Reauthentication drops other data of the entry.

The flow creates the entry with more than Home Assistant's own data (`{**data, ...}`), or other code
adds to it later, such as a webhook ID; but on reauth or reconfigure the flow passes the bare
`data=data`, which replaces everything. The other keys are lost at the first reauthentication, and
code that reads them fails. If no code reads them from the entry, this is information. Pass
`data_updates=data`, which merges (since 2024.11), or `data={**entry.data, **data}`.

Source: ConfigFlow.async_update_reload_and_abort in homeassistant/config_entries.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import exclude_each_other, path, text, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.identity import ENTRY_UPDATES
from appcred.oauth.local import bindings, candidates
from appcred.oauth.registration import assignments
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Used
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

_REBOUND = "        data = self.merged(data)\n        if"
_ADDED = "        data.update(region=1)\n        if"
_STEP = """
    async def async_step_region(self, user_input):
        data = {**self.data, "region": user_input["region"]}
        return self.async_create_entry(title="Example", data=data)
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
    Example(
        {"config_flow.py": _FLOW.format("data=data", _MORE).replace("        if", _REBOUND, 1)}
    ),
    Example({"config_flow.py": _FLOW.format("data=data", _MORE).replace("        if", _ADDED, 1)}),
    Example(
        {
            "config_flow.py": _FLOW.format("data=data", "data").replace(
                "        return self.async_create",
                '        data["region"] = 1\n        return self.async_create',
            ),
            "api.py": _READS,
        },
        at=("config_flow.py:7:86",),
    ),
    Example(
        {
            "config_flow.py": _FLOW.format("data=data", "data").replace(
                "        if", "        self.data = data\n        if"
            )
            + _STEP,
            "api.py": _READS,
        },
        at=("config_flow.py:8:86",),
    ),
)

_OWN: Final = {"token", "auth_implementation", "CONF_TOKEN"}
"""The keys that every new login gives, as they may be written."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare what replaces an entry's data with what it was created with, and got later."""
    code = oauth_code(integration)
    for flow in code.flows:
        function = flow.node.methods.get("async_oauth_create_entry")
        name = _data_parameter(function) if function is not None else None
        if function is None or name is None:
            continue
        kept = _data_attributes(function, name)
        steps = set(flow.node.methods.values())
        created = [
            key
            for used in code.flow_calls("async_create_entry")
            if used.call.function in steps
            for key in _keys(code, used, kept | {name} if used.call.function is function else kept)
        ]
        for used in code.flow_calls(*ENTRY_UPDATES):
            data = used.call.argument("data")
            if used.call.function is not function or not _is_bare(function, used, name):
                continue
            if not isinstance(data, cst.Name) or data.value != name:
                continue
            keys = [*created, *_added(function, used, name), *_later(integration, code)]
            if keys and used.call.argument("data_updates") is None:
                merged = f"pass {{**entry.data, **{name}}}"
                todo = (
                    merged if used.call.name.endswith("async_update_entry") else "use data_updates"
                )
                yield RULE.at(
                    used.module,
                    data,
                    f"data={name} drops other keys of the entry, "
                    f"{', '.join(dict.fromkeys(keys))}; {todo}",
                    severity=None if _read(integration, keys) else Severity.INFO,
                )


def _data_parameter(function: Function) -> str | None:
    """Return the name of what the helper hands over, if the function binds nothing else to it."""
    params = function.node.params.params
    name = params[1].name.value if len(params) > 1 else None
    return name if name is not None and bindings(function.node)[name] == [None] else None


def _data_attributes(function: Function, name: str) -> set[str]:
    """Return the attributes that keep that data for a later step: `self.data = data`."""
    return {
        dotted(target.target)
        for node in walk(function.node.body)
        if isinstance(node, cst.Assign) and dotted(node.value) == name
        for target in node.targets
        if dotted(target.target).startswith("self.")
    }


def _keys(code: OAuthCode, used: Used, kept: set[str]) -> Iterator[str]:
    """Yield the keys that an entry is created with beside that data, as they are written."""
    node = used.call.argument("data")
    for bound in candidates(code, used.module, used.call.function, node) or ():
        yield from _other_keys(bound.node, kept)


def _other_keys(node: cst.BaseExpression, kept: set[str]) -> Iterator[str]:
    if isinstance(node, cst.Dict):
        stars = [e.value for e in node.elements if isinstance(e, cst.StarredDictElement)]
        if any(dotted(star) in kept for star in stars):
            yield from _spelled(node)
    elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if dotted(one) in kept and isinstance(other, cst.Dict):
                yield from _spelled(other)
    elif isinstance(node, cst.Call) and dotted(node.func) == "dict" and node.args:
        names = (each.keyword.value for each in node.args if each.keyword is not None)
        copied = dotted(node.args[0].value) in kept
        yield from (f'"{name}"' for name in names if copied)


def _spelled(node: cst.Dict) -> Iterator[str]:
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            yield cst.Module([]).code_for_node(element.key)


def _is_bare(function: Function, used: Used, name: str) -> bool:
    """Whether that data is as it was handed over, where a call stands."""
    here = path(function.node, used.call.node)
    for node in walk(function.node.body):
        if node is used.call.node:
            break
        if _changes(node, name) and not exclude_each_other(path(function.node, node), here):
            return False
    return True


def _added(function: Function, used: Used, name: str) -> Iterator[str]:
    """Yield the keys that are put into the data where it is not the update that comes next."""
    here = used.call.node
    for node in walk(function.node.body):
        if isinstance(node, cst.AssignTarget) and _changes(node, name):
            item = cst.ensure_type(node.target, cst.Subscript).slice[0].slice
            if isinstance(item, cst.Index) and exclude_each_other(
                *sorted(
                    (path(function.node, here), path(function.node, node)), key=_place(function)
                )
            ):
                yield cst.Module([]).code_for_node(item.value)


def _place(function: Function) -> Callable[[tuple[cst.CSTNode, ...]], int]:
    order = {id(node): number for number, node in enumerate(walk(function.node))}
    return lambda way: order[id(way[-1])]


def _changes(node: cst.CSTNode, name: str) -> bool:
    """Whether a node puts something into a dictionary."""
    if isinstance(node, cst.AssignTarget):
        target = node.target
        return isinstance(target, cst.Subscript) and dotted(target.value) == name
    return isinstance(node, cst.Call) and dotted(node.func) in (f"{name}.update", f"{name}.pop")


def _later(integration: Integration, code: OAuthCode) -> Iterator[str]:
    """Yield the keys that other code adds to the data of an entry."""
    flows = {flow.node for flow in code.flows}
    for name, document in integration.modules.items():
        if not document.mentions("async_update_entry") or not document.mentions("**"):
            continue  # without ** nothing is added to the data of an entry
        module = code.module(name)
        if module is None:
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
                    cst.Module([]).code_for_node(e.key)
                    for e in data.elements
                    if isinstance(e, cst.DictElement) and (text(e.key) or dotted(e.key)) not in _OWN
                )


def _read(integration: Integration, keys: list[str]) -> bool:
    """Whether some code takes one of the keys from an entry's data."""
    spelled = [re.escape(key).replace("'", '"').replace('"', "['\"]") for key in keys]
    reads = re.compile(rf"\.data(\[|\.get\()\s*({'|'.join(spelled)})\s*[\],)]".encode())
    return any(reads.search(document.content) for document in integration.modules.values())
