"""The same account can be added twice.

The flow sets no unique ID and does not compare with existing entries, and the manifest allows more
than one entry. A user who adds the account again gets every device and entity a second time, and
reauthentication cannot tell whether the same account came back. Call `async_set_unique_id` with
something of the account that never changes, and `_abort_if_unique_id_configured`.

A flow that sets the unique ID and creates an entry without that second call replaces the account's
first entry, which Home Assistant removes with its options; since 2025.3 it logs a report. A flow
that checks the entries in another way is not reported.

Source: homeassistant/components/google_drive/config_flow.py; quality scale rule
unique-config-entry; ConfigEntriesFlowManager.async_finish_flow in homeassistant/config_entries.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.identity import replacing
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.names import Used
    from appcred.release import Span

RULE = Rule("APC302", "no-unique-id", Severity.WARNING, consequences=("APC305",))

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        await self.{}(data["account"])
        return self.async_create_entry(title="Example", data=data)
"""
_HELPER = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        await self.async_set_unique_id(data["account"])
        return self._finish(data)

    def _finish(self, data):
        return self.async_create_entry(title="Example", data=data)
"""
_COMPARED = "self._abort_if_unique_id_configured()\n        return self._f"
_REAUTH_ALONE = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_reauth(self, entry_data):
        await self.async_set_unique_id(self._get_reauth_entry().unique_id)
        return await self.async_step_user()
"""
_STEP = """\

    async def async_step_more(self, user_input=None):
        return self._finish(user_input)
"""
_TOLD = """\
        if self.source == "reauth":
            self._abort_if_unique_id_mismatch()
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
"""
_SETS = _FLOW.format("async_set_unique_id")
_COMPARES_IT = _SETS.replace("return", "self._abort_if_unique_id_configured()\n        return")
_RENEWS = _SETS.replace("        return", _TOLD + "        return")
_ASKS_RESULT = _SETS.replace("await", "known = await")
_SINGLE = json.dumps({**EXAMPLE_MANIFEST, "single_config_entry": True})

EXAMPLES = (
    Example({"config_flow.py": _COMPARES_IT}),
    Example({"config_flow.py": _ASKS_RESULT}),
    Example({"config_flow.py": _SETS, MANIFEST: _SINGLE}),
    Example({"config_flow.py": _SETS}, at=("config_flow.py:7:16",)),
    Example({"config_flow.py": _RENEWS}, at=("config_flow.py:10:16",)),
    # Only a renewed sign-in is told apart.
    Example({"config_flow.py": _REAUTH_ALONE}, at=("config_flow.py:4:7",)),
    Example({"config_flow.py": _REAUTH_ALONE.replace("_reauth(", "_user(")}),
    # The entry is made in a helper method.
    Example({"config_flow.py": _HELPER}, at=("config_flow.py:10:16",)),
    Example({"config_flow.py": _HELPER.replace("return self._f", _COMPARED)}),
    Example({"config_flow.py": _HELPER + _STEP}, at=("config_flow.py:10:16",)),
    Example({"config_flow.py": _FLOW.format("ask"), MANIFEST: _SINGLE}),
    Example(
        {
            "config_flow.py": _FLOW.format("ask"),
            "account.py": "async def ask(flow, account):\n    flow.async_set_unique_id(account)\n",
        }
    ),
    Example({"config_flow.py": _FLOW.format("ask")}, at=("config_flow.py:4:7",)),
    Example(
        {
            "config_flow.py": _FLOW.format("ask")
            .replace("(Abs", "(Base")
            .replace("BasetractOAuth2FlowHandler", "Base")
            .replace("\n\n\n", "\n\n\nclass Base(AbstractOAuth2FlowHandler):\n    ...\n\n\n")
        },
        at=("config_flow.py:8:7",),
    ),
)

_COMPARES = (
    "async_set_unique_id",
    "_async_abort_entries_match",
    "_async_current_entries",
    "async_entries",
    "_async_current_ids",
    "_async_handle_discovery_without_unique_id",
)

_RENEWALS = ("async_step_reauth", "async_step_reconfigure")
_IDENTIFIES = ("async_set_unique_id(", "_async_abort_entries_match(")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for any of the ways to recognise an account, and whether one is made use of."""
    code = oauth_code(integration)
    if integration.manifest.get("single_config_entry") is True:
        return
    for used in replacing(code):
        yield RULE.at(
            used.module,
            used.call.node,
            "adding an account again replaces its first entry; call "
            "_abort_if_unique_id_configured before this",
        )
    compares = tuple(code.flow_calls(*_COMPARES))
    if not all(map(_is_renewal, compares)):
        return
    here = {used.module.name for used in compares}
    if any(
        document.mentions(*_IDENTIFIES)
        for name, document in integration.modules.items()
        if name not in here
    ):
        return  # in a function or a class elsewhere that the flow hands itself to
    for flow in code.handlers:
        # One made from a class of another integration, or library, may do it there.
        if code.is_whole(flow):
            yield RULE.at(
                flow.module,
                flow.node.node.name,
                f"{flow.name} sets no unique ID, so an account can be added twice; call "
                "async_set_unique_id and _abort_if_unique_id_configured",
            )


def _is_renewal(used: Used) -> bool:
    """Whether a call stands in a step that only a renewed sign-in takes."""
    function = used.call.function
    return function is not None and function.name.startswith(_RENEWALS)
