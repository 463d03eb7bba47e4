"""The manifest does not depend on `application_credentials`.

Home Assistant finds the platform of a custom integration only by this dependency. If it is missing,
the credentials dialog does not offer the integration, and its flow ends with
`missing_configuration` instead of asking for a credential. In core the list is generated from the
platform files, but an import of a credential then comes before the component is set up:
`ValueError`, and the integration fails to start. hassfest reports neither, because it takes the
platform file for the reference.

The dependency must come with a hook that works: with a platform that Home Assistant cannot call, it
would break the credentials dialog for *every* integration. So nothing is reported or added if the
platform has no hook, or one that cannot be called (APC102 to APC106), nor if the flow and all other
code sign in without Home Assistant's OAuth2.

Fix: adds the entry to `dependencies`, in its place if they are sorted.

Source: async_get_application_credentials in homeassistant/loader.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.documents.json import manifest_order, put_item
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import mentions_helper
from appcred.oauth.hooks import has_working_hook
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC201", "missing-dependency", Severity.ERROR, fix=FixKind.SAFE)

_PLATFORM = {"application_credentials.py": "async def async_get_authorization_server(hass): ...\n"}
_GOOD = json.dumps({**EXAMPLE_MANIFEST, "dependencies": ["application_credentials", "http"]})
_BAD = json.dumps({**EXAMPLE_MANIFEST, "dependencies": ["http"]})

EXAMPLES = (
    Example(_PLATFORM),
    Example({MANIFEST: json.dumps({"domain": "example", "name": "A"})}),
    # Its flow signs in in another way, so the platform is left over.
    Example({**_PLATFORM, MANIFEST: _BAD, "config_flow.py": "class Flow: ...\n"}),
    # No hook, or one that cannot be called: the dependency alone would do harm.
    Example({"application_credentials.py": "URL = 'https://a.example'\n", MANIFEST: _BAD}),
    Example(
        {
            "application_credentials.py": _PLATFORM["application_credentials.py"].replace(
                "(", "(self, "
            ),
            MANIFEST: _BAD,
        }
    ),
    Example(
        {
            "application_credentials.py": _PLATFORM["application_credentials.py"].replace(
                "async def", "def"
            ),
            MANIFEST: _BAD,
        }
    ),
    Example(
        {**_PLATFORM, MANIFEST: _BAD.replace(', "', ',\n"')},
        at=("manifest.json:5:1",),
        after={MANIFEST: _GOOD.replace(', "', ',\n"').replace('s",\n"http', 's", "http')},
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the entry where there is a platform."""
    code = oauth_code(integration)
    dependencies = integration.manifest.get("dependencies", [])
    whole = isinstance(dependencies, list)
    if whole and "application_credentials" in dependencies:
        return
    if not code.has_platform or not has_working_hook(code) or _is_left_over(integration):
        return
    yield RULE.in_json(
        integration,
        MANIFEST,
        ["dependencies"],
        "the credentials dialog does not offer this integration; add application_credentials to "
        "the dependencies",
        fixable=whole,
    )


def _is_left_over(integration: Integration) -> bool:
    """Whether there is a flow and no code but the platform uses Home Assistant's OAuth2."""
    return "config_flow" in integration.modules and not any(
        mentions_helper(document.content)
        for name, document in integration.modules.items()
        if name != "application_credentials"
    )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Put the entry in."""
    path = integration.path(MANIFEST)
    content = integration.files[path].content
    try:
        content = put_item(
            content, ["dependencies"], "application_credentials", order=manifest_order
        )
    except ValueError as error:
        todo = "add application_credentials to its dependencies and run this again"
        return ManualWork(path, finding.line, str(error), todo)
    return integration.with_file(path, content)
