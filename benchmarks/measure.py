"""What all benchmarks share: cold processes, run in turn.

Times differ from machine to machine and from minute to minute; a ratio of two commands that were
run in turn, in one sitting, hardly does. So every benchmark is a command against a base.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
"""Where this environment has `appcred` and `copier`."""


@dataclass(frozen=True)
class Row:
    """One line of the table: seconds of a command and of its base, and what is allowed."""

    what: str
    base: str
    seconds: float
    base_seconds: float
    factor: float = 0.0
    surplus: float = 0.0
    """Seconds allowed on top of `factor` times the base."""
    limit: float | None = None
    """Seconds allowed, whatever the base takes."""

    @property
    def kept(self) -> bool:
        """Say whether the command is within its limit."""
        if self.limit is not None:
            return self.seconds <= self.limit
        return self.seconds <= self.factor * self.base_seconds + self.surplus

    def cells(self) -> list[str]:
        """Return the line as text."""
        plus = f" + {self.surplus * 1000:.0f} ms" if self.surplus else ""
        allowed = f"{self.factor:g} times{plus}" if self.limit is None else f"{self.limit:g} s"
        return [
            self.what,
            f"{self.seconds * 1000:.0f} ms",
            self.base,
            f"{self.base_seconds * 1000:.0f} ms",
            f"{self.seconds / self.base_seconds:.2f}",
            allowed,
            "yes" if self.kept else "**no**",
        ]


def alternate(
    first: Callable[[int], Sequence[str | Path]],
    second: Callable[[int], Sequence[str | Path]],
    runs: int,
    cwd: Path | None = None,
    of: Callable[[Sequence[float]], float] = statistics.median,
    fine: Sequence[int] = (0,),
) -> tuple[float, float]:
    """Return the seconds of two commands, run in turn after one of each to warm the disk.

    A command is given the number of the run, to make what it writes its own. `of` makes one
    number of all runs: the median, or `min` where a few milliseconds count, because whatever a
    run takes beyond the least is the machine's other work. `fine` are the exit codes that mean the
    work was done.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(runs + 1):
        for command, taken in zip((first, second), times, strict=True):
            seconds = timed(command(number), cwd, fine)
            if number:
                taken.append(seconds)
    return of(times[0]), of(times[1])


def timed(
    command: Sequence[str | Path], cwd: Path | None = None, fine: Sequence[int] = (0,)
) -> float:
    """Return the seconds that a command takes. Raises CalledProcessError if it fails."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - start
    if done.returncode not in fine:
        print(done.stderr, file=sys.stderr)
        done.check_returncode()
    return taken
