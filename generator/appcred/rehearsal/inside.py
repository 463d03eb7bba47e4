"""The process in which everything runs, in namespaces of its own where the system permits them.

It is started by `verb.py`: it reads its job from standard input, and writes one line of JSON for
each stage to standard output.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import aiohttp

from appcred.rehearsal import subject as subjects
from appcred.rehearsal import vendor as vendors
from appcred.rehearsal import verdict
from appcred.rehearsal.environment import Environment
from appcred.rehearsal.gateway import Gateway
from appcred.rehearsal.homeassistant import (
    HomeAssistant,
    HomeAssistantError,
    Transport,
    configure,
)
from appcred.rehearsal.pattern import Section
from appcred.rehearsal.play import Play
from appcred.rehearsal.provider import Provider
from appcred.rehearsal.stage import FailedError, Outcome, Result, Stage, UnreachableError
from appcred.rehearsal.stages import selected

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN_TIMEOUT: Final = 3.0
"""Seconds that Home Assistant waits for a token, instead of its 30."""
_SECONDS_FOR_A_STAGE: Final = 240
_LONGEST: Final = 1000
"""Characters of what is said of a stage."""


async def run(job: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """Run the stages of one job, and give each result away as it comes.

    Args:
        job: `folder` of the run, `environment`, `homeassistant`, `subject`, `responses`, `stages`,
            `guarded`, `section`, as `verb.py` writes it.
        emit: Is given `{"start": name}` and `{"result": ...}` for each stage.

    """
    subject = subjects.read(Path(job["subject"]))
    vendor = vendors.load(Path(job["responses"]) if job["responses"] else None)
    environment = Environment(Path(job["environment"]), job["homeassistant"])
    folder = Path(job["folder"])
    provider = Provider(vendor.terms)
    stages, asked = selected(job["stages"])
    async with Gateway(provider, vendor) as gateway:
        authority = folder / "authority.pem"
        gateway.write_authority(authority)
        (folder / "config").mkdir()
        configuration = configure(
            folder / "config", environment, subject.loggers, job.get("token_timeout", TOKEN_TIMEOUT)
        )
        subjects.install(subject, configuration.folder / "custom_components", environment.package)
        transport = Transport(gateway.tls_port, gateway.plain_port, authority, job["guarded"])
        async with HomeAssistant(environment, configuration, transport) as home:
            emit({"start": "Home Assistant"})
            await home.start()
            gateway.leave_out()  # the integration was not there yet
            play = Play(subject, environment, home, provider, gateway, vendor)
            play.section = Section(**job["section"])
            done: dict[str, Result] = {}
            marks: dict[str, int] = {}
            for stage in stages:
                if stage.name in asked:
                    emit({"start": stage.name})
                play.stage = stage.name
                done[stage.name] = result = await _result(stage, play, done, marks)
                # What a stage needs is reported too where it is the reason.
                failed = result.outcome is not Outcome.PASSED and not result.cause
                if stage.name in asked or failed:
                    emit({"result": asdict(result)})
            if job.get("screenshots"):
                from appcred.rehearsal import screens

                emit({"start": screens.STAGE.name})
                stage = screens.stage(Path(job["screenshots"]), folder, job["browser"])
                emit({"result": asdict(await _result(stage, play, done, marks))})


async def _result(
    stage: Stage, play: Play, done: dict[str, Result], marks: dict[str, int]
) -> Result:
    """Run one stage, and turn however it ends into a result.

    `marks` holds, for each stage that ran, how many requests nobody could answer before it.
    """
    for need in stage.needs:
        if done[need].outcome is not Outcome.PASSED:
            cause = done[need].cause or f"{need} {_became(done[need])}"
            return Result(
                stage.name,
                stage.code,
                Outcome.UNREACHABLE,
                f"{cause}, which has to come first",
                lacking=done[need].lacking,
                cause=cause,
            )
    begun = time.monotonic()
    marks[stage.name] = len(play.gateway.unanswered)
    # What goes on in the background after one stage shows in the next: an entry's set-up.
    unanswered = min(marks[name] for name in (stage.name, *stage.needs))
    restarts = play.restarts
    mark = verdict.Mark.of(play)
    try:
        async with asyncio.timeout(_SECONDS_FOR_A_STAGE):
            await play.begin()
            found = verdict.Verdict(Outcome.PASSED, await stage.run(play))
    except (
        *(FailedError, UnreachableError, HomeAssistantError),
        *(TimeoutError, aiohttp.ClientError, KeyError),
    ) as error:
        lacking = tuple(dict.fromkeys(play.gateway.unanswered[unanswered:]))
        found = await verdict.of(error, stage, play, mark, lacking)
    seen = found.seen
    if play.restarts > restarts:
        seen += "; Home Assistant was started anew, because the entry could not be unloaded"
    hidden = play.provider.secrets | play.home.secrets

    def shown(text: str) -> str:
        # The folder is another one in each run, and of no use to anyone afterwards.
        return _without(text.replace(f"{play.home.configuration.folder}/", ""), hidden)

    path, line = _place(found, stage, play)
    return Result(
        stage.name,
        stage.code,
        found.outcome,
        shown(seen)[:_LONGEST],  # not before: half a secret would stay
        found.user,
        round(time.monotonic() - begun, 2),
        tuple(map(shown, found.lacking)),
        path=path,
        line=line,
        record=shown("\n".join(found.record.lines())) if found.record else "",
    )


def _place(found: verdict.Verdict, stage: Stage, play: Play) -> tuple[str, int]:
    """Return the file and the line of the integration that a finding points at."""
    if found.outcome is not Outcome.FAILED:
        return "", 1
    if found.place:
        return found.place
    if found.record and (named := found.record.place(play.subject.domain)):
        return named.file, named.line
    if found.record and (written := play.subject.writes(found.record)):
        return written
    return play.subject.find(stage.anchor, stage.file) or (stage.file, 1)


def _became(result: Result) -> str:
    return "failed" if result.outcome is Outcome.FAILED else "was not reached"


def _without(text: str, secrets: set[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "(secret)")
    return text


def main(source: TextIO, target: TextIO) -> int:
    """Read a job, run it, write what comes of it. Return 0, or 2 if Home Assistant did not run."""

    def emit(line: dict[str, Any]) -> None:
        target.write(json.dumps(line) + "\n")
        target.flush()

    async def task() -> None:
        current = asyncio.current_task()
        if current is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, current.cancel)
        await run(json.load(source), emit)

    try:
        asyncio.run(task())
        emit({"end": True})
    except (HomeAssistantError, subjects.SubjectError, vendors.ResponsesError) as error:
        emit({"error": str(error)})
        return 2
    except asyncio.CancelledError:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin, sys.stdout))
