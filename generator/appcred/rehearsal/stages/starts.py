"""Home Assistant starts: as usual, without the vendor, without the credential, with YAML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.play import ending
from appcred.rehearsal.provider import Trouble
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.stages.tokens import use
from appcred.release import capability

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play

_READS_YAML: Final = re.compile(r"\bDOMAIN (?:not )?in config\b|\bconfig(?:\.get\(|\[)DOMAIN\b")


async def _restart(play: Play) -> str:
    await play.ready()
    await play.home.stop()
    await play.home.start()
    state = await play.settled()
    entry = await play.entry()
    if state != "loaded":
        raise FailedError(f"after the restart the entry is in the state {state}: {entry['reason']}")
    if await play.flows("reauth"):
        raise FailedError("after the restart the user is asked to sign in again")
    return "after a restart of Home Assistant the entry loads"


async def _provider_down(play: Play) -> str:
    await play.ready()
    await play.home.stop()
    stored = _entry_of(play)
    stored["token"]["expires_at"] = 1.0
    _write_entry(play, stored)
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
        raise FailedError("the vendor was down, and the user is asked to sign in again")
    if state not in ("setup_retry", "loaded"):
        raise FailedError(f"the vendor was down at the start; the entry is in the state {state}")
    if not asked:
        raise UnreachableError("the integration asks for no token when Home Assistant starts")
    if await play.reload() != "loaded":
        raise FailedError("the vendor came back, and the entry did not load")
    return f"the vendor was down at the start: {state}; then it came back, and the entry loads"


async def _credential_gone(play: Play) -> str:
    await play.ready()
    await play.home.stop()
    credentials = play.home.configuration.stored("application_credentials")
    if credentials is None:
        raise UnreachableError("no credential is stored")
    _without_credentials(play, credentials)
    await play.home.start()
    state = await play.settled()
    if await play.adopt_credentials():
        raise UnreachableError("the integration brings its own credential back by itself")
    if state == "loaded":
        raise FailedError("the credential is gone, and the entry loads as if it were there")
    flows = await play.flows("reauth")
    if not capability("unknown_implementation_error").at(play.environment.release):
        await play.add_credential("Another credential")
        return f"the credential is gone: {state}; Home Assistant cannot tell why in this release"
    if not flows:
        raise FailedError(f"the credential is gone: {state}, and the user is not asked to sign in")
    result = await play.to_authorization(await play.see_flow(flows[0]["flow_id"]))
    if result["type"] != "abort" or result["reason"] != "missing_credentials":
        raise FailedError(
            f"the credential is gone, and signing in again, the flow {ending(result)}"
        )
    added = await play.add_credential("Another credential")
    await play.reload()
    flows = await play.flows("reauth")
    if not flows:
        raise FailedError("with another credential the user is not asked to sign in again")
    result = await play.to_authorization(await play.see_flow(flows[0]["flow_id"]))
    if result["type"] == "external":
        result = await play.authorize(result, play.vendor.first)
    if await play.settled() != "loaded":
        raise FailedError(f"with another credential the flow {ending(result)}, and nothing loads")
    implementation = (await play.entry())["data"]["auth_implementation"]
    if implementation != added:
        raise FailedError("the entry still names the credential that is gone")
    return (
        f"the credential is gone: {state}, and the user is asked to sign in; without another one "
        "the flow aborted with missing_credentials, with another one the entry loads"
    )


async def _yaml(play: Play) -> str:
    source = play.subject.sources
    if "async_import_client_credential" not in source or not _READS_YAML.search(source):
        raise UnreachableError("the integration imports no credentials from YAML")
    await play.ready()
    await play.home.stop()
    credentials = play.home.configuration.stored("application_credentials")
    if credentials is None:
        raise UnreachableError("no credential is stored")
    _, client = play.credentials[-1]
    _without_credentials(play, credentials)
    path = play.home.configuration.folder / "configuration.yaml"
    written = path.read_text(encoding="utf-8")
    path.write_text(
        f"{written}{play.subject.domain}:\n"
        f"  client_id: {client.client_id}\n"
        f"  client_secret: {json.dumps(client.client_secret)}\n",
        encoding="utf-8",
    )
    await play.home.start()
    imported = await _own_credentials(play)
    if len(imported) != 1:
        raise FailedError(f"{len(imported)} credentials were imported instead of one")
    issues = (await play.home.command("repairs/list_issues"))["issues"]
    raised = [
        issue
        for issue in issues
        if play.subject.domain in _about(issue)
        and not issue["issue_id"].startswith("config_entry_reauth")
    ]
    await play.home.stop()
    stored = _entry_of(play)
    stored["auth_implementation"] = imported[0].get("auth_domain", imported[0]["id"])
    _write_entry(play, stored)
    await play.home.start()
    if len(await _own_credentials(play)) != 1:
        raise FailedError("a second start imported the credential again")
    await play.adopt_credentials()
    if await play.settled() != "loaded":
        raise FailedError("an entry that was made with the YAML credential does not load")
    await play.expire()
    await use(play)
    if play.provider.requests[-1].status != 200:
        raise FailedError("an entry made with the YAML credential cannot refresh its token")
    if not raised:
        raise FailedError(
            "no repair issue was raised", "Nobody is told that the YAML can be removed."
        )
    return (
        "the credential was imported once, an entry made before works, and the repair issue "
        f"{raised[0]['issue_id']} was raised"
    )


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


def _entry_of(play: Play) -> dict[str, Any]:
    """Return the data of the entry from the storage."""
    stored = play.home.configuration.stored("core.config_entries")
    entries = stored["data"]["entries"] if stored else []
    found: dict[str, Any] = next(e["data"] for e in entries if e["entry_id"] == play.entry_id)
    return found


def _write_entry(play: Play, data: dict[str, Any]) -> None:
    stored = play.home.configuration.stored("core.config_entries")
    if stored is not None:
        for entry in stored["data"]["entries"]:
            if entry["entry_id"] == play.entry_id:
                entry["data"] = data
        play.home.configuration.store("core.config_entries", stored)


STAGES: Final = (
    Stage("restart", _restart, ("entry",)),
    Stage("provider-down", _provider_down, ("refresh",)),
    Stage("credential-gone", _credential_gone, ("entry",)),
    Stage("yaml", _yaml, ("entry",)),
)
