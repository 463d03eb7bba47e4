"""The error that asks for a new sign-in is caught by the integration itself.

`ConfigEntryAuthFailed` has to reach Home Assistant. Raised inside a `try` whose `except Exception`
(or bare `except`, or `except HomeAssistantError`) handles it, it does not. The entry retries
forever with a refused token, and the user is not asked to sign in.

The functions that the setup and the coordinators call are followed, so the `raise` and the `except`
may stand in different files. So are the coordinators whose first data the setup waits for with
`async_config_entry_first_refresh`.

Fix: adds a clause `except ConfigEntryAuthFailed: raise` before it. Not offered if the file does not
import that name.

Source: ConfigEntry.async_setup in homeassistant/config_entries.py; DataUpdateCoordinator in
homeassistant/helpers/update_coordinator.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.call_graph import callees, may_lose_errors, setups, updates
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import AUTH_FAILED, first_catching
from appcred.rules.rule import Example, Rule, replaced, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.oauth.call_graph import Callee
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.errors import Handler
    from appcred.release import Span

RULE = Rule("APC511", "reauth-caught", Severity.ERROR, FixKind.SAFE)

_UPDATE = """\
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        try:
            response = await self.session.async_request("get", URL)
            if response.status == 401:
                raise ConfigEntryAuthFailed
            return await response.json()
        {}except {} as err:
            raise UpdateFailed from err
"""
_FIRST_DATA = """\
from homeassistant.exceptions import ConfigEntryNotReady
from .coordinator import Coordinator


async def async_setup_entry(hass, entry):
    coordinator = Coordinator(hass, entry)
    try:
        await coordinator.async_config_entry_first_refresh()
    except Exception as err:
        raise ConfigEntryNotReady from err
"""
_NEVER_RAISES = _UPDATE.replace("raise ConfigEntryAuthFailed", "return None").format(
    "", "ValueError"
)
_FIRST = "except ConfigEntryAuthFailed:\n            raise\n        "
_HELPER = """\
from homeassistant.exceptions import ConfigEntryAuthFailed


class Client:
    async def async_fetch(self):
        if self.status == 401:
            raise ConfigEntryAuthFailed("Sign in again")
"""
_CALLS = """\
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        try:
            return await self.client.async_fetch()
        except Exception as err:
            raise UpdateFailed from err
"""
_SETUP = """\
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError


async def check(entry):
    if "token" not in entry.data:
        raise ConfigEntryAuthFailed


async def async_setup_entry(hass, entry):
    try:
        await check(entry)
    except {}:
        return False
    return True
"""

EXAMPLES = (
    Example({"coordinator.py": _UPDATE.format(_FIRST, "Exception")}),
    Example({"coordinator.py": _UPDATE.format("", "ValueError")}),
    Example({"__init__.py": _SETUP.format("ConfigEntryAuthFailed")}),
    Example(
        {"coordinator.py": _UPDATE.format("", "Exception")},
        at=("coordinator.py:12:9",),
        after={"coordinator.py": _UPDATE.format(_FIRST, "Exception")},
    ),
    Example(
        {"__init__.py": _SETUP.format("HomeAssistantError")},
        at=("__init__.py:12:5",),
        after={
            "__init__.py": _SETUP.format(
                "ConfigEntryAuthFailed:\n        raise\n    except HomeAssistantError"
            )
        },
    ),
    Example({"coordinator.py": _CALLS, "api.py": _HELPER}, at=("coordinator.py:8:9",)),
    # The first data of a coordinator.
    Example(
        {"__init__.py": _FIRST_DATA, "coordinator.py": _UPDATE.format("", "ValueError")},
        at=("__init__.py:9:5",),
    ),
    Example({"__init__.py": _FIRST_DATA, "coordinator.py": _NEVER_RAISES}),
    Example(
        {
            "__init__.py": _FIRST_DATA.replace("Exception as", "TimeoutError as"),
            "coordinator.py": _UPDATE.format("", "ValueError"),
        }
    ),
)

_CATCHES: Final = frozenset(
    {"Exception", "BaseException", "HomeAssistantError", "IntegrationError", AUTH_FAILED}
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the first clause that each such error meets on its way out."""
    for handler in _catching(oauth_code(integration)):
        name = ", ".join(sorted(handler.short & _CATCHES))
        yield RULE.at(
            handler.module,
            handler.node,
            f"except {name} catches ConfigEntryAuthFailed too, so nobody is asked to sign "
            "in; catch ConfigEntryAuthFailed before it and raise it again",
            fixable=_alias(handler) is not None,
        )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Put a clause before that hands it on."""
    for handler in _catching(oauth_code(integration)):
        place = handler.module.document.position(handler.node)
        alias = _alias(handler)
        if (handler.module.path, *place) != (finding.path, finding.line, finding.column):
            continue
        tree = next(
            node
            for node in walk(handler.module.document.module)
            if isinstance(node, cst.Try) and handler.node in node.handlers
        )
        at = [*tree.handlers].index(handler.node)
        first = cst.ExceptHandler(
            cst.IndentedBlock([cst.SimpleStatementLine([cst.Raise()])]),
            cst.Name(alias or AUTH_FAILED),
        )
        clauses = [*tree.handlers[:at], first, *tree.handlers[at:]]
        return replaced(integration, handler.module, tree, tree.with_changes(handlers=clauses))
    return stale_finding(finding)


def _alias(handler: Handler) -> str | None:
    """Return what the file of a clause calls the error."""
    imports = handler.module.index.imports
    return next((local for local, full in imports.items() if full == _FULL), None)


_FULL: Final = f"homeassistant.exceptions.{AUTH_FAILED}"


def _catching(code: OAuthCode) -> Iterator[Handler]:
    if not may_lose_errors(code):
        return
    seen: set[int] = set()
    at_setup = [here for start in setups(code) for here in callees(code, start)]
    in_updates = [here for start in updates(code) for here in callees(code, start)]
    raising = [*_raising(in_updates)]
    # What the setup waits for raises what the coordinator does.
    first_data = [*_first_data(at_setup)] if raising else []
    for here, guards in (*_raising(at_setup), *raising, *first_data):
        handler = first_catching(here.handlers(code, guards), _CATCHES)
        if handler is not None and _loses_it(handler) and id(handler.node) not in seen:
            seen.add(id(handler.node))
            yield handler


def _raising(callees: Iterable[Callee]) -> Iterator[tuple[Callee, Sequence[cst.Try]]]:
    """Yield where the error is raised, and the `try` statements around that."""
    for here in callees:
        for raised in here.module.index.raises:
            if raised.function is here.function and raised.name.endswith(AUTH_FAILED):
                yield here, raised.guards


def _first_data(callees: Iterable[Callee]) -> Iterator[tuple[Callee, Sequence[cst.Try]]]:
    """Yield where the first data of a coordinator is waited for inside a `try`."""
    for here in callees:
        for call in here.calls():
            if call.guards and call.name.endswith(".async_config_entry_first_refresh"):
                yield here, call.guards


def _loses_it(handler: Handler) -> bool:
    """Whether a clause makes something else of the error, whatever it was."""
    return (
        AUTH_FAILED not in handler.short
        and not handler.is_passed_on()
        and AUTH_FAILED not in handler.raises()
        and not handler.mentions(AUTH_FAILED, "isinstance", "async_start_reauth", "raise_from")
        and not handler.hands_on()
    )
