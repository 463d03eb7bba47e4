r"""Escaping for names and texts of a tree in a terminal, a log or a summary.

File names, keys and comments of a tree may hold anything. A terminal obeys escape sequences, and a
GitHub runner takes a line that begins with `::`, or holds `##[`, for a command to itself. So a text
becomes one line of characters that can be seen: `\n`, `\x1b` and `\u202e` stand for the rest.
Formats with escapes of their own (JSON, SARIF) need none of this.
"""

from __future__ import annotations

import sys


def printable(text: str) -> str:
    """Return a text with an escape for each character that cannot be seen, on one line."""
    if not text.isprintable():
        text = "".join(each if each.isprintable() else _escape(each) for each in text)
    return text.replace("##[", r"#\x23[")


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python names a byte of a file name that is not UTF-8
        return f"\\x{code - 0xDC00:x}"
    return character.encode("unicode_escape").decode()


def line(text: str) -> str:
    """Return a text as a whole line of output, which no runner takes for a command."""
    shown = printable(text)
    if shown.lstrip().startswith("::"):
        shown = shown.replace(":", r"\x3a", 1)
    return shown


def lines(text: str) -> str:
    """Return a text of several lines with each of them as `line` has it."""
    return "\n".join(line(each) for each in text.split("\n"))


def say(sentence: str) -> None:
    """Tell a person something, on standard error; on a terminal in lines that end at words."""
    text = f"appcred: {printable(sentence)}"
    if sys.stderr.isatty():
        import shutil
        import textwrap

        text = textwrap.fill(
            text,
            shutil.get_terminal_size().columns,
            break_long_words=False,
            break_on_hyphens=False,
            subsequent_indent="  ",
        )
    print(text, file=sys.stderr)
