"""One run in a process of its own: a job goes in, results come as they are made."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appcred.errors import UsageError
from appcred.rehearsal import isolation
from appcred.rehearsal.stage import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SECONDS_TO_END: Final = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a run. Nothing in it holds a secret."""

    results: tuple[Result, ...]
    more: dict[str, Any] = field(default_factory=dict)
    """What the process told at its end, as `runner.py` writes it."""


def run(
    job: dict[str, Any],
    prefix: Sequence[str],
    progress: Callable[[Result], None],
    kept: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Ended:
    """Run the stages of a job in a process of their own, and read what it writes.

    Args:
        job: As `runner.py` takes it.
        prefix: The command that puts the process into namespaces; empty: none does.
        progress: Is given what came of each stage as it ends.
        kept: Is given what a person needs where the job keeps Home Assistant running, which then
            runs until that person interrupts the command.

    Raises UsageError if Home Assistant did not run.

    """
    command = [*prefix, sys.executable, "-m", "appcred.rehearsal.runner"]
    folder = Path(job["folder"])
    with (folder / "errors.txt").open("w+b") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            preexec_fn=isolation.end_with_parent,
        )
        try:
            ended = _read(process, job, progress, kept)
            if not job.get("keep"):
                process.wait(_SECONDS_TO_END)
        finally:
            _end(process, gently=not prefix)
        if ended is None:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(
                f"the rehearsal was aborted: {said[-1] if said else 'no reason given'}"
            )
    return ended


def _read(
    process: subprocess.Popen[bytes],
    job: dict[str, Any],
    progress: Callable[[Result], None],
    kept: Callable[[dict[str, Any]], None],
) -> Ended | None:
    if process.stdin is None or process.stdout is None:
        return None
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    results: list[Result] = []
    more: dict[str, Any] = {}
    for line in process.stdout:
        content = json.loads(line)
        if "error" in content:
            raise UsageError(content["error"])
        if "result" in content:
            found = content["result"]
            found["outcome"] = Outcome(found["outcome"])
            found["lacking"] = tuple(found["lacking"])
            results.append(Result(**found))
            progress(results[-1])
        more |= content.get("more", {})
        if "kept" in content:
            kept(content["kept"])
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
            return Ended(tuple(results), more)
        if "end" in content:
            return Ended(tuple(results), more)
    return None


def _end(process: subprocess.Popen[bytes], *, gently: bool) -> None:
    """End the process and all that it started: gently if it has to see to that itself."""
    if gently and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS_TO_END)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
