"""What leaves Home Assistant: diagnostics, log lines, and the texts on the screen."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from appcred.rehearsal.homeassistant import HomeAssistantError
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.texts import untranslated

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play

_RECORD: Final = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\]")
_SHOWN: Final = 3


async def _diagnostics(play: Play) -> str:
    await play.ready()
    if not (play.subject.folder / "diagnostics.py").is_file():
        raise UnreachableError("the integration has no diagnostics")
    await play.entry()
    try:
        answer = await play.home.rest("GET", f"/api/diagnostics/config_entry/{play.entry_id}")
    except HomeAssistantError as error:
        raise FailedError(f"the diagnostics cannot be downloaded: {error}") from None
    leaks = sorted(_leaks(answer["data"], "data", play.provider.secrets))
    if leaks:
        raise FailedError(f"a token or secret stands in the diagnostics at {', '.join(leaks)}")
    return f"{len(json.dumps(answer['data']))} bytes of diagnostics, without a token or secret"


def _leaks(value: object, place: str, secrets: set[str]) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_leaks(v, f"{place}.{k}", secrets) for k, v in value.items()))
    if isinstance(value, list):
        return set().union(*(_leaks(v, f"{place}[{n}]", secrets) for n, v in enumerate(value)))
    found = isinstance(value, str) and any(secret in value for secret in secrets)
    return {place} if found else set()


async def _logs(play: Play) -> str:
    own = 0
    leaks: list[str] = []
    logger = level = ""
    for line in play.home.log().splitlines():
        if record := _RECORD.match(line):
            logger, level = record["logger"], record["level"]
        if not _is_own(logger, play.subject.loggers):
            continue
        own += 1
        if any(secret in line for secret in play.provider.secrets):
            leaks.append(f"{level} of {logger}")
    if leaks:
        places = ", ".join(dict.fromkeys(leaks))
        raise FailedError(f"{len(leaks)} log lines hold a token or secret: {places}")
    return f"{own} log lines of the integration and its libraries, at level debug, hold none"


def _is_own(logger: str, own: tuple[str, ...]) -> bool:
    return any(logger == name or logger.startswith(f"{name}.") for name in own)


async def _texts(play: Play) -> str:
    domain = play.subject.domain
    known: dict[str, str] = {}
    for category in ("config", "exceptions"):
        known |= await play.texts(category)
        known |= await play.texts(category, "homeassistant")
    missing = untranslated(domain, [result for _, result in play.shown], play.reasons, known)
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise FailedError("; ".join(missing[:_SHOWN]) + more)
    return f"{len(play.shown)} steps were shown, and {len(play.reasons)} errors; each has its text"


DURING: Final = (Stage("diagnostics", _diagnostics, ("entry",)),)

STAGES: Final = (
    Stage("logs", _logs, ("platform",)),
    Stage("texts", _texts, ("platform",)),
)
