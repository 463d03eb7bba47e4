"""`appcred rehearse` of one integration, all stages, against what Home Assistant alone takes.

The base starts and stops the same Home Assistant as often as a rehearsal does. The environment is
made before anything is measured.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from measure import ROOT, SCRIPTS, Row, timed

if TYPE_CHECKING:
    from collections.abc import Sequence

sys.path.insert(0, str(ROOT / "tests"))

RELEASE = "2026.10.4"
STARTS = 4
RESTARTING = ("restart", "provider-down", "credential-gone")
WAITING = "token-timeout"

REQUIREMENTS = ("spotifyaio==1.0.0",)
PREPARE = """
import sys
from appcred.rehearsal.environment import prepare
prepare(sys.argv[1], (), sys.argv[2:])
"""
BASE = """
import asyncio, ssl, sys
from pathlib import Path
from appcred.rehearsal.environment import prepare
from appcred.rehearsal.homeassistant import HomeAssistant, Transport, configure

async def main():
    environment = prepare(sys.argv[1])
    configuration = configure(Path(sys.argv[2]), environment, (), 30)
    transport = Transport(9, 9, Path(ssl.get_default_verify_paths().cafile), guarded=True)
    async with HomeAssistant(environment, configuration, transport) as home:
        for _ in range(int(sys.argv[3])):
            await home.start()
            await home.stop()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Run:
    """What one command took: seconds on the clock, and of work for it and all it started."""

    seconds: float
    cpu: float
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """The quickest run of each, and how many processes wanted to run before they began."""

    ours: Run
    base: Run
    load: float


_last: list[Measured] = []


def rows(runs: int) -> list[Row]:
    """Measure. A run takes as long as hundreds of the others', so there are few."""
    from appcred.rehearsal.environment import prepare
    from lab.trees import template
    from rehearsal.support import scaffold

    prepare(RELEASE, say=lambda line: print(line, file=sys.stderr))
    ours, base = [], []
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "source").mkdir()
        subject = scaffold(template(work / "source"), work, domain="measured")
        report = work / "report.json"
        rehearse = ["rehearse", subject.folder, "--ha", RELEASE, "--responses", subject.responses]
        for number in range(1 + max(1, runs // 3)):
            (work / f"{number}").mkdir()
            run = [sys.executable, "-c", BASE, RELEASE, work / f"{number}", str(STARTS)]
            base.append(_run(run))
            run = _into(report, SCRIPTS / "appcred", *rehearse, "--format", "json")
            ours.append(_run(run, report))
    # The first of each warmed the disk; what a run took beyond the least was the machine's.
    _last[:] = [Measured(_quickest(ours[1:]), _quickest(base[1:]), load)]
    what = "`appcred rehearse` of one integration, all stages"
    alone = f"{STARTS} starts and stops of its Home Assistant"
    return [Row(what, alone, _last[0].ours.seconds, _last[0].base.seconds, limit=60), _layer()]


def _layer() -> Row:
    """Measure the environment of a second integration, whose packages uv has in its cache."""
    from appcred.rehearsal.environment import prepare

    layer = prepare(RELEASE, (), REQUIREMENTS).layer
    if layer is None:
        raise RuntimeError(f"{REQUIREMENTS} is in Home Assistant {RELEASE}")
    command = [sys.executable, "-c", PREPARE, RELEASE, *REQUIREMENTS]
    there = timed(command)
    shutil.rmtree(layer)
    made = timed(command)
    size = sum(path.stat().st_size for path in layer.rglob("*") if path.is_file())
    what = f"the environment of a second integration ({size / 1_000_000:.1f} MB)"
    return Row(what, "the same when it is there", made, there, limit=20)


def _into(report: Path, *command: str | Path) -> list[str | Path]:
    return ["sh", "-c", 'out="$0"; exec "$@" >"$out"', report, *command]


def _run(command: Sequence[str | Path], report: Path | None = None) -> Run:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = timed(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if report is None:
        return Run(seconds, cpu)
    (one,) = json.loads(report.read_text(encoding="utf-8"))["integrations"]
    return Run(seconds, cpu, {stage["name"]: stage["seconds"] for stage in one["stages"]})


def _quickest(runs: Sequence[Run]) -> Run:
    return min(runs, key=lambda run: run.seconds)


def notes() -> str:
    """Say where the time of a rehearsal goes."""
    (last,) = _last
    stages = last.ours.stages
    others = {name: stages[name] for name in stages if name not in (*RESTARTING, WAITING)}
    longest = sorted(others, key=lambda name: -others[name])[:4]
    parts = [
        (
            "before the first stage and after the last: Python, Home Assistant's first start",
            last.ours.seconds - sum(stages.values()),
        ),
        *(
            (f"`{name}`: Home Assistant is stopped and started", stages[name])
            for name in RESTARTING
        ),
        (f"`{WAITING}`: an answer that never comes is waited for", stages[WAITING]),
        *((f"`{name}`", others.pop(name)) for name in longest),
        (f"the {len(others)} other stages", sum(others.values())),
    ]
    lines = [
        f"Where the time of a rehearsal goes (Home Assistant {RELEASE}):",
        "",
        "| Part | Takes |",
        "| --- | --- |",
        *(f"| {part} | {seconds:.2f} s |" for part, seconds in parts),
        "",
    ]
    worked = (
        f"Processors worked {last.ours.cpu:.1f} s of it, and {last.base.cpu:.1f} s of its base, "
        f"the quickest run of each; the machine's load was {last.load:.1f} when they began."
    )
    return "\n".join([*lines, worked])
