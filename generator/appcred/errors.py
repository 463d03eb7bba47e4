"""Errors for faulty input; every floor may raise them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath


class UsageError(Exception):
    """One sentence that names the faulty input and how to correct it. Exit code 2.

    `place` is the file of a tree that is at fault, relative to its root, and the line.
    """

    def __init__(self, sentence: str, place: tuple[PurePosixPath, int] | None = None) -> None:
        super().__init__(sentence)
        self.place = place
