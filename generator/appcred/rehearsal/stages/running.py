"""An entry that runs: its token ends, its API is in trouble, another account is beside it."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.flows import ending, must_go_on
from appcred.rehearsal.log import GRAVE, Record, records
from appcred.rehearsal.provider import Trouble
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.traffic import OF_THE_TOKEN, ApiRequest, ApiTrouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from appcred.rehearsal.play import Play

_PATIENCE: Final = 4.0
"""Seconds after which a request gives up while the API does not answer."""
_SECONDS_TO_END = 12.0
"""How long what was unloaded may take to end."""
_QUIET = 1.0
"""Seconds without a request after which what comes next was brought about here."""
_SECOND: Final = (
    "the responses may tell the two accounts apart in too little; put {id} and {name} into them"
)
_ASKS_NOTHING: Final = (
    "cannot make the running integration call its API: it has no coordinator, no polled "
    "entity and no request with a response"
)
_OWN_CLOCK: Final = re.compile(
    r"[\"'](expires_at|expires_in|refresh_token)[\"']|\bexpires_(at|in)\b|\.refresh_token\b|"
    r"CONF_TOKEN\](?!\[)|[\"']token[\"']\](?!\[)"
)
"""What code reads that hands on more than the access token: a library may watch the time."""
_UNEXPECTED: Final = re.compile(
    r"^(Unexpected error fetching|Error setting up entry|Error doing job|Task exception|"
    r"Exception in |Update for \S+ fails|Error handling)"
)


async def poke(play: Play) -> list[ApiRequest]:
    """Let the entry ask its API now, as it does from time to time; return what it asked."""
    before = len(play.gateway.traffic.requests)
    await play.home.command("appcred_probe/poke", entry_id=play.entry_id)
    return play.gateway.traffic.requests[before:]


def _signed(asked: list[ApiRequest]) -> list[ApiRequest]:
    """Return the requests that carried a token of the vendor's, good or not."""
    return [each for each in asked if each.is_signed]


async def _unexpected(play: Play, since: int) -> Record | None:
    """Return the last exception since a place in the log that the integration let through.

    One that was logged before that too has another cause: an answer that it cannot read.
    """

    def let_through(log: str) -> list[Record]:
        return [
            record
            for record in records(log)
            if record.level in GRAVE
            and _UNEXPECTED.match(record.message)
            and record.place(play.subject.domain)
        ]

    log = await play.home.finished_log()
    before = {(record.message, record.exception) for record in let_through(log[:since])}
    found = [
        record
        for record in let_through(log[since:])
        if (record.message, record.exception) not in before
    ]
    return found[-1] if found else None


async def _works_again(play: Play, seen: str) -> None:
    """Raise FailedError unless the entry works once a trouble is over."""
    await play.begin()
    if (state := await play.reload()) != "loaded":
        raise FailedError(
            f"{seen}; when the vendor worked again, the entry was in the state {state}"
        )


async def _expired(play: Play) -> str:
    await play.ready()
    if not _signed(await poke(play)):
        raise UnreachableError(_ASKS_NOTHING)
    tokens = len(play.provider.requests)
    setups = (await play.entry())["setups"]
    await play.expire()
    since = _signed(await poke(play))
    asked = len(play.provider.requests) - tokens
    if asked and since and since[-1].is_valid:
        await asyncio.sleep(0.5)  # what listens to a change of the entry does so afterwards
        if (await play.entry())["setups"] > setups:
            raise FailedError(
                "refreshing the token reloads the entry: its update listener also reacts to "
                "a new token",
                "Entities that become unavailable for a moment every hour.",
                certain=True,
                place=play.subject.find(r"add_update_listener"),
            )
        return (
            f"when its token expired, the running integration refreshed it with {asked} "
            f"request{'s' if asked > 1 else ''} and used the new one"
        )
    if asked or not since:
        if asked and since and play.provider.requests[-1].status == 200:
            raise FailedError(
                f"the token was refreshed, but {since[-1].asked} was sent with the old one",
                certain=True,
            )
        raise UnreachableError("when its token expired, the running integration made no request")
    if _keeps_a_clock(play):
        raise UnreachableError(
            "the integration passes on the whole token, so a library may check its time, "
            "which does not pass in a rehearsal"
        )
    raise FailedError(
        f"when its token expired, the running integration used it again: {since[-1].asked}; "
        "it keeps the access token from its setup",
        certain=True,
        place=play.subject.find(r"CONF_ACCESS_TOKEN\]|[\"']access_token[\"']\]"),
    )


def _keeps_a_clock(play: Play) -> bool:
    elsewhere = ("config_flow.py", "diagnostics.py", "application_credentials.py")
    sources = play.subject.sources()
    return any(_OWN_CLOCK.search(text) for name, text in sources.items() if name not in elsewhere)


