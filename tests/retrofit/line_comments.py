"""Comments of a test's own at every line of a tree, to see which of them an edit loses."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appcred.integration import Integration

SIDES = ("above", "behind")


def with_comments(path: Path, content: bytes) -> bytes:
    """Return a Python file with a comment above and behind each of its lines."""
    text = "\n".join(_lines_with_comments(path, content.decode("utf-8-sig")))
    if b"\r\n" in content:
        text = text.replace("\n", "\r\n")
    bom = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return bom + text.encode()


def _lines_with_comments(path: Path, text: str) -> Iterator[str]:
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    open_ends = {i for i, line in enumerate(lines, 1) if line.endswith("\\")}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            open_ends |= set(range(token.start[0], token.end[0]))
    for number, line in enumerate(lines, 1):
        code = line.strip()
        if code and not code.startswith("#"):
            indent = line[: len(line) - len(line.lstrip())]
            if number - 1 not in open_ends:
                yield f"{indent}# above {path} {number}"
            if number not in open_ends and "#" not in line:
                line += f"  # behind {path} {number}"
        yield line


def comments_in(content: bytes) -> list[str]:
    """Return the comments that `with_comments` wrote and that are in a file."""
    return re.findall(r"# ((?:above|behind) \S+ \d+)", content.decode())


def unmoved(before: Integration, after: Integration) -> dict[str, str]:
    """Return the comments at lines that are in the same file afterwards, with these lines.

    Lines of one name, such as arguments, and lines that stand there more than once are left out:
    which of them is which cannot be told.
    """
    found = {}
    for path in before.files.keys() & after.files.keys():
        if path.suffix == ".py":
            old, new = (_lines(each.files[path].content) for each in (before, after))
            times = Counter(line.strip() for line in old)
            matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
            for start, _, size in matcher.get_matching_blocks():
                for number, line in enumerate(old[start : start + size], start + 1):
                    if times[line.strip()] == 1 and not re.fullmatch(r"[\w.]+,", line.strip()):
                        found |= {f"{side} {path} {number}": line for side in SIDES}
    return found


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
