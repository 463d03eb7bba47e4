"""A refused sign-in never reaches Home Assistant, because its error is caught.

A coordinator that catches every error and returns old data, or that gathers with
`return_exceptions=True` and drops failed results, seems to work. When the vendor refuses the token,
the entities keep their last state forever, and the user is not asked to sign in.

Raise `ConfigEntryAuthFailed` for a refused token before the clause that keeps the old data, and
check the results of `asyncio.gather` for one.

Only code that loads the data of a coordinator is reported, if it never distinguishes a refused
token from other errors and if this holds for all requests of the update.

Source: DataUpdateCoordinator._async_refresh in homeassistant/helpers/update_coordinator.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import below, walk
from appcred.finding import Finding, Severity
from appcred.oauth.call_graph import called, callees, may_lose_errors, updates
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import AUTH_FAILED, LATER
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Call
    from appcred.integration import Integration
    from appcred.oauth.call_graph import Callee
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.errors import Handler
    from appcred.release import Span

RULE = Rule("APC513", "refusal-swallowed", Severity.WARNING)

_BLANKET = """\
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        try:
            return await self.client.async_fetch()
        {}except {}:
            _LOGGER.warning("No new data")
            return self.data
"""
_GATHER = """\
import asyncio

from homeassistant.helpers.update_coordinator import DataUpdateCoordinator


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        found = await asyncio.gather(
            self.client.devices(), self.client.homes(), return_exceptions={}
        )
        {}
        return [each for each in found if not isinstance(each, Exception)]
"""
_HELPER = """\
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        return await self._fetch()

    async def _fetch(self):
        data = {}
        try:
            data = await self.client.async_fetch()
        except:
            pass
        return data
"""
_OLD_DATA = """\
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        try:
            return await self.client.async_fetch()
        except Exception as err:
            _LOGGER.warning("No new data: %s", err)
            if self.data:
                return self.data
            raise UpdateFailed(err) from err
"""
_UNPACKED = """\
import asyncio

from homeassistant.helpers.update_coordinator import DataUpdateCoordinator


class Coordinator(DataUpdateCoordinator):
    async def _async_update_data(self):
        devices, homes = await asyncio.gather(
            self.client.devices(), self.client.homes(), return_exceptions=True
        )
        return {"devices": [] if isinstance(devices, Exception) else devices}
"""
_REFUSED = "except RefusedError as err:\n            raise ConfigEntryAuthFailed from err\n        "

EXAMPLES = (
    Example({"coordinator.py": _BLANKET.format(_REFUSED, "Exception")}),
    Example({"coordinator.py": _BLANKET.format("", "TimeoutError")}),
    Example({"coordinator.py": _GATHER.format("False", "pass")}),
    Example(
        {
            "coordinator.py": _GATHER.format(
                "True",
                "for each in found:\n            if isinstance(each, RefusedError):\n"
                "                raise ConfigEntryAuthFailed from each",
            )
        }
    ),
    Example(
        {
            "coordinator.py": _BLANKET.format("", "Exception").replace(
                "        try:",
                "        await self.session.async_ensure_token_valid()\n        try:",
            )
        }
    ),
    Example({"coordinator.py": _BLANKET.format("", "Exception")}, at=("coordinator.py:8:9",)),
    Example({"coordinator.py": _GATHER.format("True", "pass")}, at=("coordinator.py:8:23",)),
    Example({"coordinator.py": _HELPER}, at=("coordinator.py:12:9",)),
    Example({"coordinator.py": _OLD_DATA}, at=("coordinator.py:8:9",)),
    Example({"coordinator.py": _UNPACKED}, at=("coordinator.py:8:32",)),
)

_ALL: Final = frozenset({"Exception", "BaseException"})
_WAITS: Final = frozenset({"sleep", "wait", "wait_for", "gather", "async_add_executor_job"})


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at all requests of an update, and at what becomes of their errors."""
    code = oauth_code(integration)
    if not may_lose_errors(code):
        return
    seen: set[int] = set()
    for start in updates(code):
        every = list(callees(code, start))
        requests = [(here, call) for here in every for call in _requests(code, here)]
        swallowed = [_swallowing(code, here, call) for here, call in requests]
        if not swallowed or None in swallowed:
            continue
        for found in swallowed:
            if found is None or id(found.node) in seen:
                continue
            seen.add(id(found.node))
            yield RULE.at(
                found.module,
                found.node,
                "this also catches a refused sign-in, so nobody is asked to sign in again; "
                "raise ConfigEntryAuthFailed for it",
            )
    for start in updates(code):
        for here in callees(code, start):
            for call in here.calls():
                if _drops(here, call) and id(call.node) not in seen:
                    seen.add(id(call.node))
                    yield RULE.at(
                        here.module,
                        call.node,
                        "return_exceptions hides a refused sign-in among the results; raise "
                        "ConfigEntryAuthFailed if one of them is a refused sign-in",
                    )


