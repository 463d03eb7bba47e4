"""A token or a client secret is written to the log.

Users paste logs into public issues. With an access token from there, anyone can act as the user
until it expires; with a refresh token or the client secret, until somebody revokes it. Log a
status, an expiry or an entry ID, and not the secret.

Source: homeassistant/components/diagnostics redacts the same values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import LEVELS, text
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import mentions_oauth
from appcred.oauth.local import bindings
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.documents.python import Call
    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC507", "secret-logged", Severity.ERROR)

SECRETS: Final = {"token", "access_token", "refresh_token", "id_token", "client_secret"}
_CONSTANTS: Final = {f"CONF_{name.upper()}" for name in SECRETS}
_AS_TEXT: Final = {"str", "repr", "dict", "json.dumps", "pprint.pformat"}
_HOLDERS: Final = {"entry.data", "config_entry.data", "self.entry.data", "self.config_entry.data"}
_ENTRIES: Final = {f"{holder.removesuffix('.data')}.as_dict" for holder in _HOLDERS}
_OWNERS: Final = re.compile(r"(session|auth|entry|flow|impl|implementation|self|credential)s?$")
"""What has a `token` that is an access token, and no page's or parser's."""
_HANDED: Final = {
    "async_oauth_create_entry": 1,
    "async_step_reauth": 1,
    "_token_request": 1,
    "_async_refresh_token": 1,
}
"""The helper's methods that are handed the token or the secret, and in which place."""
_GIVES: Final = {"_token_request", "_async_refresh_token", "async_resolve_external_data"}
"""Those that give it."""
_LOGS: Final = re.compile(
    rb"(?:[lL][oO][gG]\w*(?:\(\w*\))?\."
    rb"(?:debug|info|warning|error|exception|critical|log)|print)\("
)
_SECRET: Final = re.compile(rb"token|secret|\.data\b|as_dict", re.IGNORECASE)
_LENGTH: Final = 300
"""Bytes; a call of a logger is no longer."""

_FLOW = """\
import logging

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

_LOGGER = logging.getLogger(__name__)


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        _LOGGER.debug({})
"""

