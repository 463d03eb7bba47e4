"""The credentials dialog says nothing about where to get a credential.

The user is asked for a client id and a client secret, and finds no hint at which page of the
vendor to create them, nor which redirect URL to enter there. Write
`application_credentials.description`. Integrations that bring their own client are not reported.

Source: homeassistant/components/google_drive/strings.json.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.texts import description
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC601", "no-description", Severity.INFO)

_PLATFORM = {"application_credentials.py": "async def async_get_authorization_server(hass): ...\n"}
_TEXTS = json.dumps({"application_credentials": {"description": "Create one with Example."}})

EXAMPLES = (
    Example({**_PLATFORM, "translations/en.json": _TEXTS}),
    Example({**_PLATFORM, "translations/en.json": "{}"}, at=("application_credentials.py:1:1",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the text where a user has to enter a credential."""
    code = oauth_code(integration)
    if code.platform is None or code.registers_by_hand:
        return
    if code.calls.get("async_import_client_credential"):
        return
    if not description(integration):
        yield RULE.on(
            code.platform.path,
            1,
            1,
            "the credentials dialog has no text: write application_credentials.description",
        )
