"""The process in which everything runs, in namespaces of its own where the system permits them.

It is started by `verb.py`: it reads its job from standard input, and writes one line of JSON for
each stage to standard output.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import aiohttp

from appcred.rehearsal import subject as subjects
from appcred.rehearsal import vendor as vendors
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
# The loggers whose errors can be about the integration; others have troubles of their own here.
_TELLING: Final = (
    r"\[(custom_components\.{domain}|homeassistant\.(config|config_entries|helpers|loader)|"
    r"homeassistant\.setup\].*{domain}|homeassistant\.components\.(application_credentials|diagnostics|websocket_api)|"
    r"aiohttp\.server)\b"
)
_SECONDS_FOR_A_STAGE: Final = 240
_LONGEST: Final = 1000
"""Characters of what is said of a stage."""
_LOG_PATIENCE: Final = 20
"""Tenths of a second."""


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
    answered = min(marks[name] for name in (stage.name, *stage.needs))
    logged = len(play.home.log())
    outcome, seen, user = Outcome.PASSED, "", ""
    try:
        async with asyncio.timeout(_SECONDS_FOR_A_STAGE):
            seen = await stage.run(play)
    except UnreachableError as error:
        outcome, seen = Outcome.UNREACHABLE, str(error)
    except FailedError as error:
        outcome, seen, user = Outcome.FAILED, error.seen, error.user or stage.user
        seen += await _logged(play, logged)
    except TimeoutError:
        outcome, user = Outcome.FAILED, stage.user
        seen = f"no end within {_SECONDS_FOR_A_STAGE} seconds"
        seen += await _logged(play, logged)
    except (HomeAssistantError, aiohttp.ClientError, KeyError) as error:
        outcome, user = Outcome.FAILED, stage.user
        seen = (str(error) or type(error).__name__) + await _logged(play, logged)
    lacking = tuple(dict.fromkeys(play.gateway.unanswered[answered:]))
    if outcome is Outcome.FAILED and lacking:
        # Not the integration's fault: it was told that its vendor is not there.
        outcome, user = Outcome.UNREACHABLE, ""
        seen = f"needs a response for {', '.join(lacking)} ({seen})"
    hidden = play.provider.secrets | play.home.secrets
    # Another one in each run, and of no use to anyone afterwards.
    seen = seen.replace(f"{play.home.configuration.folder}/", "")
    return Result(
        stage.name,
        stage.code,
        outcome,
        _without(seen, hidden)[:_LONGEST],  # not before: half a secret would stay
        user,
        round(time.monotonic() - begun, 2),
        tuple(_without(each, hidden) for each in lacking) if outcome is Outcome.UNREACHABLE else (),
    )


def _became(result: Result) -> str:
    return "failed" if result.outcome is Outcome.FAILED else "was not reached"


async def _logged(play: Play, since: int) -> str:
    """Return the last error that was logged during a stage, for the report.

    Home Assistant writes its log in a thread of its own, so an answer can be here before it.
    """
    for _ in range(_LOG_PATIENCE):
        if said := _last_logged(play, since):
            return said
        await asyncio.sleep(0.1)
    return ""


def _last_logged(play: Play, since: int) -> str:
    lines = play.home.log()[since:].splitlines()
    telling = _TELLING.format(domain=re.escape(play.subject.domain))
    errors = [
        place for place, line in enumerate(lines) if " ERROR (" in line and re.search(telling, line)
    ]
    if not errors:
        return ""
    said = lines[errors[-1]].partition("] ")[2]
    said = re.sub(r"^\[\d+\] ", "", said)  # which object it was is another one each time
    # A flow that cannot be imported: what was raised stands with the error before.
    raised = _raised(lines, errors[-1]) or (_raised(lines, errors[-2]) if errors[1:] else "")
    if raised and raised not in said:
        said = f"{said.rstrip(':')}: {raised}"
    return f"; Home Assistant logged: {said}"


def _raised(lines: list[str], error: int) -> str:
    """Return the exceptions below the line of an error, without their tracebacks."""
    found = []
    for line in lines[error + 1 :]:
        if " (MainThread) [" in line or " (SyncWorker" in line:
            break
        if line and not line.startswith((" ", "Traceback", "The above", "During")):
            found.append(line)
    return ": ".join(found)


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
