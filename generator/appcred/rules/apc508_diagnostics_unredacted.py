"""The diagnostics show the token.

An entry's data holds the access and the refresh token. Diagnostics that put it in as it is, or
that redact without naming them, hand them to everyone who reads the issue the file is attached
to. Pass the data through `async_redact_data` with `token` among the keys.

Source: homeassistant/components/diagnostics/util.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import text, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import Bound, oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import Module, OAuthCode
    from appcred.release import Span

RULE = Rule("APC508", "diagnostics-unredacted", Severity.ERROR)

_FLOW = {
    "config_flow.py": "from homeassistant.helpers.config_entry_oauth2_flow import "
    "AbstractOAuth2FlowHandler\n\n\nclass Flow(AbstractOAuth2FlowHandler, domain='example'):\n"
    "    ...\n"
}
_DIAGNOSTICS = """\
from homeassistant.components.diagnostics import async_redact_data

TO_REDACT = {}


async def async_get_config_entry_diagnostics(hass, entry):
    return {}
"""
_REDACTED = "async_redact_data(dict(entry.data), TO_REDACT)"

EXAMPLES = (
    Example({**_FLOW, "diagnostics.py": _DIAGNOSTICS.format('{"token"}', _REDACTED)}),
    Example({**_FLOW, "diagnostics.py": _DIAGNOSTICS.format("[]", '{"x": entry.data["x"]}')}),
    Example(
        {**_FLOW, "diagnostics.py": _DIAGNOSTICS.format('{"email"}', _REDACTED)},
        at=("diagnostics.py:7:35",),
    ),
    Example(
        {**_FLOW, "diagnostics.py": _DIAGNOSTICS.format("[]", '{"entry": entry.as_dict()}')},
        at=("diagnostics.py:7:22",),
    ),
)

_WHOLE: Final = ("entry", "config_entry")
_AS_DICT: Final = {f"{name}.as_dict" for name in _WHOLE}


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for an entry's whole data and what it is passed through."""
    code = oauth_code(integration)
    module = code.module("diagnostics") if code.flows else None
    if module is None:
        return
    redacted: dict[int, cst.Call] = {}
    for call in module.index.calls:
        if call.name.rpartition(".")[2] == "async_redact_data" and call.node.args:
            redacted |= {id(node): call.node for node in walk(call.node)}
    redacts = bool(redacted)
    for node in _whole_entries(module):
        around = redacted.get(id(node))
        if around is None and redacts and not _returned_plainly(module, node):
            continue  # kept in a variable that is redacted later, as far as we can see
        if around is None or not _names_tokens(code, module, around):
            yield RULE.at(
                module, node, "this puts the tokens into the diagnostics; redact the key token"
            )


def _whole_entries(module: Module) -> Iterator[cst.BaseExpression]:
    """Yield `entry.data` and `entry.as_dict()` where they are not only looked into."""
    looked_into: set[int] = set()
    for node in walk(module.document.module):
        if isinstance(node, cst.Subscript):
            looked_into.add(id(node.value))
        elif isinstance(node, cst.Attribute):
            looked_into.add(id(node.value))
            if dotted(node) in {f"{name}.data" for name in _WHOLE} and id(node) not in looked_into:
                yield node
        elif isinstance(node, cst.Comparison):
            looked_into |= {id(each.comparator) for each in node.comparisons}
        elif isinstance(node, cst.Call) and dotted(node.func) in _AS_DICT:
            yield node


def _returned_plainly(module: Module, node: cst.BaseExpression) -> bool:
    """Say whether the data stands in a returned dictionary, where nothing can redact it."""
    for found in walk(module.document.module):
        if isinstance(found, cst.Return) and isinstance(found.value, cst.Dict):
            for element in found.value.elements:
                if element.value is node:
                    return True
    return False


def _names_tokens(code: OAuthCode, module: Module, call: cst.Call) -> bool:
    """Say whether the keys to redact name the tokens, or cannot be told."""
    if len(call.args) < 2:
        return True
    bound = code.value(module, call.args[1].value)
    keys = bound and _keys(code, bound)
    return keys is None or "token" in keys or {"access_token", "refresh_token"} <= keys


def _keys(code: OAuthCode, bound: Bound) -> set[str] | None:
    if not isinstance(bound.node, (cst.Set, cst.List, cst.Tuple)):
        return None
    keys = set()
    for element in bound.node.elements:
        value = code.text(bound.module, element.value) or text(element.value)
        name = dotted(element.value).rpartition(".")[2]
        if value is None and name.startswith("CONF_"):
            value = name.removeprefix("CONF_").lower()  # as homeassistant/const.py names them
        if value is None:
            return None
        keys.add(value)
    return keys
