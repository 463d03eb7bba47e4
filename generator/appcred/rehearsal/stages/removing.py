"""The end: an entry is unloaded, and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.rehearsal.stage import FailedError, Stage

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play

_NOT_REMOVED: Final = "Error calling entry remove callback"


async def _unload(play: Play) -> str:
    await play.ready()
    await play.home.command("config_entries/disable", entry_id=play.entry_id, disabled_by="user")
    state = await play.state("not_loaded", "failed_unload")
    if state != "not_loaded":
        raise FailedError(f"after it was disabled the entry is in the state {state}")
    await play.home.command("config_entries/disable", entry_id=play.entry_id, disabled_by=None)
    state = await play.settled()
    if state != "loaded":
        raise FailedError(f"after it was enabled again the entry is in the state {state}")
    return "the entry is unloaded when disabled, and loads when enabled"


async def _remove(play: Play) -> str:
    await play.ready()
    entry_id, play.entry_id = play.entry_id, ""
    logged = len(play.home.log())
    await play.remove(entry_id)
    if _NOT_REMOVED in (await play.home.finished_log())[logged:]:
        raise FailedError("the integration's async_remove_entry raised an error", certain=True)
    if any(entry["entry_id"] == entry_id for entry in await play.entries()):
        raise FailedError("the entry still exists")
    if await play.flows():
        raise FailedError("a flow of the entry still exists")
    await play.delete_credentials()
    return "the entry is removed, and then its credential"


UNLOAD: Final = Stage("unload", _unload, ("entry",))
REMOVAL: Final = Stage("removal", _remove, ("entry",))
