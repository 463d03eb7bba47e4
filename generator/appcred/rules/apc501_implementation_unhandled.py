"""The implementation is fetched without the error handling that a release of the range needs.

From 2026.10 on Home Assistant itself turns what `async_get_config_entry_implementation` raises into
a retry or a reauthentication. In older releases its errors end the setup permanently: in 2025.12 to
2026.9 `ImplementationUnavailableError`, if the provider (such as Home Assistant Cloud) cannot be
reached, and in all of them `ValueError`, if the credential was deleted. The entry then fails until
it is reloaded by hand. Catch the error and raise `ConfigEntryNotReady`.

Source: developers.home-assistant.io, blog 2025-11-05-config-entry-oauth2-error-handling;
homeassistant/exceptions.py of 2026.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.call_graph import reaching, setups
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import caught
from appcred.oauth.helper import HELPER
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Used
    from appcred.release import Span

RULE = Rule("APC501", "implementation-unhandled", Severity.WARNING, until="setup_errors_handled")

FETCH: Final = f"{HELPER}.async_get_config_entry_implementation"
_HANDLES: Final = {
    "ImplementationUnavailableError",
    "ValueError",
    "HomeAssistantError",
    "Exception",
    "BaseException",
}

_SETUP = """\
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation


async def async_setup_entry(hass, entry):
    try:
        implementation = await async_get_config_entry_implementation(hass, entry)
    except {} as err:
        raise ConfigEntryNotReady from err
    return True
"""

_ERRORS = "ERRORS = (ValueError, ImplementationUnavailableError)\n"
_HELPER = (
    _SETUP.replace("await async_get", "await fetch(hass, entry)\n    except {} as err:").replace(
        "_config_entry_implementation(hass, entry)\n    except {} as err:\n", ""
    )
    + """

async def fetch(hass, entry):
    return await async_get_config_entry_implementation(hass, entry)
"""
)
_OUTER = """\
from homeassistant.exceptions import ConfigEntryNotReady

from .client import Client


async def async_setup_entry(hass, entry):
    client = Client(hass, entry)
    try:
        await client.async_connect()
    except ValueError as err:
        raise ConfigEntryNotReady from err
    return True
"""
_CLIENT = """\
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation


class Client:
    async def async_connect(self):
        self.implementation = await self._fetch()

    async def _fetch(self):
        return await async_get_config_entry_implementation(self.hass, self.entry)
"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format("ValueError")}, floor="2025.4"),
    Example({"__init__.py": _HELPER.format("HomeAssistantError")}, floor="2025.4"),
    Example(
        {
            "__init__.py": "from .const import ERRORS\n" + _SETUP.format("ERRORS"),
            "const.py": _ERRORS,
        },
        floor="2025.4",
    ),
    Example({"__init__.py": _OUTER, "client.py": _CLIENT}, floor="2025.4"),
    Example({"__init__.py": _SETUP.format("KeyError")}, floor="2026.10"),
    Example({"__init__.py": _SETUP.format("KeyError")}, floor="2025.4", at=("__init__.py:7:32",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the call without one of the handlers around it, or around what calls it."""
    code = oauth_code(integration)
    flows = {flow.node for flow in code.flows}
    for used in code.calls_of(FETCH):
        if used.call.owner in flows:
            continue  # a dialog shows the error; nothing is retried
        names = {name.rpartition(".")[2] for name in caught(code, used)}
        if not names & _HANDLES:
            names = {*names, *_caught_by_callers(code, used)}
        if not names & _HANDLES:
            yield RULE.at(
                used.module,
                used.call.node,
                "before Home Assistant 2026.10 the setup fails for good if the implementation is "
                "unavailable; catch the error and raise ConfigEntryNotReady",
            )


def _caught_by_callers(code: OAuthCode, used: Used) -> Iterator[str]:
    """Yield the names of the errors that are caught on a way from the setup to a call."""
    for here in reaching(code, used, setups(code)):
        for handler in here.handlers(code, used.call.guards):
            yield from handler.short
