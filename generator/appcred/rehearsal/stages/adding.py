"""Adding the integration: denied, troubled, and well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.rehearsal.play import ending
from appcred.rehearsal.provider import Trouble
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play


async def _denied(play: Play) -> str:
    result = await play.to_authorization(await play.start_flow())
    if result["type"] != "external":
        raise FailedError(f"the flow {ending(result)} instead of opening the vendor's page")
    result = await play.authorize(result, play.vendor.first, allow=False)
    if result["type"] != "abort":
        raise FailedError(f"after the user denied, the flow {ending(result)}")
    return f"the flow {ending(result)}"


async def _troubled(play: Play, trouble: Trouble) -> str:
    """Add the integration while the token endpoint is in trouble; it has to end in an abort."""
    play.provider.trouble = trouble
    try:
        result = await play.add(play.vendor.first)
    finally:
        play.calm()
    if result["type"] == "create_entry":
        entry_id = result["result"]["entry_id"]
        if trouble is Trouble.NO_EXPIRY and await _stands(play, entry_id):
            return "the integration does without expires_in: the entry was made and loads"
        raise FailedError(f"an entry was made of {trouble.value}")
    if result["type"] != "abort":
        raise FailedError(f"with {trouble.value} the flow {ending(result)}")
    return f"with {trouble.value} the flow {ending(result)}"


async def _stands(play: Play, entry_id: str) -> bool:
    play.entry_id = entry_id
    try:
        return await play.settled() == "loaded"
    finally:
        await play.remove(entry_id)
        play.entry_id = ""


async def _malformed(play: Play) -> str:
    return await _troubled(play, Trouble.MALFORMED)


async def _no_expiry(play: Play) -> str:
    return await _troubled(play, Trouble.NO_EXPIRY)


async def _silent(play: Play) -> str:
    return await _troubled(play, Trouble.SILENT)


async def _exchange(play: Play) -> str:
    before = len(play.provider.requests)
    result = await play.add(play.vendor.first)
    requests = [
        request
        for request in play.provider.requests[before:]
        if request.grant == "authorization_code"
    ]
    if not requests:
        raise FailedError(f"no token was asked for; the flow {ending(result)}")
    last = requests[-1]
    if last.status != 200:
        raise FailedError(
            f"the vendor refused the code with status {last.status}: {last.error}; "
            f"the flow {ending(result)}"
        )
    if result["type"] == "create_entry":
        play.entry_id = result["result"]["entry_id"]
    elif result["type"] == "form":
        fields = [entry["name"] for entry in result.get("data_schema") or ()]
        raise UnreachableError(
            f"the step {result['step_id']} asks for {', '.join(fields)}; enter it in the responses "
            f"file, as forms.{result['step_id']}"
        )
    else:
        raise FailedError(f"the code was exchanged, and then the flow {ending(result)}")
    verifier = ", with a code_verifier" if "code_verifier" in last.names else ""
    how = {
        "body": "in the body",
        "basic": "by HTTP Basic",
        "both": "in the body and by HTTP Basic",
        "none": "without a secret",
    }
    return f"the client authenticated {how[last.authentication]}{verifier}; an entry was made"


async def _entry(play: Play) -> str:
    state = await play.settled()
    entry = await play.entry()
    if state != "loaded":
        raise FailedError(f"the new entry is in the state {state}: {entry['reason']}")
    implementation = entry["data"].get("auth_implementation")
    known = {identifier for identifier, _ in play.credentials} | {play.subject.domain}
    if implementation not in known:
        raise FailedError(
            f"auth_implementation is {implementation!r}, which names no credential: a restart or a "
            "reauthentication will not find it",
            "The entry works until Home Assistant is restarted.",
        )
    if not str(entry["title"]).strip():
        raise FailedError("the entry has no title", "An entry without a name.")
    identity = entry["unique_id"]
    if identity is not None and not isinstance(identity, str):
        raise FailedError(f"the unique id is a {type(identity).__name__}, not a text")
    said = "no unique id" if identity is None else f"the unique id {identity!r}"
    return f"titled {entry['title']!r}, with {said}, loaded"


async def _again(play: Play) -> str:
    await play.ready()
    result = await play.add(play.vendor.first)
    if result["type"] == "create_entry":
        await play.remove(result["result"]["entry_id"])
        raise FailedError("a second entry was made for the same account")
    if result["type"] != "abort":
        raise FailedError(f"the second time the flow {ending(result)}")
    if len(await play.entries()) != 1:
        raise FailedError("there is more than one entry now")
    return f"the second time the flow {ending(result)}"


STAGES: Final = (
    Stage("denied", _denied, ("one-credential",)),
    Stage("malformed-token", _malformed, ("one-credential",)),
    Stage("token-without-expiry", _no_expiry, ("one-credential",)),
    Stage("token-timeout", _silent, ("one-credential",)),
    Stage("code-exchange", _exchange, ("one-credential",)),
    Stage("entry", _entry, ("code-exchange",)),
    Stage("same-account", _again, ("entry",)),
)
