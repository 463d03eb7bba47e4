"""Findings of rules, and manual work."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pathlib import PurePosixPath


_LINE: Final = re.compile(r"(?<=\.py):\d+")


class Severity(StrEnum):
    """How much a finding matters; only errors decide the exit code."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


COLORS: Final = {Severity.ERROR: "1;31", Severity.WARNING: "1;35", Severity.INFO: "1"}
"""The colours of a terminal: red and magenta, as GCC's; yellow and cyan fade on a light ground."""


class FixKind(StrEnum):
    """What a fix may change: ruff's meaning of safe and unsafe, and the retrofit's own."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    MIGRATION = "migration"


class Finding(NamedTuple):
    """One thing that is wrong at one place. `path` is relative to the integration's root."""

    path: PurePosixPath
    line: int
    column: int
    code: str
    name: str
    message: str
    severity: Severity
    fix: FixKind | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when lines move: its code, its file and its message.

        A message may name another place, `at const.py:12`; there the line is left out.
        """
        return (self.code, str(self.path), _LINE.sub("", self.message))


class ManualWork(NamedTuple):
    """A manual step: where, why, and what to do."""

    path: PurePosixPath
    line: int
    reason: str
    todo: str
    beside: tuple[ManualWork, ...] = ()
    """What else was found to stop the same fix, so that nobody has to run it once for each."""

    @property
    def each(self) -> tuple[ManualWork, ...]:
        """This work and the work beside it, one by one."""
        return (self._replace(beside=()), *self.beside)
