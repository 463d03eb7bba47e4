"""The flow looks its entry up by hand.

Since 2024.11 `_get_reauth_entry()` and `_get_reconfigure_entry()` return it, and since 2025
`context["entry_id"]` is not meant to be read by integrations. The old way works as long as that
key is there, and gives `None` where it is not, so that the flow fails later and less clearly.

A flow that says `reauth_successful` itself has found and updated the entry by hand, too: the
first one there is, say, or the one of the same unique id. `async_update_reload_and_abort` with the
helper's entry does it all, and its text is Home Assistant's since 2026.10.

It is reported only where every release of the range has the helpers.

Source: developers.home-assistant.io, blog 2024-11-04-reauth-reconfigure-entry-id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import text
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC306", "old-entry-lookup", Severity.INFO, since="flow_entry_helpers", at_floor=True)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_reauth(self, entry_data):
        self.entry = {}
"""
_OLD = {
    "config_flow.py": _FLOW.format(
        'self.hass.config_entries.async_get_entry(self.context["entry_id"])'
    )
}

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("self._get_reauth_entry()")}),
    Example(_OLD, floor="2024.10"),
    Example(_OLD, floor="2024.11", at=("config_flow.py:6:22",)),
    Example(
        {"config_flow.py": _FLOW.format('self.async_abort(reason="reauth_successful")')},
        at=("config_flow.py:6:22",),
    ),
)

_ENDS: Final = ("reauth_successful", "reconfigure_successful")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a lookup by the flow's context, and for an end after one of another kind."""
    code = oauth_code(integration)
    lookups = ("async_get_entry", "async_get_known_entry")
    flows = {flow.node for flow in code.flows}
    for used in code.flow_calls(*lookups):
        if used.call.owner in flows and _by_context(used.call.argument("entry_id", 0)):
            yield RULE.at(
                used.module,
                used.call.node,
                "the entry comes from _get_reauth_entry() or _get_reconfigure_entry()",
            )
    for used in code.flow_calls("async_abort"):
        reason = code.text(used.module, used.call.argument("reason"))
        if used.call.owner in flows and reason in _ENDS:
            yield RULE.at(
                used.module,
                used.call.node,
                "update the entry of _get_reauth_entry() or _get_reconfigure_entry() by "
                "async_update_reload_and_abort, which ends so",
            )


def _by_context(node: cst.BaseExpression | None) -> bool:
    if isinstance(node, cst.Subscript):
        item = node.slice[0].slice
        key = text(item.value) if isinstance(item, cst.Index) else None
        return dotted(node.value) == "self.context" and key == "entry_id"
    if isinstance(node, cst.Call):
        return dotted(node.func) == "self.context.get"
    return False
