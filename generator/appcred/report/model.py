"""The results of verbs about integrations, in one shape for all formats."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from appcred.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from appcred.finding import Finding, ManualWork, Severity
    from appcred.integration import Integration
    from appcred.loading import Place
    from appcred.target import Range


class Edit(NamedTuple):
    """Lines of a file that a fix replaces, both included; `last` before `first` inserts."""

    path: PurePosixPath
    first: int
    last: int
    text: str


class Judged(NamedTuple):
    """One integration and what a verb found in it or did to it.

    Paths of findings, changes and manual work are relative to `root`.
    """

    root: Path
    folder: PurePosixPath
    domain: str
    layout: str
    target: str | None = None
    """The floor it was judged at."""
    applicable: bool = True
    findings: tuple[Finding, ...] = ()
    changes: tuple[tuple[PurePosixPath, str], ...] = ()
    """A path, and `create`, `modify` or `delete`."""
    manual: tuple[ManualWork, ...] = ()
    facts: Mapping[str, Any] | None = None
    stages: tuple[Mapping[str, str | float], ...] | None = None
    error: str | None = None
    """Why it could not be judged, as one sentence."""
    crashed: bool = False
    """Whether that is a defect of appcred."""
    notes: tuple[str, ...] = ()
    """Sentences for the person at the terminal; no format carries them."""
    codes: tuple[str, ...] = ()
    """The codes of the rules that it was judged by."""
    unsafe: int = 0
    """The number of unsafe fixes that were not enabled."""
    fixed: int = 0
    """The number of findings that were fixed."""
    secrets: tuple[str, ...] | None = None
    """The client secrets that its source shows, the longest first; None: not looked for."""
    edits: Mapping[Finding, tuple[Edit, ...]] = {}  # a MappingProxyType cannot be pickled
    """What each safe fix would change, where a format shows that."""
    place: tuple[PurePosixPath, int] | None = None
    """With `error`: the file that is at fault, and the line."""

    @classmethod
    def at(cls, place: Place) -> Judged:
        """Return the facts about an integration before it is read."""
        return cls(place.root, place.folder, place.name, str(place.layout))

    @classmethod
    def of(cls, integration: Integration, judged_over: Range) -> Judged:
        """Return the facts about an integration and its releases."""
        return cls(
            integration.root,
            integration.folder,
            integration.domain,
            str(integration.layout),
            str(judged_over.span.floor),
            notes=() if judged_over.note is None else (judged_over.note,),
        )

    def failed(self, error: Exception, done: str) -> Judged:
        """Return it with the reason why a verb failed; `done` says what the verb does.

        With APPCRED_TRACEBACK set, an error that is a defect of appcred is raised instead.
        """
        if isinstance(error, UsageError):
            return self._replace(error=str(error), place=error.place)
        if isinstance(error, RecursionError):
            sentence = f"{self.path()} is nested too deeply and was not {done}; simplify it"
            return self._replace(error=sentence)
        if os.environ.get("APPCRED_TRACEBACK"):
            raise error
        sentence = (
            f"{self.path()}: internal error, a defect of appcred: {type(error).__name__}. "
            "Please report it"
        )
        return self._replace(error=sentence, crashed=True)

    def path(self, path: PurePosixPath | None = None) -> Path:
        """Return a path, or that of its folder, as an absolute one."""
        return self.root / (self.folder if path is None else path)

    def display_path(self, path: PurePosixPath | None = None) -> str:
        """Return a path, or that of its folder, as it is reported: below the working folder."""
        return display_path(self.path(path))


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run."""

    integrations: tuple[Judged, ...]
    target: str = "auto"
    unsafe_too: bool = False
    """Whether unsafe fixes were asked for."""
    baselined: int = 0
    """Findings that are not reported because a baseline has them."""
    grouped: bool = True
    """Whether findings that differ in their place alone are one."""
    statistics: bool = False
    """Whether a table of rules replaces the findings."""
    color: bool = False
    width: int = 80
    """Of the terminal."""
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Facts about a whole run: with rehearse, what ran and how it was isolated."""

    def count(self, severity: Severity) -> int:
        """Count the findings of a severity."""
        return sum(f.severity is severity for one in self.integrations for f in one.findings)

    @property
    def failed(self) -> int:
        """How many integrations could not be judged."""
        return sum(one.error is not None for one in self.integrations)

    @property
    def base(self) -> Path:
        """The folder that paths in a report for a repository are relative to.

        That is the one repository that everything lies in; where there is none, the working
        folder, or the tree's root if that lies elsewhere.
        """
        bases = {_repository(one.root) for one in self.integrations}
        return bases.pop() if len(bases) == 1 else _working_folder()

    @property
    def floor(self) -> str:
        """The floor of all of them if it is the same, else what was asked for."""
        floors = {one.target for one in self.integrations if one.target is not None}
        return floors.pop() if len(floors) == 1 else self.target


def _working_folder() -> Path:
    return _real(os.getcwd())  # noqa: PTH109 - a text that a cache can have


@lru_cache(maxsize=1)
def _real(folder: str) -> Path:
    return Path(os.path.realpath(folder))


def _repository(root: Path) -> Path:
    found = (folder for folder in (root, *root.parents) if (folder / ".git").exists())
    here = _working_folder()
    return next(found, here if root.is_relative_to(here) else root)


def display_path(path: Path, base: Path | None = None) -> str:
    """Return a path with `/`, relative to a folder, the working one, if it lies below it."""
    # As text: a run over all of core shows thousands, and Path.relative_to costs ten times that.
    whole, above = path.as_posix(), (_working_folder() if base is None else base).as_posix()
    if whole == above:
        return "."
    return whole.removeprefix(above if above.endswith("/") else f"{above}/")


def plural(count: int, noun: str) -> str:
    """Return `1 error`, `2 errors`, `no errors`."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
