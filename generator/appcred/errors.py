"""What every floor may raise when the input, not the program, is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath


class UsageError(Exception):
    """It could not do its work: one sentence that names the input and the mend. Exit code 2.

    `place` is the file of a tree that is at fault, relative to its root, and the line.
    """

    def __init__(self, sentence: str, place: tuple[PurePosixPath, int] | None = None) -> None:
        super().__init__(sentence)
        self.place = place
