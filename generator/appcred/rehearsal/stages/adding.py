"""Adding the integration: denied, troubled, and well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.flows import ending, must_go_on, to_vendor
from appcred.rehearsal.homeassistant import SilenceError, StatusError
from appcred.rehearsal.provider import Trouble
from appcred.rehearsal.reasons import (
    fits_bad_token,
    fits_denial,
    fits_known_account,
    fits_silence,
    is_own,
)
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from appcred.rehearsal.play import Play


_ANSWERS: Final = (
    "the log shows no error in its code, so the token or the responses may lack what it "
    "needs; correct the responses file"
)


async def _denied(play: Play) -> str:
    result = await play.to_authorization(await play.start_flow())
    to_vendor(result)
    result = await play.authorize(result, play.vendor.first, allow=False)
    return f"the flow {_aborted(result, fits_denial, 'after the user denied')}"


async def _troubled(play: Play, trouble: Trouble, fits: Callable[[str], bool]) -> str:
    """Add the integration while the token endpoint is in trouble; it has to say that it is."""
    play.provider.trouble = trouble
    before = len(play.provider.requests)
    try:
        result = await play.add(play.vendor.first)
    except SilenceError as error:
        raise FailedError(
            f"with {trouble.value} the flow does not end: {error}", certain=True
        ) from None
    except StatusError as error:
        if error.status >= 500 and not _resolves_itself(play):
            raise UnreachableError(
                f"with {trouble.value} Home Assistant's own code fails in this release: {error}"
            ) from None
        raise
    finally:
        play.calm()
    if len(play.provider.requests) == before:
        must_go_on(result)
        raise FailedError(f"no token was requested; the flow {ending(result)}")
    if result["type"] == "create_entry":
        entry_id = result["result"]["entry_id"]
        if trouble is Trouble.NO_EXPIRY and await _is_loaded(play, entry_id):
            return "the integration works without expires_in: the entry was created and loads"
        # Without an expiry the entry may lack something else; an answer that is no JSON is nothing.
        is_certain = trouble is not Trouble.NO_EXPIRY
        raise FailedError(f"an entry was created from {trouble.value}", certain=is_certain)
    return f"with {trouble.value} the flow {_aborted(result, fits, f'with {trouble.value}')}"


def _resolves_itself(play: Play) -> bool:
    """Whether the integration has code of its own between the vendor's answer and the token."""
    return any(
        re.search(r"def (async_resolve_external_data|_token_request|async_step_creation)\b", text)
        for text in play.subject.sources().values()
    )


def _aborted(result: dict[str, Any], fits: Callable[[str], bool], when: str) -> str:
    """Return how a flow ended, if that is an abort whose reason fits.

    Raises UnreachableError or FailedError.
    """
    if result["type"] == "abort" and fits(result["reason"]):
        return ending(result)
    must_go_on(result)
    raise FailedError(f"{when}, the flow {ending(result)}")


async def _is_loaded(play: Play, entry_id: str) -> bool:
    play.entry_id = entry_id
    try:
        return await play.settled() == "loaded"
    finally:
        await play.drop_flows()
        await play.remove(entry_id)
        play.entry_id = ""


async def _malformed(play: Play) -> str:
    return await _troubled(play, Trouble.MALFORMED, fits_bad_token)


async def _no_expiry(play: Play) -> str:
    return await _troubled(play, Trouble.NO_EXPIRY, fits_bad_token)


async def _silent(play: Play) -> str:
    return await _troubled(play, Trouble.SILENT, fits_silence)


async def _no_refresh_token(play: Play) -> str:
    play.provider.trouble = Trouble.NO_REFRESH_TOKEN
    try:
        result = await play.add(play.vendor.first)
    finally:
        play.calm()
    if result["type"] == "abort":
        must_go_on(result)
        return f"without a refresh token the flow {ending(result)}"
    if result["type"] != "create_entry":
        must_go_on(result)
        raise FailedError(f"without a refresh token the flow {ending(result)}")
    play.entry_id = result["result"]["entry_id"]
    try:
        if (state := await play.settled()) != "loaded":
            raise FailedError(
                f"without a refresh token, an entry was created; its state is {state}",
                doubt="the vendor of this integration may always send a refresh token",
            )
        await play.expire()
        state = await play.reload()
        if await play.is_asked_to_sign_in(expected=True):
            return (
                "without a refresh token the user is asked to sign in when the first token expires"
            )
        raise UnreachableError(
            f"without a refresh token the entry is in the state {state} when its first token "
            "expires: Home Assistant's helper does not ask the user to sign in then. If the "
            "vendor can omit the refresh token, end the flow with a reason in "
            "async_oauth_create_entry"
        )
    finally:
        await play.begin()
        await play.remove(play.entry_id)
        play.entry_id = ""


