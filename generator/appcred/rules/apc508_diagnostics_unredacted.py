"""The diagnostics contain the token.

An entry's data contains the access token and the refresh token. Diagnostics that include it
unchanged, or that redact other keys only, show them to everyone who reads the issue. Pass the data
through `async_redact_data` with `token` among the keys.

Source: homeassistant/components/diagnostics/util.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import parents, text, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.local import bindings
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Bound, Module
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
    Example({**_FLOW, "diagnostics.py": _DIAGNOSTICS.format("[]", "masked(entry.as_dict())")}),
    Example({**_FLOW, "diagnostics.py": _DIAGNOSTICS.format("[]", "{**entry.data, 'token': 1}")}),
    Example(
        {**_FLOW, "diagnostics.py": _DIAGNOSTICS.format("[]", "{'t': entry.data['token']}")},
        at=("diagnostics.py:7:18",),
    ),
    Example(
        {**_FLOW, "diagnostics.py": _DIAGNOSTICS.format('{"email"}', _REDACTED)},
        at=("diagnostics.py:7:35",),
    ),
    Example(
        {**_FLOW, "diagnostics.py": _DIAGNOSTICS.format("[]", '{"entry": entry.as_dict()}')},
        at=("diagnostics.py:7:22",),
    ),
)

_TOKENS: Final = {"token", "access_token", "refresh_token", "CONF_TOKEN", "CONF_ACCESS_TOKEN"}
_COPIES: Final = {"dict", "copy", "deepcopy"}
_ENDS: Final = (
    *(cst.Attribute, cst.Subscript, cst.Comparison, cst.UnaryOperation, cst.CompFor),
    *(cst.BaseSmallStatement, cst.BaseStatement),
)
"""What a value is only looked into by, or where it is lost."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Follow an entry's whole data, or a token, to where the diagnostics end."""
    code = oauth_code(integration)
    module = code.module("diagnostics") if code.flows else None
    if module is None:
        return
    ways = [
        _DataFlow(code, module, function)
        for function in module.index.functions
        if function.owner is None and function.outer is None
    ]
    for way in ways:
        for node in way.secrets():
            if way.shows(node) and _is_reached(way.function, ways):
                yield RULE.at(
                    module, node, "this puts tokens into the diagnostics; redact the key token"
                )


def _is_reached(function: Function, ways: list[_DataFlow]) -> bool:
    """Whether what a function returns is diagnostics, its own or that of one that calls it."""
    if re.fullmatch(r"async_get_\w+_diagnostics", function.name):
        return True
    return any(
        way.shows(call.node)
        for way in ways
        for call in way.module.index.calls
        if call.function is way.function is not function and call.name == function.name
    )


class _DataFlow:
    """The values of one function, and where they go."""

    def __init__(self, code: OAuthCode, module: Module, function: Function) -> None:
        self.code = code
        self.module = module
        self.function = function
        self.parents = parents(function.node)
        self.names = bindings(function.node)

    def secrets(self) -> Iterator[cst.BaseExpression]:
        """Yield what holds tokens: an entry's data, an entry as a dictionary, a session's token."""
        params = [param.name.value for param in self.function.node.params.params]
        entries = {*params[1:2], "entry", "config_entry"}
        for node in walk(self.function.node.body):
            if isinstance(node, cst.Attribute):
                owner, _, last = dotted(node).rpartition(".")
                data = last == "data" and owner in entries
                if data or (last == "token" and owner.endswith("session")):
                    yield node
            elif isinstance(node, cst.Call):
                owner, _, last = dotted(node.func).rpartition(".")
                if last == "as_dict" and owner in entries:
                    yield node

    def shows(self, node: cst.CSTNode, depth: int = 0) -> bool:
        """Whether a value, or a copy of it, is returned with its tokens in it."""
        if depth > 4:
            return False
        while (above := self.parents.get(id(node))) is not None:
            if isinstance(above, cst.Return):
                return True
            if isinstance(above, (cst.Assign, cst.AnnAssign, cst.NamedExpr)):
                return self._is_name_returned(above, depth)
            if isinstance(above, cst.Arg):
                call = self.parents[id(above)]
                if not isinstance(call, cst.Call) or not self._copies(call, above):
                    return False
            elif isinstance(above, cst.StarredDictElement):
                around = self.parents[id(above)]
                if isinstance(around, cst.Dict) and self._replaces(around):
                    return False
            elif isinstance(above, cst.BinaryOperation):
                if isinstance(above.right, cst.Dict) and self._replaces(above.right):
                    return False
            elif isinstance(above, cst.Subscript):
                if not self._is_token(above.slice[0].slice):
                    return False
            elif isinstance(above, _ENDS):
                return False
            node = above
        return False

    def _copies(self, call: cst.Call, argument: cst.Arg) -> bool:
        """Whether a call gives back what it is given, tokens included."""
        name = self.module.index.resolve(call.func).rpartition(".")[2]
        if name != "async_redact_data":
            return name in _COPIES
        to_redact = next((a for a in call.args if _is(a, "to_redact")), None)
        if to_redact is None:
            to_redact = call.args[1] if len(call.args) > 1 else None
        if argument is to_redact or to_redact is None:
            return False
        return not _names_tokens(self.code, self.module, to_redact.value)

    def _is_name_returned(
        self, node: cst.Assign | cst.AnnAssign | cst.NamedExpr, depth: int
    ) -> bool:
        """Whether a local name that a value is bound to, or put into, is returned with it."""
        target = node.targets[0].target if isinstance(node, cst.Assign) else node.target
        name = dotted(target.value if isinstance(target, cst.Subscript) else target)
        if len(self.names.get(name, ())) != 1 or self._is_emptied(name):
            return False
        uses = (
            each
            for each in walk(self.function.node.body)
            if isinstance(each, cst.Name) and each.value == name and each is not target
        )
        return any(self.shows(each, depth + 1) for each in uses)

    def _is_emptied(self, name: str) -> bool:
        """Whether the tokens are taken out of a dictionary, or written over."""
        for node in walk(self.function.node.body):
            if isinstance(node, cst.Call) and dotted(node.func) == f"{name}.pop" and node.args:
                if self._is_token(node.args[0].value):
                    return True
            elif isinstance(node, (cst.AssignTarget, cst.Del)):
                place = node.target
                own = isinstance(place, cst.Subscript) and dotted(place.value) == name
                if (
                    isinstance(place, cst.Subscript)
                    and own
                    and self._is_token(place.slice[0].slice)
                ):
                    return True
        return False

    def _replaces(self, node: cst.Dict) -> bool:
        """Whether a dictionary has a value of its own for the tokens."""
        return any(self._is_token(getattr(each, "key", None)) for each in node.elements)

    def _is_token(self, node: cst.CSTNode | None) -> bool:
        node = node.value if isinstance(node, cst.Index) else node
        if not isinstance(node, cst.BaseExpression):
            return False
        return (self.code.text(self.module, node) or dotted(node).rpartition(".")[2]) in _TOKENS


def _is(argument: cst.Arg, name: str) -> bool:
    return argument.keyword is not None and argument.keyword.value == name


def _names_tokens(code: OAuthCode, module: Module, node: cst.BaseExpression) -> bool:
    """Whether the keys to redact name the tokens, or cannot be told."""
    bound = code.value(module, node)
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
