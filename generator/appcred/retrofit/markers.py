"""`# TODO(appcred): …` above each place that a retrofit must leave to a person."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.imports import WIDTH
from appcred.documents.lines import line_before
from appcred.documents.walk import walk
from appcred.printing import line as on_one_line
from appcred.rules.apc005_marker_left import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from appcred.documents.python import PythonDocument
    from appcred.finding import ManualWork
    from appcred.integration import Integration

_NARROWEST: Final = 40
_WITH_COMMENTS: Final = (
    cst.SimpleStatementLine,
    cst.BaseCompoundStatement,
    *(cst.Else, cst.ExceptHandler, cst.ExceptStarHandler, cst.Finally, cst.MatchCase),
)
_DECLARED: Final = re.compile(rb"^#(?:!|.*?coding[:=])")
"""A comment that has to stay in the first two lines."""


class Place(NamedTuple):
    """The line that a statement begins in, and how many comments stand directly above it."""

    line: int
    comments: int


def with_markers(
    before: Integration, after: Integration, works: Iterable[ManualWork]
) -> Integration:
    """Return an integration with a comment above the statement of each manual work.

    The lines of the works are those of `before`. A comment that is there already is not written
    again. What is no Python, or cannot be parsed, gets none.
    """
    wanted: dict[tuple[PurePosixPath, Place], list[str]] = {}
    for work in dict.fromkeys(each for several in works for each in several.each):
        old, new = before.files.get(work.path), after.files.get(work.path)
        if work.path.suffix != ".py" or old is None or new is None:
            continue
        line = work.line
        if new.content != old.content:
            line = line_before(new.content, old.content, line)
        texts = wanted.setdefault((work.path, _place(new.python, line)), [])
        text = on_one_line(f"{work.reason}; {work.todo}")
        if text not in texts:
            texts.append(text)
    # From the last line up, so that those above keep their numbers.
    for (path, place), texts in sorted(wanted.items(), key=lambda item: -item[0][1].line):
        file = after.files[path]
        encoding = file.python.module.encoding.removesuffix("-sig")
        content = _marked(file.content, place, texts, encoding)
        if content != file.content:
            after = after.with_file(path, content)
    return after


def _place(document: PythonDocument, line: int) -> Place:
    """Return where the statement begins, or the clause of one, that a line is part of."""
    module = document.module
    found = Place(1, 0) if module.body else Place(len(module.header) + 1, len(module.header))
    for node in walk(module):
        if not isinstance(node, _WITH_COMMENTS):
            continue
        decorated = getattr(node, "decorators", ())
        start = document.position(decorated[0] if decorated else node).line
        if found.line <= start <= line:
            above: list[cst.EmptyLine] = list(node.leading_lines)
            if node is module.body[0]:
                above = [*module.header, *above]
            blank = (i for i, each in enumerate(reversed(above)) if each.comment is None)
            found = Place(start, next(blank, len(above)))
    return found


def _marked(content: bytes, place: Place, texts: list[str], encoding: str) -> bytes:
    bom = content[:3] if content.startswith(b"\xef\xbb\xbf") else b""
    lines = content[len(bom) :].splitlines(keepends=True)
    at = place.line - 1
    # Above the comments that stand there: one of them may be about the next line alone.
    first = at - place.comments
    while first < min(at, 2) and _DECLARED.match(lines[first]):
        first += 1
    indent = re.sub(rb"[^ \t].*", b"", b"".join(lines[at : at + 1]).rstrip(), flags=re.DOTALL)
    there = _plain(b"".join(lines[first:at]))
    end = b"\r\n" if b"\r\n" in content else b"\n"
    new = []
    for text in texts:
        wrapped = _comment(text, len(indent.expandtabs(4))).encode(encoding, "backslashreplace")
        if _plain(wrapped) not in there:
            new += [indent + each + end for each in wrapped.split(b"\n")]
    return bom + b"".join([*lines[:first], *new, *lines[first:]])


def _comment(text: str, indent: int) -> str:
    return "\n".join(
        textwrap.wrap(
            f"# {MARKER}: {text}",
            max(WIDTH - indent, _NARROWEST),
            subsequent_indent="#   ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _plain(comment: bytes) -> bytes:
    """Return the words of a comment; the numbers of lines in it move with what is written."""
    return re.sub(rb":\d+", b":", b" ".join(re.sub(rb"(?m)^\s*#", b" ", comment).split()))
