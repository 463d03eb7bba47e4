"""The implementation is fetched with error handling that no supported release needs.

Since 2026.10 `ImplementationUnavailableError` is a `ConfigEntryNotReady` itself, so catching it
only to raise `ConfigEntryNotReady` again does nothing. Catching `ValueError`, `HomeAssistantError`
or `Exception` is worse: since 2026.10 the error for a deleted credential is a `ValueError` and a
`ConfigEntryAuthFailed`, so the handler turns *sign in again* into endless retries.

Source: homeassistant/exceptions.py of 2026.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import handlers
from appcred.oauth.helper import HELPER
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule(
    "APC502",
    "obsolete-handling",
    Severity.WARNING,
    since="setup_errors_handled",
    at_floor=True,
)

_FETCH: Final = f"{HELPER}.async_get_config_entry_implementation"

_CATCHES: Final = {"ValueError", "HomeAssistantError", "Exception", "BaseException"}

_SETUP = """\
from homeassistant.exceptions import ConfigEntryNotReady, ImplementationUnavailableError
from homeassistant.helpers.config_entry_oauth2_flow import async_get_config_entry_implementation


async def async_setup_entry(hass, entry):
    try:
        implementation = await async_get_config_entry_implementation(hass, entry)
    except {} as err:
        raise ConfigEntryNotReady from err
"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format("ValueError")}, floor="2025.4"),
    Example({"__init__.py": _SETUP.format("KeyError")}),
    Example({"__init__.py": _SETUP.format("ValueError")}, at=("__init__.py:8:5",)),
    Example({"__init__.py": _SETUP.format("Exception")}, at=("__init__.py:8:5",)),
    Example(
        {"__init__.py": _SETUP.format("ImplementationUnavailableError")}, at=("__init__.py:8:5",)
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for handlers that only say ConfigEntryNotReady again."""
    code = oauth_code(integration)
    for used in code.calls_of(_FETCH):
        for handler in handlers(code, used):
            if handler.short & {"ConfigEntryAuthFailed", "UnknownImplementationError"}:
                break  # what follows cannot meet it
            if handler.raises() != {"ConfigEntryNotReady"}:
                continue
            if handler.short & _CATCHES:
                yield RULE.at(
                    used.module,
                    handler.node,
                    "since 2026.10 this clause retries forever if the credential was "
                    "deleted; do not catch the error",
                )
                break
            elif handler.short == {"ImplementationUnavailableError"}:
                yield RULE.at(
                    used.module,
                    handler.node,
                    "ImplementationUnavailableError is a ConfigEntryNotReady since 2026.10; "
                    "remove the clause",
                    severity=Severity.INFO,
                )
