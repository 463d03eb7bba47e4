"""A token's life: it expires, is refreshed, and sometimes cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.rehearsal.provider import Trouble
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from appcred.rehearsal.play import Play

_CALLS: Final = 20
_NEVER_ASKS: Final = "the integration requests no token when it is set up, and has no OAuth2Session"


async def use(play: Play) -> None:
    """Make the integration need its token: set it up anew, and if that asks for none, use it.

    Raises UnreachableError if it never asks for one, FailedError if its set-up ends before that.
    """
    before = len(play.provider.requests)
    state = await play.reload()
    if await play.requests(before, 0.5) > before:
        return
    if state != "loaded":
        reason = (await play.entry())["reason"]
        raise FailedError(
            f"after a new setup the entry requests no token and is in the state {state}: {reason}"
        )
    answer = await play.home.command("appcred_probe/use", entry_id=play.entry_id, calls=1)
    if answer["sessions"] and await play.requests(before, 1) > before:
        return
    raise UnreachableError(_NEVER_ASKS)


async def _refresh(play: Play) -> str:
    await play.ready()
    before = len(play.provider.requests)
    old = (await play.token())["access_token"]
    await play.expire()
    await use(play)
    last = play.provider.requests[-1]
    if last.grant != "refresh_token":
        raise FailedError(f"the vendor received a request with the grant {last.grant}")
    if last.status != 200:
        raise FailedError(
            f"the vendor refused the refresh with {last.status}: {last.error}", certain=True
        )
    if (await play.token())["access_token"] == old:
        raise FailedError("the new token was not stored in the entry", certain=True)
    entry = await play.entry()
    if entry["state"] != "loaded":
        raise FailedError(f"after the refresh the entry is in the state {entry['state']}")
    asked = len(play.provider.requests) - before
    return f"the token was refreshed with {asked} request{'s' if asked > 1 else ''}, and stored"


def _has_lock(play: Play) -> bool:
    """Whether the release's OAuth2Session refreshes a token once for calls at the same time."""
    helper = play.environment.package / "helpers" / "config_entry_oauth2_flow.py"
    return "Lock()" in helper.read_text(encoding="utf-8")


async def _concurrent(play: Play) -> str:
    await play.ready()
    await play.home.command("appcred_probe/forget", entry_id=play.entry_id)
    await play.reload()
    await play.expire()
    before = len(play.provider.requests)
    answer = await play.home.command("appcred_probe/use", entry_id=play.entry_id, calls=_CALLS)
    if not answer["sessions"]:
        raise UnreachableError("the integration has no OAuth2Session that can be called")
    asked = len(play.provider.requests) - before
    calls = _CALLS * answer["sessions"]
    if asked == calls > 1 and not _has_lock(play):
        raise UnreachableError(
            f"in Home Assistant {play.environment.homeassistant} each call of an OAuth2Session "
            "refreshes an expired token; newer releases refresh it once"
        )
    if asked != 1:
        raise FailedError(
            (
                f"{calls} calls of {answer['sessions']} session(s) at the same time refreshed "
                f"{asked} times"
            ),
            certain=True,
        )
    if answer["errors"]:
        raise FailedError(f"{len(answer['errors'])} of {calls} calls failed: {answer['errors'][0]}")
    return f"{calls} calls at the same time refreshed the token once"


async def _rotated(play: Play) -> str:
    await play.ready()
    for turn in ("first", "second"):
        await play.expire()
        await use(play)
        last = play.provider.requests[-1]
        if last.status != 200:
            raise FailedError(
                f"the {turn} refresh was refused with {last.status}: {last.error}", certain=True
            )
        token = await play.token()
        if not play.provider.accepts(str(token.get("refresh_token"))):
            raise FailedError(
                f"after the {turn} refresh the entry still has the old refresh token",
                certain=True,
            )
    return "each refresh used the refresh token from the refresh before"


def _refused(trouble: Trouble, *, reauth: bool) -> Callable[[Play], Awaitable[str]]:
    """Make the stage in which a refresh meets a trouble that is final, or one that passes."""

    async def run(play: Play) -> str:
        await play.ready()
        await play.expire()
        play.provider.trouble = trouble
        try:
            await use(play)
            state = await play.settled()
            flows = await play.is_asked_to_sign_in(expected=reauth)
        finally:
            play.calm()
        seen = f"with {trouble.value} the entry is in the state {state}, " + (
            "and the user is asked to sign in again"
            if flows
            else ("but the user is not asked to sign in")
        )
        if reauth and not flows:
            raise FailedError(
                seen,
                "An integration that has stopped working without a message.",
            )
        if not reauth and flows:
            raise FailedError(seen, "A request to sign in again, for a temporary error.")
        if not reauth and state not in ("setup_retry", "loaded"):
            raise FailedError(seen, "An integration that does not recover until it is reloaded.")
        if reauth and state == "setup_retry":
            raise FailedError(
                seen, "A card that says Home Assistant will retry, which cannot help."
            )
        await play.drop_flows()
        if await play.reload() != "loaded":
            raise FailedError(f"{seen}; when the vendor worked again, the entry did not load")
        return seen

    return run


def _refusal(name: str, trouble: Trouble, *, reauth: bool) -> Stage:
    return Stage(name, _refused(trouble, reauth=reauth), ("refresh",))


STAGES: Final = (
    Stage("refresh", _refresh, ("entry",)),
    Stage("refresh-once", _concurrent, ("refresh",)),
    Stage("rotated-refresh-token", _rotated, ("refresh",)),
    _refusal("refresh-400", Trouble.BAD_REQUEST, reauth=True),
    _refusal("refresh-401", Trouble.UNAUTHORIZED, reauth=True),
    _refusal("refresh-429", Trouble.TOO_MANY, reauth=False),
    _refusal("refresh-500", Trouble.SERVER_ERROR, reauth=False),
    _refusal("refresh-dropped", Trouble.DROP, reauth=False),
)
