"""Which lines of a file are changed, and where one stood before."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def replaced_lines(then: bytes, now: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield what makes the one file of the other: first and last line, both from 1, and the text.

    Where lines are only put in, the last is the one before the first.
    """
    import difflib  # only a fix asks for it

    old_lines, new_lines = then.splitlines(keepends=True), now.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield old + 1, old_end, b"".join(new_lines[new:new_end]).decode("utf-8", "replace")


def line_before(then: bytes, now: bytes, line: int) -> int:
    """Return the line of a file as it was `then` that a line of it as it is `now` stands for.

    One that is new stands for where it came in. Both count from 1.
    """
    import difflib

    old_lines, new_lines = then.splitlines(), now.splitlines()
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    at = line - 1
    for _, old, old_end, new, new_end in matcher.get_opcodes():
        if new <= at < new_end:
            return old + min(at - new, max(old_end - old - 1, 0)) + 1
    return line
