"""There are tests, but none of them starts the flow.

The flow is what every user goes through first, and what Home Assistant's changes break first: a
renamed helper or a new abort reason shows in no other test. Start it with
`hass.config_entries.flow.async_init`.

Source: quality scale rule config-flow-test-coverage.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC701", "flow-untested", Severity.WARNING, consequences=("APC703",))

_FLOW = {
    "config_flow.py": "from homeassistant.helpers.config_entry_oauth2_flow import "
    "AbstractOAuth2FlowHandler\n\n\nclass Flow(AbstractOAuth2FlowHandler, domain='example'):\n"
    "    ...\n"
}

_TEST = "async def test_flow(flow, entry):\n    start = {}\n    await start('example')\n"

EXAMPLES = (
    Example(_FLOW),
    Example({**_FLOW, "/tests/test_config_flow.py": _TEST.format("flow.async_init")}),
    Example({**_FLOW, "/tests/test_config_flow.py": _TEST.format("entry.start_reauth_flow")}),
    Example({**_FLOW, "/tests/__init__.py": ""}),
    Example(
        {**_FLOW, "/tests/test_init.py": "def test_setup(): ...\n"}, at=("config_flow.py:4:7",)
    ),
)

_STARTS: Final = re.compile(rb"\bflow\s*\.\s*async_init\b|\.start_re(auth|configure)_flow\b")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the start of a flow in any test."""
    code = oauth_code(integration)
    tests = integration.test_modules.values()
    if not any(document.mentions("def test") for document in tests):
        return
    if any(_STARTS.search(document.content) for document in tests):
        return
    for flow in code.handlers:
        yield RULE.at(flow.module, flow.node.node.name, f"no test starts {flow.name}")
