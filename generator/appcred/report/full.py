"""For a person at a terminal: each finding with its line of code, what to do, and its page.

The line is read from the file once more, and as little of it as there is. Client secrets that the
source shows are left out of it.
"""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from appcred import stage_texts
from appcred.finding import COLORS
from appcred.printing import line, printable
from appcred.report.text import change_lines, closing, grouped, is_fixable
from appcred.resources import rule_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path, PurePosixPath

    from appcred.report.model import Judged, Report
    from appcred.report.text import Group

_LIMIT: Final = 1_000_000
"""Bytes of a file; a longer one was not checked either."""
_AROUND: Final = 2
"""Lines that are shown before the one of the finding."""
_TOKEN: Final = re.compile(r"""[\w.]+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|.""")
_SHOWN: Final = 12
"""Further places of a finding that are named."""

_BOLD: Final = "1"
_FRAME: Final = "1;34"


def render(report: Report) -> str:
    """Return a paragraph for each finding, and the summary."""
    painter = _Painter(color=report.color, width=max(report.width, 40))
    found: list[str] = []
    for one in report.integrations:
        sources: dict[PurePosixPath, list[str]] = {}
        for group in () if report.statistics else grouped(report, one):
            found += [*painter.finding(report, one, group, sources), ""]
        found += [line(each) for each in change_lines(one)]
    found += map(line, closing(report))
    return "".join(f"{each}\n" for each in found)


class _Painter:
    """Puts findings on lines of a width, with colours or without."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.color, self.width = color, width

    def paint(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self.color and text else text

    def finding(
        self,
        report: Report,
        one: Judged,
        group: Group,
        sources: dict[PurePosixPath, list[str]],
    ) -> Iterator[str]:
        finding = group.first
        problem, _, todo = finding.message.partition("; ")
        mark = "[*] " if is_fixable(report, finding) else ""
        head = f"{finding.code} {finding.severity} {mark}"
        yield from self._wrapped(head, COLORS[finding.severity], problem, bold=True)
        if finding.path not in sources:
            sources[finding.path] = _lines(one, finding.path)
        lines = sources[finding.path]
        number = min(finding.line, len(lines))
        margin = len(str(finding.line))
        bar = self.paint("|", _FRAME)
        place = f"{one.display_path(finding.path)}:{finding.line}:{finding.column}"
        yield f"{' ' * margin}{self.paint('-->', _FRAME)} {printable(place)}"
        if number == finding.line and lines:
            yield f"{' ' * margin} {bar}"
            first = max(number - _AROUND, 1)
            left, cut = self._window(lines[number - 1], finding.column, margin)
            for at in range(first, number + 1):
                text = _cut(printable(lines[at - 1].replace("\t", " ")), left, cut)
                yield f"{at:>{margin}} {bar} {text}".rstrip()
            caret = self._caret(lines[number - 1], finding.column)
            blank = " " * (finding.column - 1 - left)
            room = max(cut - len(blank), 1)
            under = self.paint("^" * min(caret, room), COLORS[finding.severity])
            yield f"{' ' * margin} {bar} {blank}{under}"
            yield f"{' ' * margin} {bar}"
        if todo:
            yield from self._wrapped("help: ", _BOLD, todo)
        if group.more:
            yield from self._wrapped("also: ", _BOLD, _elsewhere(group))
        page = stage_texts.PAGE if finding.code in stage_texts.BY_CODE else rule_page(finding.code)
        yield f"page: {page}"

    def _window(self, line: str, column: int, margin: int) -> tuple[int, int]:
        """Return where to cut a line on its left, and how much of it there is room for."""
        room = self.width - margin - 3
        return (0, room) if column < room - 8 or len(line) <= room else (column - room // 2, room)

    @staticmethod
    def _caret(line: str, column: int) -> int:
        found = _TOKEN.match(line, column - 1)
        return len(found[0]) if found is not None else 1

    def _wrapped(self, head: str, color: str, text: str, *, bold: bool = False) -> Iterator[str]:
        indent = " " * (min(len(head), 6))
        lines = wrap(
            printable(text),
            self.width,
            initial_indent=head,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [head.rstrip()]
        first = lines[0].removeprefix(head)
        yield self.paint(head.rstrip(), color) + " " + (self.paint(first, _BOLD) if bold else first)
        yield from (self.paint(each, _BOLD) if bold else each for each in lines[1:])


def _cut(text: str, left: int, room: int) -> str:
    """Return a part of a line, with dots where more of it follows."""
    end = "..." if len(text) > left + room else ""
    start = "..." if left and text[left:] else ""
    return start + text[left + len(start) : left + room - len(end)] + end


def _elsewhere(group: Group) -> str:
    numbers = [str(finding.line) for finding in group.more[:_SHOWN]]
    more = f" and {len(group.more) - _SHOWN} more" if len(group.more) > _SHOWN else ""
    return f"line{'s' if len(group.more) > 1 else ''} {', '.join(numbers)}{more}"


def _lines(one: Judged, path: PurePosixPath) -> list[str]:
    """Return the lines of a file without the secrets in it; none if it cannot be read."""
    whole: Path = one.path(path)
    if one.secrets is None:  # nobody looked for them, so that a line may be one
        return []
    try:
        if whole.stat().st_size > _LIMIT:
            return []
        text = whole.read_bytes().decode("utf-8-sig", "backslashreplace")
    except OSError:
        return []
    for secret in one.secrets or ():
        text = text.replace(secret, "*" * len(secret))
    return text.splitlines()
