"""The setup returns False after a request that failed, so Home Assistant does not try again.

A vendor that cannot be reached while Home Assistant starts is a matter of minutes. If
`async_setup_entry` returns `False` for it, the entry fails for good: it works again only after
somebody reloads it by hand. Raise `ConfigEntryNotReady` instead, and Home Assistant tries again
until it succeeds; for a refused token raise `ConfigEntryAuthFailed`.

Only a clause of `async_setup_entry` is reported that catches lost connections and always returns
`False`, without a new sign-in.

Source: ConfigEntry.async_setup in homeassistant/config_entries.py; developers.home-assistant.io,
integration_setup_failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.call_graph import setups
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import CLIENT, first_catching
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.errors import Handler
    from appcred.release import Span

RULE = Rule("APC515", "setup-gives-up", Severity.WARNING)

_SETUP = """\
from aiohttp import ClientError
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session


async def async_setup_entry(hass, entry):
    session = OAuth2Session(hass, entry, None)
    try:
        await session.async_ensure_token_valid()
    except {} as err:
        _LOGGER.error("Cannot refresh the token: %s", err)
        {}
    return True
"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format("ClientError", "raise ConfigEntryNotReady from err")}),
    Example({"__init__.py": _SETUP.format("KeyError", "return False")}),
    Example(
        {
            "__init__.py": _SETUP.format(
                "ClientError",
                "if err.status == 404:\n            return False\n        raise",
            )
        }
    ),
    Example(
        {"__init__.py": _SETUP.format("ClientError", "return False")}, at=("__init__.py:10:5",)
    ),
    Example({"__init__.py": _SETUP.format("Exception", "return False")}, at=("__init__.py:10:5",)),
    Example(
        {"__init__.py": _SETUP.format("(KeyError, TimeoutError)", "return False")},
        at=("__init__.py:10:5",),
    ),
)

_LOST: Final = CLIENT | {
    *("Exception", "BaseException", "TimeoutError", "OSError", "ConnectionError"),
    *("ClientConnectionError", "ClientConnectorError", "RequestException", "HTTPError"),
}
"""What is raised where a vendor cannot be reached."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at the clauses around what the setup awaits."""
    code = oauth_code(integration)
    seen: set[int] = set()
    for setup in setups(code):
        for call in setup.calls():
            if not call.is_awaited or call.name.startswith(("homeassistant.", "hass.")):
                continue
            handler = first_catching(setup.handlers(code, call.guards), _LOST)
            if handler is None or id(handler.node) in seen or not _only_gives_up(handler):
                continue
            seen.add(id(handler.node))
            yield RULE.at(
                handler.module,
                handler.node,
                "after this error Home Assistant does not set up the entry again, because the "
                "setup returns False; raise ConfigEntryNotReady",
            )


def _only_gives_up(handler: Handler) -> bool:
    """Whether a clause returns False in every case."""
    *_, last = handler.node.body.body
    if not isinstance(last, cst.SimpleStatementLine) or handler.raises() or handler.hands_on():
        return False
    if handler.mentions("async_start_reauth", "SOURCE_REAUTH"):
        return False
    returned = [node for node in walk(handler.node.body) if isinstance(node, cst.Return)]
    return len(returned) == 1 and returned[0] in last.body and dotted(returned[0].value) == "False"
