"""Home Assistant starts: as usual, without the vendor, without the credential, with YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.flows import ending, must_go_on
from appcred.rehearsal.placeholders import lists_clients, replaced
from appcred.rehearsal.provider import Trouble
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.stages.tokens import use
from appcred.rehearsal.texts import issue_untranslated
from appcred.release import capability

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play

_OTHERWISE: Final = (
    "if entries from before the import store another name, write it into the responses file "
    "as yaml: {auth_implementation: …}"
)


async def _restart(play: Play) -> str:
    await play.ready()
    await play.home.stop()
    await play.home.start()
    state = await play.settled()
    entry = await play.entry()
    if state != "loaded":
        raise FailedError(
            f"after the restart the entry is in the state {state}: {entry['reason']}",
            answers_fit=True,
        )
    if await play.flows("reauth"):
        raise FailedError("after the restart the user is asked to sign in again")
    return "after a restart of Home Assistant the entry loads"


async def _provider_down(play: Play) -> str:
    await play.ready()
    await play.home.stop()
    stored = play.entry_data()
    stored["token"]["expires_at"] = 1.0
    play.write_entry(stored)
    play.provider.expire()
    play.provider.trouble = Trouble.DROP
    before = len(play.provider.requests)
    try:
        await play.home.start()
        state = await play.settled()
        asked = len(play.provider.requests) > before
        flows = await play.flows("reauth")
    finally:
        play.calm()
    if flows:
        raise FailedError("the vendor was down, but the user is asked to sign in again")
    if state not in ("setup_retry", "loaded"):
        raise FailedError(f"the vendor was down at the start; the entry is in the state {state}")
    if not asked:
        raise UnreachableError("the integration requests no token when Home Assistant starts")
    if await play.reload() != "loaded":
        raise FailedError("the vendor worked again, but the entry did not load")
    return f"the vendor was down at the start: {state}; then it worked again, and the entry loads"


async def _credential_gone(play: Play) -> str:
    if play.has_own_client:
        raise UnreachableError("the integration has a built-in client, which cannot be deleted")
    await play.ready()
    if "auth_implementation" not in (await play.entry())["data"]:
        raise UnreachableError("the entry names no credential, and needs none after it was added")
    await play.home.stop()
    credentials = play.home.configuration.stored("application_credentials")
    if credentials is None:
        raise UnreachableError("no credential is stored")
    _without_credentials(play, credentials)
    await play.home.start()
    state = await play.settled()
    if await play.adopt_credentials():
        raise UnreachableError("the integration imports its own credential again")
    if state == "loaded":
        if not any(request.grant == "refresh_token" for request in play.provider.requests):
            raise UnreachableError("the integration never refreshes a token, so it needs none")
        raise FailedError("the credential was deleted, but the entry still loads", certain=True)
    flows = await play.flows("reauth")
    if not capability("unknown_implementation_error").at(play.environment.release):
        await play.add_credential("Another credential")
        return (
            f"the credential was deleted: {state}; this release of Home Assistant cannot tell why"
        )
    if not flows:
        raise FailedError(
            f"the credential was deleted: {state}, and the user is not asked to sign in"
        )
    result = await play.to_authorization(await play.see_flow(flows[0]["flow_id"]))
    if result["type"] != "abort" or result["reason"] != "missing_credentials":
        must_go_on(result)
        raise FailedError(
            f"the credential was deleted; when signing in again, the flow {ending(result)}"
        )
    added = await play.add_credential("Another credential")
    state_after = await play.reload()
    flows = await play.flows("reauth")
    named = (await play.entry())["data"]["auth_implementation"]
    if state_after == "loaded" and named == play.subject.domain:
        return (
            f"the credential was deleted: {state}, and the user is asked to sign in; with another "
            "one of the same name, the entry loads"
        )
    if not flows:
        raise FailedError("with another credential the user is not asked to sign in again")
    result = await play.to_authorization(await play.see_flow(flows[0]["flow_id"]))
    if result["type"] == "external":
        result = await play.authorize(result, play.vendor.first)
    if await play.settled() != "loaded":
        raise FailedError(f"with another credential the flow {ending(result)}, and nothing loads")
    implementation = (await play.entry())["data"]["auth_implementation"]
    if implementation != added.auth_domain:
        raise FailedError("the entry still names the deleted credential", certain=True)
    return (
        f"the credential was deleted: {state}, and the user is asked to sign in; without "
        "another credential the flow aborted with missing_credentials, with another one the "
        "entry loads"
    )


async def _yaml(play: Play) -> str:
    section = play.vendor.yaml.section or play.section.content
    if section is None:
        raise UnreachableError(play.section.unknown)
    await play.ready()
    await play.home.stop()
    credentials = play.home.configuration.stored("application_credentials")
    if credentials is None:
        raise UnreachableError("no credential is stored")
    client = play.credentials[-1].client
    _without_credentials(play, credentials)
    own = {"client_id": client.client_id, "client_secret": client.client_secret}
    path = play.home.configuration.folder / "configuration.yaml"
    with path.open("a", encoding="utf-8") as file:
        # JSON is YAML, and no text of it is taken for something else.
        file.write(f"{play.subject.domain}: {json.dumps(replaced(section, own))}\n")
    await play.home.start()
    imported = await _own_credentials(play)
    if len(imported) != 1:
        raise FailedError(
            f"{len(imported)} credentials were imported instead of one, with the section "
            + ("of the responses file" if play.vendor.yaml.section else json.dumps(section))
        )
    raised = await _issues(play)
    stored_as = str(imported[0].get("auth_domain", imported[0]["id"]))
    named = replaced(play.vendor.yaml.auth_implementation, own) or play.subject.domain
    # Of a list each client was registered under a name of its own, which the code no longer has.
    unsure = named != stored_as and not play.vendor.yaml.auth_implementation
    unsure = unsure and lists_clients(section)
    await _entry_from_before(play, stored_as if unsure else named, stored_as)
    if not raised:
        raise FailedError(
            "no repair issue was created", "Users are not told to remove the YAML section."
        )
    await _issue_texts(play, raised)
    if unsure:
        raise UnreachableError(
            "all but one step passed: cannot tell which name entries store for a client of "
            "the list; write it into the responses file as yaml: {auth_implementation: …}"
        )
    return (
        "the credential was imported once, an older entry works, and the repair issue "
        f"{raised[0]['issue_id']} was created"
    )


async def _entry_from_before(play: Play, named: str, stored_as: str) -> None:
    """Start with an entry as it was before the import: it names what was registered by hand."""
    await play.home.stop()
    stored = play.entry_data()
    stored["auth_implementation"] = named
    play.write_entry(stored)
    await play.home.start()
    if len(await _own_credentials(play)) != 1:
        raise FailedError("a second start imported the credential again")
    await play.adopt_credentials()
    if await play.settled() != "loaded":
        why = f"the import stores the credential as {stored_as!r}; {_OTHERWISE}"
        raise FailedError(
            f"an entry that was created with the YAML credential and stores {named!r} does not load"
            + (f": {why}" if named != stored_as else "")
        )
    await play.expire()
    await use(play)
    if play.provider.requests[-1].status != 200:
        raise FailedError("an entry created with the YAML credential cannot refresh its token")


async def _issues(play: Play) -> list[dict[str, Any]]:
    """Return the repair issues that are about the integration's YAML."""
    issues = (await play.home.command("repairs/list_issues"))["issues"]
    return [
        issue
        for issue in issues
        if play.subject.domain in _about(issue)
        and not issue["issue_id"].startswith("config_entry_reauth")
    ]