async def _exchange(play: Play) -> str:
    before, answered = len(play.provider.requests), play.gateway.answered
    result = await play.add(play.vendor.first)
    asked = play.gateway.answered > answered
    requests = [
        request
        for request in play.provider.requests[before:]
        if request.grant == "authorization_code"
    ]
    if not requests:
        must_go_on(result)
        raise FailedError(f"no token was requested; the flow {ending(result)}")
    last = requests[-1]
    if last.status != 200:
        raise FailedError(
            f"the vendor refused the code with status {last.status}: {last.error}; "
            f"the flow {ending(result)}",
            certain=True,
        )
    if result["type"] != "create_entry":
        must_go_on(result)
        raise FailedError(
            f"the code was exchanged, and then the flow {ending(result)}",
            doubt=_ANSWERS if asked or is_own(str(result.get("reason", ""))) else "",
        )
    play.entry_id = result["result"]["entry_id"]
    verifier = ", with a code_verifier" if "code_verifier" in last.names else ""
    how = {
        "body": "in the body",
        "basic": "by HTTP Basic",
        "both": "in the body and by HTTP Basic",
        "none": "without a secret",
    }
    return f"the client authenticated {how[last.authentication]}{verifier}; an entry was created"


async def _entry(play: Play) -> str:
    state = await play.settled()
    entry = await play.entry()
    implementation = entry["data"].get("auth_implementation")
    known = {credential.auth_domain for credential in play.credentials} | {play.subject.domain}
    signs_in_once = implementation is None and "token" not in entry["data"]
    if implementation not in known and not play.has_own_client and not signs_in_once:
        raise FailedError(
            f"auth_implementation is {implementation!r}, but no credential has this name: the "
            "entry fails after a restart and when signing in again",
            "The entry works until Home Assistant is restarted.",
            certain=True,
        )
    if not str(entry["title"]).strip():
        raise FailedError("the entry has no title", "An entry without a name.", certain=True)
    identity = entry["unique_id"]
    if identity is not None and not isinstance(identity, str):
        raise FailedError(
            f"the unique ID is a {type(identity).__name__}, not a string", certain=True
        )
    if state != "loaded":
        raise FailedError(
            f"the new entry is in the state {state}: {entry['reason']}", doubt=_ANSWERS
        )
    said = "no unique ID" if identity is None else f"the unique ID {identity!r}"
    kept = "; it keeps no token: the user signs in only to add it" if signs_in_once else ""
    return f"titled {entry['title']!r}, with {said}, loaded{kept}"


async def _same_account(play: Play) -> str:
    await play.ready()
    result = await play.add(play.vendor.first)
    if result["type"] == "create_entry":
        await play.remove(result["result"]["entry_id"])
        # An account that could not be asked for is none that is recognised.
        raise FailedError("a second entry was created for the same account")
    said = _aborted(result, fits_known_account, "the second time")
    if len(await play.entries()) != 1:
        raise FailedError("there is more than one entry now")
    return f"the second time the flow {said}"


STAGES: Final = (
    Stage("denied", _denied, ("one-credential",)),
    Stage("malformed-token", _malformed, ("one-credential",)),
    Stage("token-without-expiry", _no_expiry, ("one-credential",)),
    Stage("no-refresh-token", _no_refresh_token, ("one-credential",)),
    Stage("token-timeout", _silent, ("one-credential",)),
    Stage("code-exchange", _exchange, ("one-credential",)),
    Stage("entry", _entry, ("code-exchange",), continues=True),
    Stage("same-account", _same_account, ("entry",)),
)
