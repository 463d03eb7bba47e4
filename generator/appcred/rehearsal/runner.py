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

from appcred import presets
from appcred.rehearsal import recording, verdict
from appcred.rehearsal import subject as subjects
from appcred.rehearsal import vendor as vendors
from appcred.rehearsal.configuration import Transport, configure
from appcred.rehearsal.environment import Environment
from appcred.rehearsal.flows import ending
from appcred.rehearsal.gateway import Gateway
from appcred.rehearsal.homeassistant import HomeAssistant, HomeAssistantError
from appcred.rehearsal.placeholders import YamlSection
from appcred.rehearsal.play import Play
from appcred.rehearsal.provider import Provider
from appcred.rehearsal.recording import Recorder
from appcred.rehearsal.redaction import Filter
from appcred.rehearsal.stage import FailedError, Outcome, Result, Stage, UnreachableError
from appcred.rehearsal.stages import selected
from appcred.rehearsal.texts import words

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
    if job.get("record"):
        vendor = recording.for_recording(vendor, job["token"])
    layer = Path(job["layer"]) if job["layer"] else None
    environment = Environment(Path(job["environment"]), job["homeassistant"], layer)
    folder = Path(job["folder"])
    provider = Provider(vendor.terms)
    stages, asked = selected(job["stages"])
    async with Gateway(provider, vendor) as gateway:
        if job["vendor"]:
            gateway.recognizes = False
            gateway.profile = presets.profiles().get(job["vendor"])
            gateway.adopt()
        authority = folder / "authority.pem"
        gateway.write_authority(authority)
        (folder / "config").mkdir()
        configuration = configure(
            folder / "config", environment, subject.loggers, job.get("token_timeout", TOKEN_TIMEOUT)
        )
        gateway.configuration = configuration
        subjects.install(subject, configuration.folder / "custom_components", environment.package)
        transport = Transport(gateway.tls_port, gateway.plain_port, authority, job["guarded"])
        recorder = None
        if job.get("record"):
            transport.lookups = str(folder / "lookups")
            recorder = Recorder(Path(transport.lookups), job["learnt"])
        async with HomeAssistant(environment, configuration, transport) as home:
            emit({"start": "Home Assistant"})
            await home.start()
            gateway.leave_out()  # the integration was not there yet
            gateway.recorder = recorder
            play = Play(subject, environment, home, provider, gateway, vendor)
            play.section = YamlSection(**job["section"])
            done: dict[str, Result] = {}
            marks: dict[str, verdict.Mark] = {}
            for stage in stages:
                if stage.name in asked:
                    emit({"start": stage.name})
                play.stage = gateway.stage = stage.name
                done[stage.name] = result = await _result(stage, play, done, marks)
                # What a stage needs is reported too where it is the reason.
                failed = result.outcome is not Outcome.PASSED and not result.cause
                if stage.name in asked or failed:
                    emit({"result": asdict(result)})
            if job.get("screenshots"):
                from appcred.rehearsal import screens

                emit({"start": screens.STAGE.name})
                stage = screens.stage(Path(job["screenshots"]), folder, job["browser"])
                play.stage = gateway.stage = stage.name
                emit({"result": asdict(await _result(stage, play, done, marks))})
            emit({"more": _filter(play).data(await _closing_facts(play, recorder))})
            if job.get("keep"):
                emit({"kept": await _access(play)})
                await asyncio.Event().wait()  # until the command is interrupted


async def _closing_facts(play: Play, recorder: Recorder | None) -> dict[str, Any]:
    """Return what there is to tell when all stages have run."""
    log = play.home.log().replace(f"{play.home.configuration.folder}/", "")
    found: dict[str, Any] = {
        "log": log,
        "loggers": play.subject.loggers,
        "requests": play.gateway.noted,
        "shown": await _shown_texts(play),
        "pictures": play.pictures,
        "vendor": play.gateway.profile.name if play.gateway.profile else "",
    }
    if recorder is not None:
        found["learnt"] = recorder.learnt(log)
        found["token"] = recording.missing_in_token(log, play.subject.domain)
        found["accounts"] = {
            "first": asdict(play.vendor.first),
            "second": asdict(play.vendor.second),
        }
    return found


async def _access(play: Play) -> dict[str, Any]:
    """Make ready for a person who clicks through by hand, and return what that person needs."""
    await play.begin()
    play.gateway.visitor = play.vendor.first
    client = play.new_client()
    return {
        "url": play.home.configuration.base,
        "password": play.home.password,
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "tls_port": play.gateway.tls_port,
    }


async def _shown_texts(play: Play) -> list[dict[str, str]]:
    """Return every text that a user was shown in a dialog of a flow, each once."""
    try:
        texts = await play.texts("config")
    except (HomeAssistantError, aiohttp.ClientError):
        return []
    found: dict[str, dict[str, str]] = {}
    for stage, step in play.shown:
        said = words(play.subject.domain, step, texts)
        if said and said not in found:
            found[said] = {"stage": stage, "what": ending(step), "said": said}
    return list(found.values())


def _filter(play: Play) -> Filter:
    return Filter(play.provider.secrets | play.home.secrets)


async def _result(
    stage: Stage, play: Play, done: dict[str, Result], marks: dict[str, verdict.Mark]
) -> Result:
    """Run one stage, and turn however it ends into a result.

    `marks` holds where everything stood when each stage that ran began.
    """
    for need in stage.needs:
        if done[need].outcome is not Outcome.PASSED:
            cause = done[need].cause or f"{need} {_became(done[need])}"
            return Result(
                stage.name,
                stage.code,
                Outcome.UNREACHABLE,
                f"{cause}, which must pass first",
                lacking=done[need].lacking,
                cause=cause,
            )
    begun = time.monotonic()
    marks[stage.name] = mark = verdict.Mark.of(play)
    if stage.continues:
        mark = marks[stage.needs[0]]
    # What goes on in the background after one stage shows in the next: an entry's set-up.
    unanswered = min(marks[name].unanswered for name in (stage.name, *stage.needs))
    restarts = play.restarts
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
        if not isinstance(error, UnreachableError):
            # What was first answered in this stage may be why, in the next one too.
            play.gateway.addresses &= mark.addresses
    seen = found.seen
    if play.restarts > restarts:
        seen += "; Home Assistant was restarted, because the entry could not be unloaded"
    if found.outcome is not Outcome.PASSED and (profile := play.gateway.profile):
        explained = profile.explains(stage.name)
        seen += f"; {explained}" if explained else ""
    secrets = _filter(play)

    def shown(text: str) -> str:
        # The folder is another one in each run, and of no use to anyone afterwards.
        return secrets.text(text.replace(f"{play.home.configuration.folder}/", ""))

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
    if found.record and (
        written := play.subject.raises(found.record) or play.subject.writes(found.record)
    ):
        return written
    return play.subject.find(stage.anchor, stage.file) or (stage.file, 1)


def _became(result: Result) -> str:
    return "failed" if result.outcome is Outcome.FAILED else "was not reached"


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