_IT = """\
        it = data["token"]["access_token"]
        _LOGGER.debug(str(it))
"""
_NEW = "        new = data['token']\n        _L"

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format('"until %s", data["token"]["expires_at"]')}),
    Example({"config_flow.py": _FLOW.format('"got a token"')}),
    Example({"config_flow.py": _FLOW.format('"more at %s", page.token')}),
    Example({"config_flow.py": _FLOW.format('"%s", data').replace("_LOGGER.", "self.catalog.")}),
    Example(
        {"sensor.py": "def show(entry):\n    LOGGER.info('%s', entry.data.get('token'))\n"},
        at=("sensor.py:2:23",),
    ),
    Example(
        {"config_flow.py": _FLOW.replace("        _LOGGER.debug({})\n", _IT)},
        at=("config_flow.py:11:27",),
    ),
    Example(
        {"config_flow.py": _FLOW.format("f'{new}'").replace("        _L", _NEW)},
        at=("config_flow.py:11:26",),
    ),
    Example({"config_flow.py": _FLOW.format('"%s", data')}, at=("config_flow.py:10:29",)),
    Example(
        {"config_flow.py": _FLOW.format('f"{data["token"]["access_token"]}"')},
        at=("config_flow.py:10:26",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look into what is passed to a logger."""
    code = oauth_code(integration)
    others = (
        module
        for name, document in integration.modules.items()
        if not mentions_oauth(document.content)
        and _may_log(document.content)
        and (module := code.module(name)) is not None
        and module not in code.modules
    )
    for module in (*code.modules, *others):
        for call in module.index.calls:
            if not _is_log(call):
                continue
            for argument in call.node.args:
                found = next(_Log(call).secrets(argument.value), None)
                if found is not None:
                    yield RULE.at(
                        module,
                        found,
                        "this writes a token or a client secret to the log; leave it out",
                    )


def _may_log(content: bytes) -> bool:
    """Whether a module that does not mention OAuth may log a secret."""
    return any(
        _SECRET.search(content[found.end() : found.end() + _LENGTH].partition(b")\n")[0])
        for found in _LOGS.finditer(content)
    )


def _is_log(call: Call) -> bool:
    owner, _, level = call.name.rpartition(".")
    if level not in LEVELS:
        return call.name == "print"
    if owner == "?":  # logging.getLogger(__name__).debug
        func = cst.ensure_type(call.node.func, cst.Attribute).value
        return isinstance(func, cst.Call) and dotted(func.func).endswith("getLogger")
    return re.search(r"(^|[._])log$|logg(er|ing)$", owner.lower()) is not None


class _Log:
    """One call of a logger, and what its names stand for where it is."""

    def __init__(self, call: Call) -> None:
        function = call.function
        self.function = function
        self.holders = set(_HOLDERS)
        place = _HANDED.get(function.name) if function is not None else None
        if function is not None and function.owner is not None and place is not None:
            params = function.node.params.params
            name = params[place].name.value if len(params) > place else ""
            if self.names.get(name) == [None]:  # and nothing else is bound to it
                self.holders.add(name)

    @property
    def names(self) -> Mapping[str, list[cst.BaseExpression | None]]:
        """The local names where it is; gathered only for a call that has some."""
        return bindings(self.function.node) if self.function is not None else {}

    def secrets(self, node: cst.BaseExpression, depth: int = 0) -> Iterator[cst.BaseExpression]:
        """Yield the parts of an expression whose own value is a secret, or holds one."""
        if depth > 8:
            return
        if isinstance(node, (cst.Name, cst.Attribute)):
            if self._is_secret(node, depth):
                yield node
        elif isinstance(node, cst.Subscript):
            item = node.slice[0].slice
            if len(node.slice) == 1 and isinstance(item, cst.Index) and _is_key(item.value):
                yield node
        elif isinstance(node, cst.Call) and _is_secret_call(node):
            yield node
        else:
            for part in _parts(node):
                yield from self.secrets(part, depth + 1)

    def _is_secret(self, node: cst.Name | cst.Attribute, depth: int) -> bool:
        name = dotted(node)
        owner, _, last = name.rpartition(".")
        if name in self.holders:
            return True
        if last.lstrip("_") in SECRETS - {"token"}:
            return True
        if last.lstrip("_") == "token" and owner:
            return _OWNERS.search(owner.lower()) is not None
        values = self.names.get(name, [None])
        return all(
            value is not None and next(self.secrets(value, depth + 1), None) is not None
            for value in values
        )


def _is_key(node: cst.BaseExpression) -> bool:
    return text(node) in SECRETS or dotted(node).rpartition(".")[2] in _CONSTANTS


def _is_secret_call(node: cst.Call) -> bool:
    """Whether a call gives the token, or an entry's whole data."""
    name = dotted(node.func)
    last = name.rpartition(".")[2]
    if last == "get" and node.args:
        return _is_key(node.args[0].value)
    return name in _ENTRIES or last in _GIVES


def _parts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield the expressions whose value another one shows."""
    if isinstance(node, cst.FormattedString):
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                yield part.expression
    elif isinstance(node, cst.ConcatenatedString):
        yield from (node.left, node.right)
    elif isinstance(node, cst.Call):
        formats = isinstance(node.func, cst.Attribute) and node.func.attr.value == "format"
        if formats or dotted(node.func) in _AS_TEXT:
            yield from (argument.value for argument in node.args)
    elif isinstance(node, (cst.BinaryOperation, cst.BooleanOperation)):
        yield from (node.left, node.right)
    elif isinstance(node, (cst.Tuple, cst.List, cst.Dict)):
        yield from (element.value for element in node.elements)
    elif isinstance(node, cst.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, cst.Await):
        yield node.expression
    elif isinstance(node, cst.NamedExpr):
        yield node.value
