"""The flow has no reauthentication.

When the vendor revokes the token, or the user changes the password, Home Assistant starts a flow
with the step `reauth`. Without that step the entry fails, and the user has to delete the
integration, with its devices' history, and add it again. Only integrations that use the token
beyond the flow are reported.

Source: ConfigEntry.async_start_reauth in homeassistant/config_entries.py; quality scale rule
reauthentication-flow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC304", "no-reauth", Severity.WARNING)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_{}(self, entry_data):
        return await self.async_step_user()
"""
_SETUP = """\
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session


async def async_setup_entry(hass, entry):
    entry.runtime_data = OAuth2Session(hass, entry, None)
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("reauth"), "__init__.py": _SETUP}),
    Example({"config_flow.py": _FLOW.format("other")}),
    Example(
        {
            "config_flow.py": _FLOW.format("other")
            .replace("(Abs", "(Shared, Abs")
            .replace("\n\n\n", "\nfrom vendor.flow import Shared\n\n\n", 1),
            "__init__.py": _SETUP,
        }
    ),
    Example(
        {"config_flow.py": _FLOW.format("other"), "__init__.py": _SETUP},
        at=("config_flow.py:4:7",),
    ),
)

_STEP: Final = "async_step_reauth"


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the step."""
    code = oauth_code(integration)
    if not code.keeps_token:
        return
    for flow in code.handlers:
        step = code.methods(flow, _STEP) or code.attribute(flow, _STEP)
        # One made from a class of another integration, or library, may have it there.
        if step is None and code.is_whole(flow):
            yield RULE.at(
                flow.module,
                flow.node.node.name,
                (
                    f"{flow.name} has no reauthentication, so users cannot sign in again; add "
                    f"{_STEP}"
                ),
            )
