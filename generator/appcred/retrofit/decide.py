"""What a retrofit does at each step, how well, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import PurePosixPath


class Rung(StrEnum):
    """How well a step could be done."""

    BEST = "best"
    """As one would write it today."""
    KEEP = "keep"
    """The integration's own code stays as it is where it can, and works."""
    TODO = "todo"
    """A person has to decide; a comment says what."""


@dataclass(frozen=True, order=True, slots=True)
class Decision:
    """What was decided for one step."""

    step: str
    rung: Rung
    reason: str
    path: PurePosixPath | None = None
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        data: dict[str, Any] = {
            "step": self.step,
            "rung": str(self.rung),
            "reason": self.reason,
        }
        if self.path is not None:
            data |= {"path": str(self.path), "line": self.line}
        return data

    def __str__(self) -> str:
        where = f" ({self.path}:{self.line})" if self.path is not None else ""
        return f"{self.step}: {self.rung}, {self.reason}{where}"
