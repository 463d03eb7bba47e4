"""The integration creates its own client session.

`aiohttp.ClientSession()` has its own connections and resolver, and does not use Home Assistant's
settings for outgoing requests. Unless it is closed when the entry is unloaded, a reload leaks it,
and the log says *Unclosed client session*. Use `async_get_clientsession(hass)`. A session with its
own settings, such as cookies, must not be the shared one: use `async_create_clientsession(hass,
cookie_jar=…)`.

Source: homeassistant/helpers/aiohttp_client.py; quality scale rule inject-websession.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

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
    Example({"__main__.py": _API.format("aiohttp.ClientSession()")}),
    Example({"api.py": _API.format("aiohttp.ClientSession()")}, at=("api.py:7:12",)),
    Example(
        {"client.py": "from aiohttp import ClientSession\n\nSESSION = ClientSession()\n"},
        at=("client.py:3:11",),
    ),
)


_NAMED: Final = re.compile(rb"\bClientSession\(")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the call in all files but a script that is run by hand."""
    for module in oauth_code(integration).modules_with(_NAMED):
        if module.path.name == "__main__.py":
            continue
        for call in module.index.calls:
            if call.name == "aiohttp.ClientSession":
                yield RULE.at(
                    module,
                    call.node,
                    "this session does not use Home Assistant's connections and settings; "
                    f"use {_instead(call.node)}",
                )


def _instead(call: cst.Call) -> str:
    """Return what makes a session with the same settings: a shared one has none of its own."""
    names = [argument.keyword.value if argument.keyword else "" for argument in call.args]
    if not names:
        return "async_get_clientsession(hass)"
    if "" in names or "connector" in names:
        return "async_create_clientsession(hass, …)"
    return f"async_create_clientsession(hass, {', '.join(f'{name}=…' for name in names)})"
