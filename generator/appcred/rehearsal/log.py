"""Home Assistant's log, as records that can be held against an integration, or not.

A record says who wrote it, how grave it is, and, where an exception was logged, the frames it came
through. Which of these are the integration's own is read from their paths: it was copied to
`custom_components/<domain>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD: Final = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\] ?(?P<message>.*)"
)
_FRAME: Final = re.compile(r'^\s+File "(?P<file>[^"]+)", line (?P<line>\d+)')
_RAISED: Final = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?:: (?P<words>.*))?$")
_AT: Final = re.compile(r"at (?P<file>\S*custom_components/\S+?), line (?P<line>\d+)")
_NOISE: Final = ("Traceback", "The above exception", "During handling")
_REQUIRED: Final = "  Field required [type=missing"
"""How pydantic says of the field in the line above that it is not there."""
GRAVE: Final = ("ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a traceback."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the log."""

    level: str
    logger: str
    message: str
    continuation: tuple[str, ...] = ()
    """The lines below its first one: a traceback, mostly."""

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The frames of its last exception, outermost first."""
        found: list[Frame] = []
        for line in self.continuation:
            if line.startswith("Traceback"):
                found = []
            elif match := _FRAME.match(line):
                found.append(Frame(match["file"], int(match["line"])))
        return tuple(found)

    @property
    def all_frames(self) -> tuple[Frame, ...]:
        """The frames of all its exceptions, those of the causes too."""
        found = map(_FRAME.match, self.continuation)
        return tuple(Frame(match["file"], int(match["line"])) for match in found if match)

    @property
    def raised(self) -> str:
        """Its exceptions, the causes first, without their tracebacks."""
        return ": ".join(match[0] for match in self._exceptions())

    @property
    def exception(self) -> tuple[str, str]:
        """Type and words of its last exception; two empty texts if there is none."""
        found = self._exceptions()
        if not found or not self.all_frames:
            return "", ""
        return found[-1]["type"], found[-1]["words"] or ""

    @property
    def missed(self) -> tuple[str, ...]:
        """The keys that its last exception did not find: a KeyError's own, or a model's."""
        kind, words = self.exception
        if kind == "KeyError":
            return (words.strip("'\""),)
        below = zip(self.continuation, self.continuation[1:], strict=False)
        return tuple(key for key, why in below if why.startswith(_REQUIRED))

    def _exceptions(self) -> list[re.Match[str]]:
        """Return the lines that name its exceptions: of each, the first one below its frames."""
        found = []
        is_named = False
        for line in self.continuation:
            if line.startswith(_NOISE) or _FRAME.match(line):
                is_named = False
            elif not is_named and (match := _RAISED.match(line)):
                found.append(match)
                is_named = True
        return found

    def is_of(self, loggers: Iterable[str]) -> bool:
        """Whether one of some loggers wrote it, or one below them."""
        return any(self.logger == name or self.logger.startswith(f"{name}.") for name in loggers)

    def place(self, domain: str) -> Frame | None:
        """Return the innermost place in an integration that it names, relative to its folder."""
        inner = f"custom_components/{domain}/"
        named = [Frame(match["file"], int(match["line"])) for match in _AT.finditer(self.message)]
        for frame in reversed((*named, *(self.frames or ()))):
            if inner in frame.file:
                return Frame(frame.file.partition(inner)[2], frame.line)
        for frame in reversed(self.all_frames):
            if inner in frame.file:
                return Frame(frame.file.partition(inner)[2], frame.line)
        return None

    def source(self, place: Frame) -> str:
        """Return the line of code that the traceback shows for a place in an integration."""
        for shown, following in zip(self.continuation, self.continuation[1:], strict=False):
            match = _FRAME.match(shown)
            if match and match["file"].endswith(place.file) and int(match["line"]) == place.line:
                return following.strip()
        return ""

    def lines(self) -> tuple[str, ...]:
        """Return it as it stands in the log, without the time and the thread."""
        return (f"{self.level} [{self.logger}] {self.message}", *self.continuation)

    def summary(self) -> str:
        """Return what it says, with what was raised, in one line."""
        text = re.sub(r"^\[\d+\] ", "", self.message)  # another object in each run
        raised = self.raised
        if raised and raised not in text:
            text = f"{text.rstrip(':')}: {raised}"
        return text


def records(text: str) -> list[Record]:
    """Split a log into its records. Lines before the first one are left out."""
    found: list[Record] = []
    head: re.Match[str] | None = None
    rest: list[str] = []

    def close() -> None:
        if head is not None:
            found.append(Record(head["level"], head["logger"], head["message"], tuple(rest)))

    for line in text.splitlines():
        if match := _HEAD.match(line):
            close()
            head, rest = match, []
        else:
            rest.append(line)
    close()
    return found
