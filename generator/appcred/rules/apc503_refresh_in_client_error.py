"""A refused token is treated as a lost connection.

The token is refreshed inside a `try` whose `except ClientError` (or `ClientResponseError`, or
`OAuth2TokenRequestError`) means *try again later*. The vendor's refusal of a revoked token is also
one of these errors, so the user is not asked to sign in again: the entry retries forever. A request
through `OAuth2Session.async_request` refreshes the token, too. Refresh outside that `try`, or check
the status and raise `ConfigEntryAuthFailed` for 400 and 401. The answer to a revoked token is 400
(RFC 6749, section 5.2), so a clause that asks to sign in for 401 or 403 alone is a warning. Since
2026.9 the session asks the user itself, so the rule does not apply from there on.

Source: OAuth2Session.async_ensure_token_valid in
homeassistant/helpers/config_entry_oauth2_flow.py of 2026.8 and of 2026.9.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.call_graph import ways_out
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import AUTH_FAILED, CLIENT, LATER, first_catching, taken_for_later
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.errors import Handler
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
_ONLY_401 = """\
if err.status == HTTPStatus.UNAUTHORIZED:
            raise ConfigEntryAuthFailed from err
        raise ConfigEntryNotReady from err"""
_OWN = """\
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation


class Implementation(LocalOAuth2Implementation):
    async def _token_request(self, data):
        answer = await self.async_post(data)
        if answer.status == 400:
            raise ConfigEntryAuthFailed
        return await answer.json()
"""
_COORDINATOR = """\
from aiohttp import ClientError
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        try:
            return await self.client.async_get_devices()
        except ClientError:
            raise UpdateFailed
"""
_API = """\
class Client:
    oauth_session: OAuth2Session

    async def async_get_devices(self):
        token = await self._async_get_token()

    async def _async_get_token(self):
        await self.oauth_session.async_ensure_token_valid()
        return self.oauth_session.token["access_token"]
"""

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
            "__init__.py": _SETUP.format(_STATUS.replace("(400, 401)", "CODES"))
            + "\n\nCODES = {400}\n"
        },
        floor="2025.4",
    ),
    Example(
        {"__init__.py": _SETUP.format(_STATUS.replace('getattr(err, "status", 0)', "err.status"))},
        floor="2025.4",
    ),
    Example(
        {"__init__.py": _SETUP.format(_ONLY_401), "oauth.py": _OWN},
        floor="2025.4",
    ),
    Example({"__init__.py": _SETUP.format(_ONLY_401)}, floor="2025.4", at=("__init__.py:10:5",)),
    Example(
        {"coordinator.py": _COORDINATOR, "api.py": _API}, floor="2025.4", at=("coordinator.py:9:9",)
    ),
    Example(
        {"coordinator.py": _COORDINATOR.replace("ClientError:", "TimeoutError:"), "api.py": _API},
        floor="2025.4",
    ),
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
    if _has_refresh_that_asks(code):
        return
    for used in _refreshes(code):
        for met in ways_out(code, used):
            around = tuple(met)
            handler = taken_for_later(around, CLIENT)
            if handler is not None:
                yield RULE.at(
                    handler.module,
                    handler.node,
                    "this clause retries a refused token forever; raise ConfigEntryAuthFailed for "
                    "it",
                )
            elif (unlisted := _without_400(code, around)) is not None:
                yield RULE.at(
                    unlisted.module,
                    unlisted.node,
                    "the status of a refused token is 400, which this clause retries forever; "
                    "raise ConfigEntryAuthFailed for 400 too",
                    severity=Severity.WARNING,
                )


_OWN_REFRESH: Final = frozenset({"_async_refresh_token", "async_refresh_token", "_token_request"})


def _has_refresh_that_asks(code: OAuthCode) -> bool:
    """Whether an implementation of the integration's own raises ConfigEntryAuthFailed itself."""
    return any(
        isinstance(node, cst.Name) and node.value == AUTH_FAILED
        for member in code.classes
        if _OWN_REFRESH & member.node.methods.keys()
        for node in walk(member.node.node)
    )


def _without_400(code: OAuthCode, met: Sequence[Handler]) -> Handler | None:
    """Return the clause that asks for a sign-in by the status, for others than 400 alone."""
    handler = first_catching(met, {*CLIENT, "Exception"})
    if handler is None or AUTH_FAILED not in handler.raises() or not handler.raises() & LATER:
        return None
    listed: set[int] = set()
    for node in walk(handler.node.body):
        if isinstance(node, cst.Comparison):
            status = dotted(node.left).rpartition(".")[2] in ("status", "code")
            if not status or len(node.comparisons) != 1:
                return None
            if not isinstance(node.comparisons[0].operator, (cst.Equal, cst.In)):
                return None
            given = node.comparisons[0].comparator
            bound = code.value(handler.module, given)
            numbers = _numbers(given if bound is None else bound.node)
            if numbers is None:
                return None
            listed |= numbers
    return handler if listed and 400 not in listed else None


def _numbers(node: cst.BaseExpression) -> set[int] | None:
    """Return the numbers that an expression lists, None if it does something else."""
    if isinstance(node, cst.Integer):
        return {int(node.value, 0)}
    if isinstance(node, cst.Attribute) and dotted(node.value).endswith("HTTPStatus"):
        from http import HTTPStatus  # takes a while, and is hardly ever needed

        status = getattr(HTTPStatus, node.attr.value, None)
        return None if status is None else {int(status)}
    if not isinstance(node, (cst.Tuple, cst.List, cst.Set)):
        return None
    found: set[int] = set()
    for element in node.elements:
        numbers = _numbers(element.value)
        if numbers is None:
            return None
        found |= numbers
    return found


def _refreshes(code: OAuthCode) -> Iterator[Used]:
    """Yield the calls that refresh the token: by itself, or before a request of the session."""
    yield from code.calls.get("async_ensure_token_valid", ())
    for used in code.calls.get("async_request", ()):
        # aiohttp's session has no such method; one of an API client says nothing of the token.
        if re.search(r"session$|oauth", used.call.name.rpartition(".")[0].lower()):
            yield used