async def _revoked(play: Play) -> str:
    await play.ready()
    if not _signed(await poke(play)):
        raise UnreachableError(_ASKS_NOTHING)
    play.provider.revoke()
    await play.expire()
    tokens = len(play.provider.requests)
    asked = _signed(await poke(play))
    if not asked and len(play.provider.requests) == tokens:
        raise UnreachableError("after access was revoked, the running integration made no request")
    if not await play.is_asked_to_sign_in(expected=True):
        raise FailedError(
            "access was revoked at the vendor while the entry was running, but the user is "
            "not asked to sign in again"
        )
    return "access was revoked while the entry was running, and the user is asked to sign in"


_BY_STATUS: Final = (*OF_THE_TOKEN, ApiTrouble.TOO_MANY)
"""What a vendor that wraps its answers says in them; only what is not its own doing is a status."""


def _api(trouble: ApiTrouble, *, reauth: bool | None) -> Callable[[Play], Awaitable[str]]:
    """Make the stage in which the API of a running entry has a trouble.

    `reauth`: whether the user has to be asked to sign in again; None: as the author likes.
    """

    async def run(play: Play) -> str:
        await play.ready()
        logged, tokens = len(play.home.log()), len(play.provider.requests)
        if trouble in _BY_STATUS and play.provider.terms.token_wrapped:
            raise UnreachableError(
                "this vendor reports this error in the body of its response, not with its status"
            )
        of_interest = _signed if trouble in OF_THE_TOKEN else list
        patience = _PATIENCE if trouble is ApiTrouble.SILENT else None
        await play.home.command("appcred_probe/patience", seconds=patience)
        play.gateway.traffic.trouble = trouble
        where = "while it was running"
        try:
            if not of_interest(await poke(play)):
                where = "while it was set up"
                before = len(play.gateway.traffic.requests)
                await play.reload()
                if not of_interest(play.gateway.traffic.requests[before:]):
                    raise UnreachableError(_ASKS_NOTHING)
            flows = await play.is_asked_to_sign_in(expected=bool(reauth))
            state = await play.settled()
        finally:
            play.calm()
            await play.home.command("appcred_probe/patience", seconds=None)
        seen = f"the API answered {trouble.value} {where}"
        if trouble is ApiTrouble.SILENT:
            seen = f"the API did not answer {where}"
        seen += f": the entry is in the state {state}, and " + (
            "the user is asked to sign in again" if flows else ("the user is not asked to sign in")
        )
        if reauth and not flows and len(play.provider.requests) > tokens:
            # The vendor took the refresh token, so the user is still signed in.
            seen += "; the token was refreshed instead"
        elif reauth and not flows:
            raise FailedError(seen, "An integration that has stopped working without a message.")
        if reauth is False and flows:
            raise FailedError(
                seen, "A request to sign in again, for a temporary error.", certain=True
            )
        if record := await _unexpected(play, logged):
            raise FailedError(
                f"{seen}; an exception was not handled", record=record, answers_fit=True
            )
        if not flows and state not in ("loaded", "setup_retry"):
            raise FailedError(seen, "An integration that does not recover until it is reloaded.")
        await _works_again(play, seen)
        return seen

    return run


async def _second(play: Play) -> str:
    await play.ready()
    first = play.entry_id
    identity = (await play.entry())["unique_id"]
    can_unload = await _unloads(play)
    result = await play.add(play.vendor.second)
    if result["type"] != "create_entry":
        must_go_on(result)
        reason = result.get("reason", "")
        if reason == "single_instance_allowed" or identity in (None, play.subject.domain):
            raise UnreachableError("the integration allows one account only")
        if reason == "already_configured":
            raise UnreachableError(
                "another account aborted with already_configured: both have the same unique "
                "ID; use {id} in the responses that it comes from"
            )
        raise FailedError(f"adding another account, the flow {ending(result)}", doubt=_SECOND)
    second = result["result"]["entry_id"]
    try:
        play.entry_id = second
        if (state := await play.settled()) != "loaded":
            raise FailedError(
                f"the entry of another account is in the state {state}", doubt=_SECOND
            )
        asked = 0
        for entry_id, account in ((first, play.vendor.first), (second, play.vendor.second)):
            play.entry_id = entry_id
            asked += await _asks_as(play, account.id)
        play.entry_id = second
        await play.home.command("config_entries/disable", entry_id=second, disabled_by="user")
        state = await play.state("not_loaded", "failed_unload")
        play.entry_id = first
        if state == "not_loaded":
            asked += await _asks_as(play, play.vendor.first.id)
        if (own := (await play.entry())["state"]) != "loaded":
            raise FailedError(
                f"after the other entry was disabled, the first one is in the state {own}",
                certain=True,
            )
        if can_unload and not await _unloads(play):
            raise FailedError(
                "after another entry was set up, the first one can no longer be unloaded; the "
                "entries share an object that each should have for itself",
                "An entry that works again only after a restart of Home Assistant.",
                certain=True,
                place=play.subject.find(r"hass\.data\[\w+\] = "),
            )
    finally:
        play.entry_id = first
        await play.remove(second)
    said = f"{asked} requests were made with the token of their own account" if asked else ""
    return "two accounts are set up at the same time" + (f"; {said}" if said else "")


