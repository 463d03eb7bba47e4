"""There is an update listener, and a flow that also reloads the entry.

`async_update_reload_and_abort` reloads the entry; the update also calls the listener, which usually
means a second reload at the same time. Home Assistant reports this since 2026.6 whenever a user
signs in again while the entry is loaded, and refuses it from 2026.12 on. A function that looks at
the entry's state or listeners first is not reported. For options use `OptionsFlowWithReload`;
otherwise let the flow call `async_update_and_abort` and the listener reload.

Source: developers.home-assistant.io, blog
2026-05-07-config-entry-listener-together-with-reloading-methods.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.names import Used
    from appcred.release import Span

RULE = Rule(
    "APC509", "listener-and-reload", Severity.WARNING, since="reload_with_listener_reported"
)

_FLOW = {
    "config_flow.py": """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
"""
}
_SETUP = """\
async def async_setup_entry(hass, entry):
    entry.async_on_unload({})
"""
_LISTENS = {**_FLOW, "__init__.py": _SETUP.format("entry.add_update_listener(reload)")}

EXAMPLES = (
    Example({**_FLOW, "__init__.py": _SETUP.format("close")}),
    Example(_LISTENS, floor="2026.5", newest="2026.5"),
    Example({**_FLOW, "__init__.py": _SETUP.format("device.add_update_listener(reload)")}),
    Example(_LISTENS, at=("__init__.py:2:27",)),
    Example({**_FLOW, "coordinator.py": _LISTENS["__init__.py"]}, at=("coordinator.py:2:27",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for both, the flow's first."""
    code = oauth_code(integration)
    flows = {flow.node for flow in code.flows}
    calls = code.flow_calls("async_update_reload_and_abort")
    if not any(used.call.owner in flows and not _looks_first(used) for used in calls):
        return
    for module in code.modules_with(re.compile(rb"\.add_update_listener\(")):
        for call in module.index.calls:
            if re.search(r"entry\.add_update_listener$", call.name):
                yield RULE.at(
                    module,
                    call.node,
                    "this listener reloads the entry, and so does the flow, which is an error from "
                    "2026.12; use OptionsFlowWithReload instead of the listener",
                )


def _looks_first(used: Used) -> bool:
    """Whether the function asks for the entry's state or listeners before it reloads."""
    function = used.call.function
    return function is not None and any(
        isinstance(node, cst.Attribute) and node.attr.value in ("state", "update_listeners")
        for node in walk(function.node.body)
    )
