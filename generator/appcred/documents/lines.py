"""Where a line of a changed file stood before."""

from __future__ import annotations

import difflib


def line_before(then: bytes, now: bytes, line: int) -> int:
    """Return the line of a file as it was `then` that a line of it as it is `now` stands for.

    One that is new stands for where it came in. Both count from 1.
    """
    old_lines, new_lines = then.splitlines(), now.splitlines()
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    at = line - 1
    for _, old, old_end, new, new_end in matcher.get_opcodes():
        if new <= at < new_end:
            return old + min(at - new, max(old_end - old - 1, 0)) + 1
    return line