async def _unloads(play: Play) -> bool:
    """Whether the entry can be unloaded; it is set up again."""
    await play.home.command("appcred_probe/unload", entry_id=play.entry_id)
    state = (await play.entry())["state"]
    if state == "not_loaded":
        await play.home.command("appcred_probe/setup", entry_id=play.entry_id)
    await play.settled()
    return bool(state == "not_loaded")


async def _is_quiet(play: Play) -> bool:
    """Whether nothing asks the API by itself; wait until that is so, for a while."""
    asked = play.gateway.traffic.requests
    deadline = time.monotonic() + _SECONDS_TO_END
    while time.monotonic() < deadline:
        before = len(asked)
        await asyncio.sleep(_QUIET)
        if len(asked) == before:
            return True
    return False


async def _asks_as(play: Play, account: str) -> int:
    """Let an entry ask its API; return how often. Raises FailedError if it asks for another."""
    if not await _is_quiet(play):
        return 0  # the other entry may be the one that asks
    since = [each for each in await poke(play) if each.account]
    if since and not any(each.account == account for each in since):
        raise FailedError(
            f"with two accounts, an entry uses the other one's token: {since[-1].asked}; the "
            "entries share an object that each should have for itself",
            certain=True,
        )
    return len(since)


async def _nothing_left(play: Play) -> str:
    await play.ready()
    first = await _left_once(play)
    second = await _left_once(play, first)
    if entities := second["entities"]:
        raise FailedError(
            f"after unloading, {', '.join(entities[:3])} still exist: their platforms were "
            "not unloaded",
            certain=True,
        )
    if grown := _grown(first, second):
        kind, file, line = grown[0]
        raise FailedError(
            f"after unloading, a {kind} from {file}:{line} remains, one more after each reload",
            certain=True,
            place=(str(file), int(line)),
        )
    return "after unloading, no task, timer, thread, session or entity of the entry remains"


def _grown(first: dict[str, Any], second: dict[str, Any]) -> list[list[Any]]:
    """Return what is there once more than the time before.

    What runs for the integration as a whole is there after each time; what an entry leaves behind
    is there once more.
    """
    return [
        each
        for each in second["running"]
        if second["running"].count(each) > first["running"].count(each)
    ]


async def _left_once(play: Play, former: dict[str, Any] | None = None) -> dict[str, Any]:
    """Unload the entry, see what is left of it, and set it up.

    With what was left the time before, wait for what only takes its time to end.
    """
    # Disabling it would take its entities away, whatever the integration does.
    await play.home.command("appcred_probe/unload", entry_id=play.entry_id)
    if (state := (await play.entry())["state"]) != "not_loaded":
        raise UnreachableError(f"the entry cannot be unloaded: {state}")
    await asyncio.sleep(0.5)  # what was cancelled ends a moment later
    found: dict[str, Any] = await play.home.command("appcred_probe/left", entry_id=play.entry_id)
    deadline = time.monotonic() + _SECONDS_TO_END
    while former and _grown(former, found) and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        found = await play.home.command("appcred_probe/left", entry_id=play.entry_id)
    await play.home.command("appcred_probe/setup", entry_id=play.entry_id)
    if (state := await play.settled()) != "loaded":
        raise UnreachableError(f"after it was set up again the entry is in the state {state}")
    return found


async def _unrotated(play: Play) -> str:
    from appcred.rehearsal.stages.tokens import use

    await play.ready()
    old = (await play.token()).get("refresh_token")
    await play.expire()
    play.provider.trouble = Trouble.NO_REFRESH_TOKEN
    try:
        await use(play)
    finally:
        play.calm()
    last = play.provider.requests[-1]
    if last.status != 200:
        raise FailedError(f"the vendor refused the refresh with {last.status}: {last.error}")
    if (await play.token()).get("refresh_token") != old:
        raise FailedError(
            "a refresh without a new refresh token lost the old one",
            "A request to sign in again after the second refresh.",
            certain=True,
            place=play.subject.find(r"def _?async_refresh_token\b|def _token_request\b"),
        )
    return "a refresh without a new refresh token kept the old one"


def _api_stage(name: str, trouble: ApiTrouble, *, reauth: bool | None) -> Stage:
    return Stage(name, _api(trouble, reauth=reauth), ("entry",))


STAGES: Final = (
    Stage("unrotated-refresh-token", _unrotated, ("refresh",)),
    Stage("running-expired", _expired, ("refresh",)),
    Stage("running-revoked", _revoked, ("refresh",)),
    _api_stage("api-401", ApiTrouble.UNAUTHORIZED, reauth=True),
    _api_stage("api-403", ApiTrouble.FORBIDDEN, reauth=None),
    _api_stage("api-429", ApiTrouble.TOO_MANY, reauth=False),
    _api_stage("api-500", ApiTrouble.SERVER_ERROR, reauth=False),
    _api_stage("api-timeout", ApiTrouble.SILENT, reauth=False),
    Stage("second-account", _second, ("entry",)),
)
LAST: Final = Stage("nothing-left", _nothing_left, ("entry",))
