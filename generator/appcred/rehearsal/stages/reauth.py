"""Signing in again: because it is demanded, or because the user wants to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.play import ending
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
    raise FailedError("access was taken back at the vendor, and nobody is asked to sign in again")


async def _sign_in(play: Play, result: dict[str, Any], account: Account) -> dict[str, Any]:
    entry = await play.entry()
    credential = str(entry["data"].get("auth_implementation", ""))
    result = await play.to_authorization(result, credential)
    if result["type"] != "external":
        raise FailedError(f"the flow {ending(result)} instead of opening the vendor's page")
    return await play.authorize(result, account)


def _recognises(entry: dict[str, Any], play: Play) -> None:
    if entry["unique_id"] in (None, play.subject.domain):
        raise UnreachableError(
            "the entry's unique id does not name an account, so another one cannot be told apart"
        )


async def _same(play: Play) -> str:
    result = await _demanded(play)
    first = ending(result)
    result = await _sign_in(play, result, play.vendor.first)
    if result["type"] == "create_entry":
        await play.remove(result["result"]["entry_id"])
        raise FailedError("signing in again made a second entry")
    if result["type"] != "abort" or result["reason"] != "reauth_successful":
        raise FailedError(f"signing in again with the same account, the flow {ending(result)}")
    if await play.settled() != "loaded":
        raise FailedError("after signing in again the entry did not load")
    token = (await play.entry())["data"]["token"]
    if not play.provider.accepts(token["refresh_token"]):
        raise FailedError("after signing in again the entry still holds the old token")
    return f"the flow {first}, then {ending(result)}, and the entry loads"


async def _other(play: Play) -> str:
    result = await _demanded(play)
    before = await play.entry()
    _recognises(before, play)
    result = await _sign_in(play, result, play.vendor.second)
    after = await play.entry()
    if result["type"] != "abort" or result["reason"] == "reauth_successful":
        raise FailedError(f"signing in again with another account, the flow {ending(result)}")
    if (after["unique_id"], after["data"]["token"]) != (
        before["unique_id"],
        before["data"]["token"],
    ):
        raise FailedError("the entry was given the other account's token")
    return f"the flow {ending(result)}, and the entry was left alone"


async def _reconfigure(play: Play, account: Account) -> dict[str, Any]:
    await play.ready()
    entries = await play.entries()
    mine = next(entry for entry in entries if entry["entry_id"] == play.entry_id)
    if not mine.get("supports_reconfigure"):
        raise UnreachableError("the integration has no reconfigure step")
    result = await play.start_flow(entry_id=play.entry_id)
    if result["type"] == "form" and result["step_id"] != "pick_implementation":
        fields = [entry["name"] for entry in result.get("data_schema") or ()]
        if fields:
            raise UnreachableError(
                f"its reconfigure asks for {', '.join(fields)}, not for the vendor's page"
            )
    return await _sign_in(play, result, account)


async def _reconfigure_same(play: Play) -> str:
    result = await _reconfigure(play, play.vendor.first)
    if result["type"] != "abort" or not str(result["reason"]).startswith("reconfigure"):
        raise FailedError(f"reconfiguring with the same account, the flow {ending(result)}")
    if await play.settled() != "loaded":
        raise FailedError("after reconfiguring the entry did not load")
    if len(await play.entries()) != 1:
        raise FailedError("reconfiguring made a second entry")
    return f"the flow {ending(result)}, and the entry loads"


async def _reconfigure_other(play: Play) -> str:
    await play.ready()
    before = await play.entry()
    _recognises(before, play)
    result = await _reconfigure(play, play.vendor.second)
    after = await play.entry()
    if result["type"] != "abort" or after["data"]["token"] != before["data"]["token"]:
        raise FailedError(
            f"reconfiguring with another account, the flow {ending(result)}",
            "An entry whose devices belong to one account and whose token to another.",
        )
    return f"the flow {ending(result)}, and the entry was left alone"


STAGES: Final = (
    Stage("reauth", _same, ("refresh",)),
    Stage("reauth-other-account", _other, ("refresh",)),
    Stage("reconfigure", _reconfigure_same, ("entry",)),
    Stage("reconfigure-other-account", _reconfigure_other, ("entry",)),
)
