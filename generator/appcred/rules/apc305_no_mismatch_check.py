"""Reauthentication takes any account.

The flow sets a unique id and updates the entry, but does not compare the two. A user who logs in
with another account in the browser - a work account, a partner's - turns the entry into that
account's: its devices change owner, and the entities of the old one stay behind unavailable.
Call `_abort_if_unique_id_mismatch` before the update.

Source: ConfigFlow._abort_if_unique_id_mismatch in homeassistant/config_entries.py, since 2024.11;
homeassistant/components/google_drive/config_flow.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import Member, oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode, Used
    from appcred.release import Span

RULE = Rule("APC305", "no-mismatch-check", Severity.WARNING)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_reauth(self, entry_data):
        return await self.async_step_user()

    async def async_oauth_create_entry(self, data):
        await self.async_set_unique_id({})
        if self.source == "reauth":
            {}
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
        return self.async_create_entry(title="Example", data=data)
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("uid", "self._abort_if_unique_id_mismatch()")}),
    Example({"config_flow.py": _FLOW.format('"example"', "...")}),
    Example({"config_flow.py": _FLOW.format("uid", "...")}, at=("config_flow.py:12:20",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for any comparison with the entry's unique id in a flow that sets one and updates."""
    code = oauth_code(integration)
    for flow in code.handlers:
        own = [flow, *(base for base in code.ancestry(flow) if isinstance(base, Member))]
        names = {name for member in own for name in member.node.methods}
        if not names & {"async_step_reauth", "async_step_reconfigure"}:
            continue
        if any(_compares(node) for member in own for node in walk(member.node.node)):
            continue
        # Only where one function does both is the unique id certainly that of the account.
        identified = {
            used.call.function
            for used in code.flow_calls("async_set_unique_id")
            if used.call.owner in [member.node for member in own] and not _shared(code, used)
        }
        for used in code.flow_calls("async_update_reload_and_abort"):
            if used.call.function in identified:
                yield RULE.at(
                    used.module,
                    used.call.node,
                    "the entry is updated with whichever account logged in; compare it by "
                    "_abort_if_unique_id_mismatch",
                )
                break


def _shared(code: OAuthCode, used: Used) -> bool:
    """Say whether the unique id is a constant, the same for every account."""
    node = used.call.argument("unique_id", 0)
    constant = code.text(used.module, node) is not None
    return constant or (isinstance(node, cst.Name) and node.value == "DOMAIN")


def _compares(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Call):
        func = node.func
        return isinstance(func, cst.Attribute) and "mismatch" in func.attr.value
    if isinstance(node, cst.Comparison):
        return any(
            isinstance(part, cst.Attribute) and part.attr.value == "unique_id"
            for part in walk(node)
        )
    return False
