"""A token or a client secret is written to the log.

Users paste logs into public issues. Whoever finds an access token there acts as the user until it
expires; with a refresh token or the client secret, until somebody revokes it. Log what identifies
the problem - a status, an expiry, an entry's id - and not the secret.

Source: the quality of an integration aside, homeassistant/components/diagnostics redacts the same
values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import text, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import assignments
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import Used
    from appcred.release import Span

RULE = Rule("APC507", "secret-logged", Severity.ERROR)

_LEVELS: Final = ("debug", "info", "warning", "error", "exception", "critical", "log")
SECRETS: Final = {"token", "access_token", "refresh_token", "id_token", "client_secret"}
_CONSTANTS: Final = {f"CONF_{name.upper()}" for name in SECRETS}
_AS_TEXT: Final = {"str", "repr", "dict", "json.dumps", "pprint.pformat"}
_HOLDERS: Final = {"entry.data", "config_entry.data", "self.entry.data", "self.config_entry.data"}

_FLOW = """\
import logging

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

_LOGGER = logging.getLogger(__name__)


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        _LOGGER.debug({})
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format('"until %s", data["token"]["expires_at"]')}),
    Example({"config_flow.py": _FLOW.format('"got a token"')}),
    Example({"config_flow.py": _FLOW.format('"%s", data')}, at=("config_flow.py:10:29",)),
    Example(
        {"config_flow.py": _FLOW.format('f"{data["token"]["access_token"]}"')},
        at=("config_flow.py:10:26",),
    ),
    Example(
        {
            "config_flow.py": _FLOW.replace("        _L", "        it = {}\n        _L").format(
                'data["token"]["access_token"]', "str(it)"
            )
        },
        at=("config_flow.py:11:27",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look into what is passed to a logger."""
    code = oauth_code(integration)
    for level in _LEVELS:
        for used in code.calls.get(level, ()):
            if "log" not in used.call.name.lower().rpartition(".")[0]:
                continue
            for argument in used.call.node.args:
                found = next(_secrets(argument.value, _holders(used)), None)
                if found is not None:
                    yield RULE.at(
                        used.module, found, "this writes a token or a client secret to the log"
                    )


def _holders(used: Used) -> set[str]:
    """Return the names whose whole value is or holds a token, where the call stands."""
    function = used.call.function
    if function is None:
        return _HOLDERS
    holders = set(_HOLDERS)
    steps = {"async_oauth_create_entry": 1, "async_step_reauth": 1}
    if function.name in steps and function.owner is not None:
        place = steps[function.name]
        holders |= {param.name.value for param in function.node.params.params[place : place + 1]}
    bound = {
        dotted(target)
        for node in walk(function.node.body, into_functions=False)
        for target in _targets(node)
        if isinstance(target, cst.Name)
    }
    return holders | {
        name
        for name in bound
        if (values := assignments(function.node, name))
        and all(any(_secrets(value, holders)) for value in values)
    }


def _targets(node: cst.CSTNode) -> list[cst.BaseExpression]:
    if isinstance(node, cst.Assign):
        return [target.target for target in node.targets]
    return [node.target] if isinstance(node, (cst.AnnAssign, cst.NamedExpr)) else []


def _secrets(node: cst.BaseExpression, holders: set[str]) -> Iterator[cst.BaseExpression]:
    """Yield the parts of an expression whose own value is a secret, or holds one."""
    if isinstance(node, cst.FormattedString):
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                yield from _secrets(part.expression, holders)
    elif isinstance(node, cst.Subscript):
        item = node.slice[0].slice
        if len(node.slice) == 1 and isinstance(item, cst.Index):
            key = text(item.value) or dotted(item.value).rpartition(".")[2]
            if key in SECRETS or key in _CONSTANTS:
                yield node
    elif isinstance(node, (cst.Name, cst.Attribute)):
        name = dotted(node)
        last = name.rpartition(".")[2]
        if name in holders or (last in SECRETS and (last != "token" or "." in name)):
            yield node
    elif isinstance(node, cst.Call) and dotted(node.func) in _AS_TEXT and node.args:
        yield from _secrets(node.args[0].value, holders)
    elif isinstance(node, cst.BinaryOperation):
        yield from _secrets(node.left, holders)
        yield from _secrets(node.right, holders)
    elif isinstance(node, cst.Tuple):
        for element in node.elements:
            yield from _secrets(element.value, holders)
