"""The integration opens a client session of its own.

`aiohttp.ClientSession()` keeps its own connections and resolver, and is left open when the entry
is unloaded: a reload leaks it, and the log says *Unclosed client session*. Settings of Home
Assistant for outgoing requests do not reach it. Use `async_get_clientsession(hass)`, or
`async_create_clientsession(hass)` for one with cookies of its own.

Source: homeassistant/helpers/aiohttp_client.py; quality scale rule inject-websession.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC505", "own-client-session", Severity.WARNING)

_API = """\
import aiohttp
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session


def client(hass):
    return {}
"""

EXAMPLES = (
    Example({"api.py": _API.format("async_get_clientsession(hass)")}),
    Example({"api.py": _API.format("aiohttp.ClientSession()")}, at=("api.py:7:12",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the call in files that have to do with OAuth2."""
    for used in oauth_code(integration).calls_of("aiohttp.ClientSession"):
        yield RULE.at(
            used.module,
            used.call.node,
            "a session of its own is never closed; use async_get_clientsession(hass)",
        )
