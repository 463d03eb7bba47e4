"""The error that asks for a new sign-in is handled as a temporary one.

Since 2026.3 a refused token raises `OAuth2TokenRequestReauthError`. It is an
`OAuth2TokenRequestError`, so an `except` clause for that error that raises `ConfigEntryNotReady`
catches it first: the entry retries, and the user is not asked to sign in. Catch the reauth error
before it, and raise `ConfigEntryAuthFailed`. Since 2026.9 the session asks the user itself, so the
rule does not apply from there on.

Source: developers.home-assistant.io, blog 2026-02-19-oauth-token-request-error-handling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.call_graph import ways_out
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import taken_for_later
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule(
    "APC504",
    "reauth-as-not-ready",
    Severity.ERROR,
    since="token_request_errors",
    until="session_starts_reauth",
)

_KINDS: Final = {
    "OAuth2TokenRequestError",
    "OAuth2TokenRequestBaseError",
    "OAuth2TokenRequestReauthError",
}

_SETUP = """\
from homeassistant.exceptions import *
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session


async def async_setup_entry(hass, entry):
    session = OAuth2Session(hass, entry, None)
    try:
        await session.async_ensure_token_valid()
    {}except OAuth2TokenRequestError as err:
        raise ConfigEntryNotReady from err
    return True
"""
_FIRST = """\
except OAuth2TokenRequestReauthError as err:
        raise ConfigEntryAuthFailed from err
    """

EXAMPLES = (
    Example({"__init__.py": _SETUP.format(_FIRST)}, floor="2026.3"),
    Example({"__init__.py": _SETUP.format("")}, floor="2026.9"),
    Example({"__init__.py": _SETUP.format("")}, floor="2026.3", at=("__init__.py:9:5",)),
    Example(
        {"__init__.py": _SETUP.format(_FIRST.replace("AuthFailed", "NotReady"))},
        floor="2026.3",
        at=("__init__.py:9:5",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the first clause that the reauth error meets."""
    code = oauth_code(integration)
    for used in code.calls.get("async_ensure_token_valid", ()):
        for met in ways_out(code, used):
            handler = taken_for_later(met, _KINDS)
            if handler is not None:
                yield RULE.at(
                    handler.module,
                    handler.node,
                    "this clause retries a refused token forever; catch "
                    "OAuth2TokenRequestReauthError before it",
                )
