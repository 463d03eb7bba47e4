"""What leaves Home Assistant: diagnostics, log lines, and the texts on the screen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from appcred.rehearsal.homeassistant import HomeAssistantError
from appcred.rehearsal.log import GRAVE, records
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.texts import untranslated

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play

_SHOWN: Final = 3


async def _diagnostics(play: Play) -> str:
    await play.ready()
    if not (play.subject.folder / "diagnostics.py").is_file():
        raise UnreachableError("the integration has no diagnostics")
    await play.entry()
    try:
        answer = await play.home.request("GET", f"/api/diagnostics/config_entry/{play.entry_id}")
    except HomeAssistantError as error:
        raise FailedError(
            f"the diagnostics cannot be downloaded: {error}",
            doubt="the log shows no error in the integration's code",
        ) from None
    leaks = sorted(_leaks(answer["data"], "data", play.provider.secrets))
    if leaks:
        raise FailedError(
            f"the diagnostics contain a token or secret at {', '.join(leaks)}", certain=True
        )
    return f"{len(json.dumps(answer['data']))} bytes of diagnostics, without a token or secret"


def _leaks(value: object, place: str, secrets: set[str]) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_leaks(v, f"{place}.{k}", secrets) for k, v in value.items()))
    if isinstance(value, list):
        return set().union(*(_leaks(v, f"{place}[{n}]", secrets) for n, v in enumerate(value)))
    found = isinstance(value, str) and any(secret in value for secret in secrets)
    return {place} if found else set()


async def _logs(play: Play) -> str:
    own = [
        record
        for record in records(await play.home.finished_log())
        if record.is_of(play.subject.loggers)
    ]
    secrets = play.provider.secrets
    leaks = [
        record
        for record in own
        if any(
            secret in line for line in (record.message, *record.continuation) for secret in secrets
        )
    ]
    if leaks:
        places = ", ".join(dict.fromkeys(f"{leak.level} of {leak.logger}" for leak in leaks))
        raise FailedError(
            f"{len(leaks)} log records contain a token or secret: {places}",
            certain=True,
            record=leaks[0],
        )
    return (
        f"{len(own)} log records of the integration and its libraries, at level debug: none "
        "contains a token or secret"
    )


async def _texts(play: Play) -> str:
    domain = play.subject.domain
    known: dict[str, str] = {}
    for category in ("config", "exceptions"):
        known |= await play.texts(category)
        known |= await play.texts(category, "homeassistant")
    missing = untranslated(domain, [result for _, result in play.shown], play.reasons, known)
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise FailedError(
            "; ".join(missing[:_SHOWN]) + more, certain=True, place=_text(play, missing)
        )
    return f"{len(play.shown)} steps were shown, and {len(play.reasons)} errors; each has its text"


async def _shown_secrets(play: Play) -> str:
    await play.ready()
    entry = await play.entry()
    # An entity is named after what a title holds, in small letters.
    secrets = play.provider.secrets | {_slug(secret) for secret in play.provider.secrets}
    states = await play.home.request("GET", "/api/states")
    devices = await play.home.command("config/device_registry/list")
    leaks = {"the entry's title"} if _leaks(entry["title"], "", secrets) else set()
    for device in devices:
        if play.entry_id in device.get("config_entries", ()):
            leaks |= {f"device {place}" for place in _leaks(device, "", secrets)}
    for state in states:
        named = _leaks(state["entity_id"], "", secrets)
        name = f"{state['entity_id'].partition('.')[0]}.(secret)" if named else state["entity_id"]
        leaks |= {f"{name}{place}" for place in _leaks(state, "", secrets)}
    if leaks:
        raise FailedError(
            f"a token or secret is shown to every user, at {', '.join(sorted(leaks))}",
            certain=True,
        )
    return f"no token or secret in the entry's title, its devices and {len(states)} states"


def _slug(text: str) -> str:
    """Return what an entity's identifier has of a text; it is cut off somewhere after this."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:80]


_COMPLAINS: Final = (
    "Detected blocking call",
    "Detected code that",
    "Detected that custom integration",
    "Detected integration that",
    "Detected that integration",
    "has already been setup!",
    "A client session was never closed",  # said by the probe: aiohttp does not say whose it was
    "Task exception was never retrieved",
    "was never awaited",
)
"""How Home Assistant, aiohttp and Python say that something is wrong with code."""
_OURS: Final = "/rehearsal/payload/"
"""What the rehearsal has put into Home Assistant's process."""


_MADE_UP: Final = re.compile(r"\btype (Guess|Items|Number|Table|Text)\b")
"""A value that a recording made up, of a type that its name did not tell."""


async def _complaints(play: Play) -> str:
    domain = play.subject.domain
    # A domain can be a word of anything: `google`, `point`.
    named = re.compile(rf"'{domain}'|\bfor {domain}\.|\bcustom_components[./]{domain}\b")
    found = []
    for record in records(await play.home.finished_log()):
        said = record.summary()
        if _OURS in said or (play.gateway.recorder is not None and _MADE_UP.search(said)):
            continue
        if record.level in ("WARNING", *GRAVE) and any(words in said for words in _COMPLAINS):
            found += [record] if record.place(domain) or named.search(said) else []
    if found:
        # Entries have another identifier in each run.
        texts = (re.sub(r" \([0-9A-Z]{26}\)", "", record.summary()) for record in found)
        shown = list(dict.fromkeys(text.partition(", please ")[0] for text in texts))
        more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
        place = next(filter(None, (record.place(domain) for record in found)), None)
        raise FailedError(
            "Home Assistant complains: " + "; ".join(shown[:_SHOWN]) + more,
            certain=True,
            place=(place.file, place.line) if place else None,
        )
    return "Home Assistant logged no complaint about the integration's code"


def _text(play: Play, missing: list[str]) -> tuple[str, int] | None:
    """Return where the code names the first key that has no text."""
    named = re.search(r"'([a-z0-9_]+)'", missing[0])
    return play.subject.find(rf"[\"']{named[1]}[\"']") if named else None


DURING: Final = (
    Stage("diagnostics", _diagnostics, ("entry",)),
    Stage("shown-secrets", _shown_secrets, ("entry",), "sensor.py", "class "),
)

STAGES: Final = (
    Stage("complaints", _complaints, ("platform",)),
    Stage("logs", _logs, ("platform",)),
    Stage("texts", _texts, ("platform",)),
)
