"""The flow logs in with OAuth2, but nothing provides a client to log in with.

A flow derived from `AbstractOAuth2FlowHandler` asks Home Assistant for the auth implementations of
its domain. They come from `application_credentials.py`; without that file, a registration by hand
or a `flow_impl` that the flow sets itself, there are none. The user cannot start: the flow ends at
once with `missing_configuration`, and no dialog asks for credentials.

Write `application_credentials.py` with `async_get_authorization_server`; `appcred retrofit`
writes it when it is given the URLs.

Source: async_step_pick_implementation in homeassistant/helpers/config_entry_oauth2_flow.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC101", "missing-platform", Severity.ERROR, consequences=("APC202",))

_FLOW = """\
from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class ExampleFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW, "application_credentials.py": "# the hooks\n"}),
    Example(
        {
            "config_flow.py": _FLOW + "\n    async def async_step_user(self, user_input=None):\n"
            "        self.flow_impl = implementation(self.hass)\n"
            "        return await self.async_step_auth()\n"
        }
    ),
    Example({"config_flow.py": _FLOW}, at=("config_flow.py:6:1",)),
)

_MADE: Final = rb"\bflow_impl\s*=(?!=)"
"""The flow takes an implementation of its own, registered or not."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a flow that no implementation can reach."""
    code = oauth_code(integration)
    if code.has_platform or code.registers_by_hand:
        return
    if any(re.search(_MADE, module.document.content) for module in code.modules):
        return
    for flow in code.handlers:
        if not code.is_whole(flow):
            continue
        yield RULE.at(
            flow.module,
            flow.node.node,
            f"{flow.name} has no auth implementation; write application_credentials.py",
        )
        return
