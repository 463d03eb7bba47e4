"""There is a config flow, but the manifest does not say so.

Without `"config_flow": true` Home Assistant does not list the integration among those that can
be added: a user cannot start the login at all.

Fix: the key is set to `true`.

Source: async_get_config_flows in homeassistant/loader.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.documents.json import manifest_order, put
from appcred.finding import Finding, FixKind, Severity
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC203", "config-flow-not-true", Severity.ERROR, fix=FixKind.SAFE)

_FLOW = {
    "config_flow.py": "from homeassistant.helpers.config_entry_oauth2_flow import "
    "AbstractOAuth2FlowHandler\n\n\nclass Flow(AbstractOAuth2FlowHandler, domain='example'):\n"
    "    ...\n"
}
_GOOD = json.dumps(EXAMPLE_MANIFEST, indent=2)

EXAMPLES = (
    Example(_FLOW),
    Example({"flow.py": _FLOW["config_flow.py"], MANIFEST: "{}"}),
    Example(
        {**_FLOW, MANIFEST: _GOOD.replace('  "config_flow": true,\n', "")},
        at=("manifest.json:1:1",),
        after={MANIFEST: _GOOD},
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare the manifest with the file."""
    code = oauth_code(integration)
    flow = code.flows and "config_flow" in integration.modules
    if flow and integration.manifest.get("config_flow") is not True:
        yield RULE.in_json(
            integration,
            MANIFEST,
            ["config_flow"],
            "config_flow is not true, so nobody can add this integration; write true",
        )


def fix(integration: Integration, _finding: Finding, _span: Span) -> Integration | ManualWork:
    """Set it."""
    path = integration.path(MANIFEST)
    content = put(
        integration.files[path].content, ["config_flow"], value=True, order=manifest_order
    )
    return integration.with_file(path, content)
