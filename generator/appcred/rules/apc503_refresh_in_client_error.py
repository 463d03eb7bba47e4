"""A refused token is treated as a lost connection.

The token is refreshed inside a `try` whose `except ClientError` (or `ClientResponseError`, or
`OAuth2TokenRequestError`) means *try again later*. The vendor's refusal of a revoked token is also
one of these errors, so the user is not asked to sign in again: the entry retries forever. A request
through `OAuth2Session.async_request` refreshes the token, too. Refresh outside that `try`, or check
the status and raise `ConfigEntryAuthFailed` for 400 and 401. Since 2026.9 the session asks the user
itself, so the rule does not apply from there on.

Source: OAuth2Session.async_ensure_token_valid in
homeassistant/helpers/config_entry_oauth2_flow.py of 2026.8 and of 2026.9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import CLIENT, taken_for_later
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Used
    from appcred.release import Span

RULE = Rule(
    "APC503",
    "refresh-in-client-error",
    Severity.ERROR,
    until="session_starts_reauth",
    consequences=("APC504",),
)

_SETUP = """\
from aiohttp import ClientError
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session


async def async_setup_entry(hass, entry):
    session = OAuth2Session(hass, entry, None)
    try:
        await session.async_ensure_token_valid()
    except ClientError as err:
        {}
    return True
"""
_LATER = {"__init__.py": _SETUP.format("raise ConfigEntryNotReady from err")}
_STATUS = """\
if getattr(err, "status", 0) in (400, 401):
            raise ConfigEntryAuthFailed from err
        raise ConfigEntryNotReady from err"""

_OTHER_STATUS = """\
if err.status == 403:
            raise ConfigEntryNotReady("Not allowed") from err
        raise ConfigEntryNotReady from err"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format(_STATUS)}, floor="2025.4"),
    Example(_LATER, floor="2026.9"),
    Example({"__init__.py": _SETUP.format("raise mapped(err) from err")}, floor="2025.4"),
    Example(
        {
            "__init__.py": _SETUP.format(
                "entry.async_start_reauth(hass)\n        raise UpdateFailed"
            )
        },
        floor="2025.4",
    ),
    Example(
        {"__init__.py": _SETUP.format(_OTHER_STATUS)}, floor="2025.4", at=("__init__.py:10:5",)
    ),
    Example(_LATER, floor="2026.8", at=("__init__.py:10:5",)),
    Example(
        {
            "__init__.py": _LATER["__init__.py"].replace(
                "ensure_token_valid()", 'request("get", "")'
            )
        },
        floor="2026.8",
        at=("__init__.py:10:5",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the first clause that a refused token meets."""
    code = oauth_code(integration)
    for used in _refreshes(code):
        handler = taken_for_later(code, used, CLIENT)
        if handler is not None:
            yield RULE.at(
                used.module,
                handler.node,
                "this clause retries a refused token forever; raise ConfigEntryAuthFailed for it",
            )


def _refreshes(code: OAuthCode) -> Iterator[Used]:
    """Yield the calls that refresh the token: by itself, or before a request of the session."""
    yield from code.calls.get("async_ensure_token_valid", ())
    for used in code.calls.get("async_request", ()):
        # aiohttp's session has no such method; one of an API client says nothing of the token.
        if re.search(r"session$|oauth", used.call.name.rpartition(".")[0].lower()):
            yield used
