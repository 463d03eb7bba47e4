"""What a stage is, how one can end, and what is reported of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from appcred.stage_texts import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from appcred.rehearsal.log import Record
    from appcred.rehearsal.play import Play


class Outcome(StrEnum):
    """How a stage ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


class FailedError(Exception):
    """A stage failed."""

    def __init__(
        self,
        seen: str,
        user: str = "",
        *,
        certain: bool = False,
        doubt: str = "",
        answers_fit: bool = False,
        record: Record | None = None,
        place: tuple[str, int] | None = None,
    ) -> None:
        """Take what was seen.

        Args:
            seen: In words.
            user: What a user saw, where it is not what the stage itself says.
            certain: Whether it is against the integration whatever the vendor answered: a token
                in a log. Otherwise a response that was missing explains it.
            doubt: What else can be the cause, and what to do then. With it the stage has failed
                only if the log names a place in the integration's code.
            answers_fit: Whether the code went well with the same answers before, so that it is not
                them that it cannot use.
            record: The record of Home Assistant's log that shows it.
            place: File and line of the integration, where they are known without the log.

        """
        super().__init__(seen)
        self.seen = seen
        self.user = user
        self.certain = certain
        self.doubt = doubt
        self.answers_fit = answers_fit
        self.place = place
        self.record = record


class UnreachableError(Exception):
    """A stage cannot be reached with this integration; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of an integration's life; its code and words are in `appcred.stage_texts`.

    `run` returns what was seen, raises FailedError or UnreachableError, or lets an error of Home
    Assistant through, which is a failure too.
    """

    name: str
    run: Callable[[Play], Awaitable[str]]
    needs: tuple[str, ...] = ()
    """Stages without which this one cannot be reached."""
    file: str = "__init__.py"
    """The file of the integration in which the fault most likely is."""
    anchor: str = r"def async_setup_entry\b"
    """A pattern of the line there that a finding points at, if the log names no other."""
    continues: bool = False
    """Whether it looks at what the stage that it needs began, and so at the log since then."""

    @property
    def code(self) -> str:
        """The code of its finding."""
        return BY_NAME[self.name].code

    @property
    def user(self) -> str:
        """What a user sees if it fails."""
        return BY_NAME[self.name].user


@dataclass(frozen=True, slots=True)
class Result:
    """How one stage ended with one integration."""

    name: str
    code: str
    outcome: Outcome
    seen: str
    user: str = ""
    seconds: float = 0.0
    lacking: tuple[str, ...] = ()
    """Responses that were missing: the reason why it was not reached."""
    cause: str = ""
    """What came of the stage that had to come first, if that is why it was not reached."""
    path: str = ""
    """The file of the integration, relative to its folder, that the log names; empty: none."""
    line: int = 1
    record: str = ""
    """The record of Home Assistant's log that shows it."""
