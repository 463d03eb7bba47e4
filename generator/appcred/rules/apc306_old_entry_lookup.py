"""The flow looks up its entry by hand.

Since 2024.11 `_get_reauth_entry()` and `_get_reconfigure_entry()` return it, and since 2025
`context["entry_id"]` is not meant to be read by integrations. The old way works as long as that key
exists, and returns `None` otherwise, so that the flow fails later and less clearly.

A flow that ends with `reauth_successful` itself has also found and updated the entry by hand: the
first entry, for example, or the one with the same unique ID. `async_update_reload_and_abort` with
the helper's entry does it all, and its text is Home Assistant's since 2026.10.

It is reported only if every release of the range has the helpers.

Source: developers.home-assistant.io, blog 2024-11-04-reauth-reconfigure-entry-id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import text, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

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
    Example({"config_flow.py": _FLOW.format('self.context.get("source")')}),
    Example(_OLD, floor="2024.11", at=("config_flow.py:6:22",)),
    Example(
        {"config_flow.py": _FLOW.format('next(self.find(self.context["entry_id"]))')},
        at=("config_flow.py:6:37",),
    ),
    Example(
        {"config_flow.py": _FLOW.format('self.async_abort(reason="reauth_successful")')},
        at=("config_flow.py:6:22",),
    ),
)

_ENDS: Final = ("reauth_successful", "reconfigure_successful")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look where the flow's context is read, and for an end after a lookup of another kind."""
    code = oauth_code(integration)
    flows = {flow.node for flow in code.flows}
    for flow in code.flows:
        lookups = {
            id(used.call.argument("entry_id", 0)): used.call.node
            for used in code.flow_calls("async_get_entry", "async_get_known_entry")
        }
        for node in _read(flow.node.node):
            yield RULE.at(
                flow.module,
                lookups.get(id(node), node),
                "the flow looks up its entry by hand; use _get_reauth_entry() or "
                "_get_reconfigure_entry()",
            )
    for used in code.flow_calls("async_abort"):
        reason = code.text(used.module, used.call.argument("reason"))
        if used.call.owner in flows and reason in _ENDS:
            yield RULE.at(
                used.module,
                used.call.node,
                "the flow finishes a reauthentication by hand; use async_update_reload_and_abort",
            )


def _read(flow: cst.ClassDef) -> Iterator[cst.CSTNode]:
    """Yield where a flow reads `entry_id` from its context."""
    written = {id(node.target) for node in walk(flow) if isinstance(node, cst.AssignTarget)}
    for node in walk(flow):
        key: cst.BaseExpression | None = None
        if isinstance(node, cst.Subscript) and dotted(node.value) == "self.context":
            item = node.slice[0].slice
            key = item.value if isinstance(item, cst.Index) and id(node) not in written else None
        elif isinstance(node, cst.Call) and dotted(node.func) == "self.context.get" and node.args:
            key = node.args[0].value
        if text(key) == "entry_id":
            yield node