async def _issue_texts(play: Play, raised: list[dict[str, Any]]) -> None:
    """Raise FailedError unless repair issues have their texts."""
    missing = []
    for issue in raised:
        missing += issue_untranslated(issue, await play.texts("issues", issue["domain"]))
    if missing:
        raise FailedError("; ".join(missing), "A repair issue that is empty or shows a raw key.")


def _about(issue: dict[str, Any]) -> tuple[str, ...]:
    """Return the domains that a repair issue is about."""
    named = issue.get("issue_domain") or ""
    tail = issue["issue_id"].removeprefix("deprecated_yaml_")
    return (issue["domain"], named, tail)


async def _own_credentials(play: Play) -> list[dict[str, Any]]:
    items = await play.home.command("application_credentials/list")
    return [item for item in items if item["domain"] == play.subject.domain]


def _without_credentials(play: Play, stored: dict[str, Any]) -> None:
    """Take the integration's credentials out of the storage."""
    items = stored["data"]["items"]
    stored["data"]["items"] = [item for item in items if item["domain"] != play.subject.domain]
    play.home.configuration.store("application_credentials", stored)
    play.credentials.clear()


STAGES: Final = (
    Stage("restart", _restart, ("entry",)),
    Stage("provider-down", _provider_down, ("refresh",)),
    Stage("credential-gone", _credential_gone, ("entry",)),
    Stage("yaml", _yaml, ("entry",)),
)
