"""Signing in again: because it is demanded, or because the user wants to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.flows import ending, must_go_on, to_vendor
from appcred.rehearsal.reasons import fits_other_account, is_own, is_success
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.stages.tokens import use

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play
    from appcred.rehearsal.vendor import Account


async def _demanded(play: Play) -> dict[str, Any]:
    """Take the grant back at the vendor; return the flow that asks the user to sign in."""
    await play.ready()
    play.provider.revoke()
    await play.expire()
    await use(play)
    for _ in range(50):
        if flows := await play.flows("reauth"):
            return await play.see_flow(flows[0]["flow_id"])
        await play.requests(len(play.provider.requests), 0.1)
    raise FailedError(
        "access was revoked at the vendor, but the user is not asked to sign in again"
    )


async def _sign_in(play: Play, result: dict[str, Any], account: Account) -> dict[str, Any]:
    entry = await play.entry()
    credential = str(entry["data"].get("auth_implementation", ""))
    result = await play.to_authorization(result, credential)
    to_vendor(result)
    result = await play.authorize(result, account)
    must_go_on(result)
    return result


async def _is_renewed(play: Play, before: dict[str, Any], result: dict[str, Any]) -> bool:
    """Whether a flow ended as Home Assistant says success, or its entry has another good token."""
    if result["type"] != "abort":
        return False
    if is_success(result["reason"]):
        return True
    token = await play.token()
    is_another = token != before["data"].get("token")
    good = play.provider.accepts(str(token.get("refresh_token")))
    return is_own(result["reason"]) and is_another and good


def _require_same_data(
    play: Play, before: dict[str, Any], after: dict[str, Any], when: str
) -> None:
    """Raise FailedError if an entry lost data or options that it had."""
    for part in ("data", "options"):
        if lost := sorted(set(before[part]) - set(after[part])):
            raise FailedError(
                f"{when} the entry's {part} lost {', '.join(lost)}",
                "Data that must be entered again, or settings that were reset.",
                place=play.subject.find(r"async_update_reload_and_abort|async_update_entry"),
            )


def _recognises(entry: dict[str, Any], play: Play) -> None:
    if entry["unique_id"] in (None, play.subject.domain):
        raise UnreachableError(
            "the entry's unique ID does not identify the account, so another account cannot "
            "be recognised"
        )
    first = play.vendor.first
    identity = str(entry["unique_id"]).lower()
    if not any(text.lower() in identity for text in (first.id, first.name, first.email)):
        raise UnreachableError(
            f"the entry's unique ID, {entry['unique_id']!r}, does not depend on the account, so "
            "another one cannot be recognised; use {id} in the responses that it comes from"
        )


async def _reauth(play: Play) -> str:
    await play.ready()
    async with play.own_option():
        before = await play.entry()
        result = await _demanded(play)
        first = ending(result)
        result = await _sign_in(play, result, play.vendor.first)
        if result["type"] == "create_entry":
            await play.remove(result["result"]["entry_id"])
            raise FailedError("signing in again created a second entry")
        if not await _is_renewed(play, before, result):
            raise FailedError(f"signing in again with the same account, the flow {ending(result)}")
        if (state := await play.settled()) != "loaded":
            raise FailedError(f"after signing in again the entry is in the state {state}")
        _require_same_data(play, before, await play.entry(), "after signing in again")
    if not play.provider.accepts(str((await play.token()).get("refresh_token"))):
        raise FailedError("after signing in again the entry holds the old token", certain=True)
    return f"the flow {first}, then {ending(result)}, and the entry loads with all its data"


async def _reauth_other_account(play: Play) -> str:
    result = await _demanded(play)
    before = await play.entry()
    _recognises(before, play)
    result = await _sign_in(play, result, play.vendor.second)
    return await _left_alone(play, before, result, "signing in again")


async def _left_alone(play: Play, before: dict[str, Any], result: dict[str, Any], when: str) -> str:
    """Return what was seen, if a flow with another account ended with a word and no change."""
    after = await play.entry()
    if result["type"] == "create_entry":
        await play.remove(result["result"]["entry_id"])
        raise FailedError(f"{when} with another account created a second entry")
    if (after["unique_id"], after["data"].get("token")) != (
        before["unique_id"],
        before["data"].get("token"),
    ):
        raise FailedError(
            f"{when} with another account, the flow {ending(result)}: the entry got the "
            "other account's token"
        )
    reason = result.get("reason", "")
    if result["type"] != "abort" or not fits_other_account(reason):
        if reason == "already_configured":
            raise UnreachableError(
                f"{when} with another account, the flow aborted with already_configured: both "
                "accounts have the same unique ID; use {id} in the responses that it comes from"
            )
        raise FailedError(f"{when} with another account, the flow {ending(result)}")
    return f"the flow {ending(result)}, and the entry is unchanged"


async def _reconfigure(play: Play, account: Account) -> dict[str, Any]:
    entries = await play.entries()
    mine = next(entry for entry in entries if entry["entry_id"] == play.entry_id)
    if not mine.get("supports_reconfigure"):
        raise UnreachableError("the integration has no reconfigure step")
    entry = await play.entry()
    credential = str(entry["data"].get("auth_implementation", ""))
    result = await play.to_authorization(await play.start_flow(entry_id=play.entry_id), credential)
    if result["type"] != "external":
        must_go_on(result)
        if result.get("reason") == "reconfigure_successful":
            raise UnreachableError("its reconfigure step does not open the vendor's page")
    return await _sign_in(play, result, account)


async def _reconfigure_same(play: Play) -> str:
    await play.ready()
    async with play.own_option():
        before = await play.entry()
        result = await _reconfigure(play, play.vendor.first)
        if not await _is_renewed(play, before, result):
            raise FailedError(f"reconfiguring with the same account, the flow {ending(result)}")
        if (state := await play.settled()) != "loaded":
            raise FailedError(f"after reconfiguring the entry is in the state {state}")
        _require_same_data(play, before, await play.entry(), "after reconfiguring")
    if len(await play.entries()) != 1:
        raise FailedError("reconfiguring created a second entry")
    return f"the flow {ending(result)}, and the entry loads with all its data"


async def _reconfigure_other(play: Play) -> str:
    await play.ready()
    before = await play.entry()
    _recognises(before, play)
    result = await _reconfigure(play, play.vendor.second)
    return await _left_alone(play, before, result, "reconfiguring")


STAGES: Final = (
    Stage("reauth", _reauth, ("refresh",)),
    Stage("reauth-other-account", _reauth_other_account, ("refresh",)),
    Stage("reconfigure", _reconfigure_same, ("entry",)),
    Stage("reconfigure-other-account", _reconfigure_other, ("entry",)),
)
