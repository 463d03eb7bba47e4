"""The flow uses the stored implementation, which may have been deleted.

`async_step_pick_implementation({"implementation": ...})` looks the name up. Before 2026.10, a name
whose credential was deleted raises a `KeyError`: the dialog shows *unknown error*, and the user
must delete the entry. Since 2026.10 the user is asked to choose or add one. For older releases,
continue with `async_step_user()`, or check the name first. The `domain` of an implementation that
the flow has at hand is not reported.

Source: async_step_pick_implementation in homeassistant/helpers/config_entry_oauth2_flow.py of
2026.9 and of 2026.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import text, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import caught
from appcred.oauth.local import candidates
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Bound, Used
    from appcred.release import Span

RULE = Rule(
    "APC309",
    "stored-implementation",
    Severity.WARNING,
    until="stored_implementation_falls_through",
)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_reauth_confirm(self, user_input=None):
        return await {}
"""
_STORED = {
    "config_flow.py": _FLOW.format(
        'self.async_step_pick_implementation({"implementation": self.entry.data["x"]})'
    )
}

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("self.async_step_user()")}, floor="2025.4"),
    Example(_STORED, floor="2026.10"),
    Example(_STORED, floor="2026.9", at=("config_flow.py:6:22",)),
    # An implementation that is there gives its name.
    Example(
        {"config_flow.py": _STORED["config_flow.py"].replace('.entry.data["x"]', ".made.domain")},
        floor="2026.9",
    ),
    Example(
        {
            "config_flow.py": _FLOW.format("self.async_step_pick_implementation(given)").replace(
                "        return", '        given = {"implementation": self.name}\n        return'
            )
        },
        floor="2026.9",
        at=("config_flow.py:7:22",),
    ),
)

_CATCHES: Final = {"KeyError", "LookupError", "Exception", "BaseException"}


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the call with a name that nothing has checked."""
    code = oauth_code(integration)
    for used in code.flow_calls("async_step_pick_implementation"):
        given = used.call.argument("user_input", 0)
        found = candidates(code, used.module, used.call.function, given) or ()
        if any(map(_may_be_gone, found)) and not _guarded(code, used):
            yield RULE.at(
                used.module,
                used.call.node,
                "before 2026.10 this raises a KeyError if the credential was deleted; "
                "continue with async_step_user",
            )


def _may_be_gone(given: Bound) -> bool:
    """Whether the dictionary names an implementation other than by an object of one."""
    if isinstance(given.node, cst.Dict):
        return not any(dotted(element.value).endswith(".domain") for element in given.node.elements)
    return isinstance(given.node, cst.Call) and dotted(given.node.func) == "dict"


def _guarded(code: OAuthCode, used: Used) -> bool:
    """Whether the function catches the error or asks for the implementations first."""
    if {name.rpartition(".")[2] for name in caught(code, used)} & _CATCHES:
        return True
    function = used.call.function
    if function is None:
        return False
    for node in walk(function.node.body):
        if isinstance(node, cst.Name) and node.value == "async_get_implementations":
            return True
        if isinstance(node, cst.Comparison) and any(
            isinstance(each.operator, (cst.In, cst.NotIn)) for each in node.comparisons
        ):
            return text(node.left) is None
    return False