def _requests(code: OAuthCode, here: Callee) -> Iterator[Call]:
    """Yield the awaited calls of what is not the integration's own code."""
    for call in here.calls():
        name = call.name.rpartition(".")[2]
        if call.is_awaited and name not in _WAITS and called(code, here, call) is None:
            yield call


def _swallowing(code: OAuthCode, here: Callee, call: Call) -> Handler | None:
    """Return the clause that every error of a call ends in, without a new sign-in or an error."""
    for handler in here.handlers(code, call.guards):
        if AUTH_FAILED in handler.short or handler.mentions(AUTH_FAILED):
            return None
        if handler.is_passed_on() or (handler.raises() and not _returns(handler)):
            continue  # it goes on as another error
        if handler.short & _ALL:
            return None if _lets_out(handler) else handler
    return None


def _returns(handler: Handler) -> bool:
    """Whether a clause returns something, in every case or in some."""
    return any(
        isinstance(node, cst.Return) for node in walk(handler.node.body, into_functions=False)
    )


def _lets_out(handler: Handler) -> bool:
    return (
        not handler.raises() <= LATER
        or handler.hands_on()
        or handler.mentions("async_start_reauth", "isinstance", "async_start_reauth_if_available")
        or any(not _is_quiet(call) for call in _calls(handler.node.body))
    )


def _calls(node: cst.CSTNode) -> Iterator[cst.Call]:
    """Yield the calls below a node, without those in the arguments of calls that only log."""
    for each in below(node):
        if isinstance(each, cst.Call):
            yield each
            if _is_quiet(each):
                continue
        yield from _calls(each)


def _is_quiet(call: cst.Call) -> bool:
    name = dotted(call.func).rpartition(".")[2]
    return name in LATER or name in (
        *("debug", "info", "warning", "error", "exception", "get", "copy", "str", "repr"),
    )


def _drops(here: Callee, call: Call) -> bool:
    """Whether a call gathers errors as results in a function that raises none of them."""
    if call.name != "asyncio.gather" or dotted(call.argument("return_exceptions")) != "True":
        return False
    body = here.function.node.body
    if any(isinstance(node, cst.Raise) for node in walk(body)):
        return False
    names = {
        dotted(name)
        for node in walk(body)
        if isinstance(node, cst.Assign)
        and isinstance(node.value, cst.Await)
        and node.value.expression is call.node
        for target in node.targets
        for name in walk(target.target)
        if isinstance(name, cst.Name)
    }
    if not names and not call.is_awaited:
        return False
    mentioned = [node.value for node in walk(body) if isinstance(node, cst.Name)]
    if {AUTH_FAILED, "async_start_reauth"} & set(mentioned):
        return False
    handed_on = any(
        isinstance(node, cst.Call)
        and dotted(node.func).startswith("self.")
        and any(dotted(a.value) in names for a in node.args)
        for node in walk(body)
    )
    returned = any(
        isinstance(node, cst.Return)
        and (dotted(node.value) in names or _awaits(node.value, call.node))
        for node in walk(body)
    )
    return not handed_on and not returned


def _awaits(node: cst.BaseExpression | None, call: cst.Call) -> bool:
    return isinstance(node, cst.Await) and node.expression is call
