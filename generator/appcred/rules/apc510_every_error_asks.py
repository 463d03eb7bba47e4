"""Every error asks for a new sign-in, also temporary ones.

`ConfigEntryAuthFailed` says that the sign-in is over: Home Assistant stops trying and asks the user
to sign in again. An `except` clause that raises it for `ClientError`, `TimeoutError` or any
`Exception` also does so for a lost connection and an outage of the vendor. Users have to sign in
although nothing was wrong, and until then the entry does not work.

Raise `ConfigEntryAuthFailed` only if the token was refused: for the status 400, 401 or 403, or for
`OAuth2TokenRequestReauthError`. Everything else is `ConfigEntryNotReady` during the setup, and
`UpdateFailed` in a coordinator.

A clause that checks the error first, and one that follows a clause for temporary errors, are not
reported; nor is one in `async_migrate_entry`, where Home Assistant starts no new sign-in.

Source: ConfigEntry.async_setup in homeassistant/config_entries.py; developers.home-assistant.io,
integration_setup_failures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import AUTH_FAILED, LATER, clauses
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.errors import Handler
    from appcred.release import Span

RULE = Rule("APC510", "every-error-asks", Severity.WARNING)

_SETUP = """\
from aiohttp import ClientError, ClientResponseError
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session


async def async_setup_entry(hass, entry):
    session = OAuth2Session(hass, entry, None)
    try:
        await session.async_ensure_token_valid()
    {}
    return True
"""
_RAISES = "except {} as err:\n        raise ConfigEntryAuthFailed from err"

EXAMPLES = (
    Example(
        {
            "__init__.py": _SETUP.format(
                "except ClientResponseError as err:\n        if err.status == 401:\n"
                "            raise ConfigEntryAuthFailed from err\n        raise"
            )
        }
    ),
    Example(
        {
            "__init__.py": _SETUP.format(
                "except (ClientError, TimeoutError) as err:\n"
                "        raise ConfigEntryNotReady from err\n    " + _RAISES.format("Exception")
            )
        }
    ),
    Example({"__init__.py": _SETUP.format(_RAISES.format("InvalidGrantError"))}),
    Example(
        {"__init__.py": _SETUP.format(_RAISES.format("(ClientError, TimeoutError)"))},
        at=("__init__.py:10:5",),
    ),
    Example({"__init__.py": _SETUP.format(_RAISES.format("Exception"))}, at=("__init__.py:10:5",)),
    Example(
        {
            "__init__.py": _SETUP.format(_RAISES.format("Exception")).replace(
                "async_setup_entry", "async_migrate_entry"
            )
        }
    ),
    Example(
        {
            "__init__.py": _SETUP.format(
                "except httpx.RequestError as err:\n"
                "        raise ConfigEntryNotReady from err\n    " + _RAISES.format("Exception")
            )
        },
        at=("__init__.py:12:5",),
    ),
    Example(
        {
            "__init__.py": _SETUP.format(
                "except LostError as err:\n        raise ConfigEntryNotReady from err\n    "
                + _RAISES.format("Exception")
            )
        }
    ),
    Example(
        {
            "__init__.py": _SETUP.format(
                "except ClientError as err:\n        entry.runtime_data = None\n"
                "        raise ConfigEntryAuthFailed('Sign in again') from err"
            )
        },
        at=("__init__.py:10:5",),
    ),
)

_MIGRATION: Final = "async_migrate_entry"
_PASSING: Final = frozenset(
    {
        *("ClientError", "ClientConnectionError", "ClientConnectorError", "ServerTimeoutError"),
        *("TimeoutError", "OSError", "ConnectionError", "Exception", "BaseException"),
        *("RequestException", "HTTPError", "RequestError", "OAuth2TokenRequestError"),
        *("OAuth2TokenRequestBaseError", "OAuth2TokenRequestTransientError"),
        "OAuth2TokenRequestConnectionError",
    }
)
"""Errors, by the last part of their name, among which are those of a lost connection."""
_OTHERS: Final = frozenset(
    {"ClientResponseError", "HTTPStatusError", "HTTPError", "RequestError", "RequestException"}
)
_WORD: Final = re.compile(
    rb"\bexcept(?:\s*:|\b[^:]*?\b(?:%b)\b)(?:(?!\bexcept\b|\bif\b|\btry\b).){0,600}?"
    rb"\braise\s+(?:\w+\.)*ConfigEntryAuthFailed\b" % "|".join(sorted(_PASSING)).encode(),
    re.DOTALL,
)
"""A clause that asks without a condition; most of them are for the vendor's refusal."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at the clauses of each `try` around a call that is awaited."""
    code = oauth_code(integration)
    for module in code.modules_with(_WORD):
        seen: set[int] = set()
        for call in module.index.calls:
            if not call.is_awaited or not call.guards or id(call.guards[-1]) in seen:
                continue
            if call.function is not None and call.function.name == _MIGRATION:
                continue
            seen.add(id(call.guards[-1]))
            earlier: list[Handler] = []
            for handler in clauses(code, module, call.guards[-1:]):
                passing = handler.short & _PASSING
                if passing and _only_asks(handler) and not any(map(_takes_later, earlier)):
                    name = " or ".join(sorted(passing))
                    yield RULE.at(
                        module,
                        handler.node,
                        f"{name} is also raised when the connection is lost, and then users "
                        "must sign in again; raise ConfigEntryAuthFailed only if the token "
                        "was refused",
                    )
                earlier.append(handler)


def _only_asks(handler: Handler) -> bool:
    """Whether all that a clause comes to, without a condition, is a new sign-in."""
    for statement in handler.node.body.body:
        if not isinstance(statement, cst.SimpleStatementLine):
            return False
        for small in statement.body:
            if isinstance(small, cst.Raise) and small.exc is not None:
                return handler.raises() == {AUTH_FAILED}
            if any(isinstance(node, (cst.Return, cst.Await)) for node in walk(small)):
                return False
    return False


def _takes_later(handler: Handler) -> bool:
    """Whether a clause before takes what passes by itself.

    A clause for errors of httpx or requests does not take those of the session's refresh, which
    are aiohttp's.
    """
    covers = handler.short - _OTHERS
    return bool(covers & _PASSING) or bool(covers and handler.raises() & LATER)
