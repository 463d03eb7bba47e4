"""How deeply Python source is nested, measured on its tokens before anything parses it.

A parser descends for each operator in a row, each member of a chain and each text joined to the one
before it, and so does all that reads what it made. 20,000 of them end the process, not only the
run. So files are measured first, in one pass; source that a person wrote stays below a hundred.
"""

from __future__ import annotations

import re
from typing import Final

DEEPEST: Final = 1200
"""Levels. A sum of as many terms still takes a second."""

BRACKETS: Final = 200
"""Brackets that are open at once; CPython has the same limit."""

FRAMES: Final = 12_000
"""Calls that may be open at once: what reads a tree makes some ten of them for a level."""

_STRING: Final = (
    rb'"""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\(?s:.))*"|\'(?:[^\'\\\n]|\\(?s:.))*\''
)
_TOKEN: Final = (
    rb"#[^\n]*|([bBrRuUfFtT]{0,2})(" + _STRING + rb")|\\\r?\n|\n[ \t]*(?:elif\b)?|[()\[\]{},:;]"
    rb"|\b(?:and|or|not|if|lambda|await|yield|for|in|is)\b|[-+*/%@&|^~<>!.]+|[^\s\w]|\w+"
)
_OPENING: Final = frozenset(b"([{")
_CLOSING: Final = frozenset(b")]}")
_WORDS: Final = frozenset({b"and", b"or", b"not", b"if", b"await", b"yield", b"for", b"in", b"is"})
_OPERATORS: Final = frozenset(b"-+*/%@&|^~<>!.")


_COUNTED: Final = (*_WORDS, b"lambda")
"""The words that are a level each; an `elif` is counted by the `if` in it."""


def is_shallow(content: bytes) -> bool:
    """Whether all that could be nested in the content, were it nested, is no depth.

    Nineteen of twenty files are so short; counting bytes tells it in a tenth of the time that
    going through the tokens takes.
    """
    opening = len(content) - len(content.translate(None, bytes(_OPENING)))
    if opening > BRACKETS:
        return False
    levels = opening + len(content) - len(content.translate(None, bytes(_OPERATORS) + b"\"'"))
    return levels <= DEEPEST and levels + sum(map(content.count, _COUNTED)) <= DEEPEST


def find_deepest(content: bytes, *, inner: bool = False) -> tuple[int, int]:
    """Return how deep the nesting gets, and at which line; it looks no further than `DEEPEST`.

    The depth is infinite, for all purposes, where more than `BRACKETS` are open. With `inner`,
    the content is that of an f-string, of which only what stands in braces counts.
    """
    levels = [0]  # of each open bracket: what stands in a row in it
    lambdas = [0]
    total = deepest = at = 0
    alternatives: dict[int, int] = {}  # by indentation: how many `elif` in a row
    text_before = False
    least = 1 if inner else 0
    for found in re.finditer(_TOKEN, content):
        token = found[0]
        first = token[0]
        was_text, text_before = text_before, False
        if first == 0x23 or first == 0x5C:  # a comment, a joined line
            text_before = was_text
            continue
        if first == 0x0A:
            if len(levels) > 1:
                text_before = was_text
            elif token.endswith(b"elif"):
                column = len(token) - 5
                alternatives[column] = alternatives.get(column, 0) + 1
                total = sum(alternatives.values())
                levels, lambdas = [0], [0]
            else:
                levels, lambdas = [0], [0]
                column = len(token) - 1
                following = content[found.end() : found.end() + 5]
                if following[:1] not in (b"", b"\n", b"\r", b"#") and following[:4] != b"else":
                    for each in [each for each in alternatives if each >= column]:
                        del alternatives[each]
                total = sum(alternatives.values())
        elif found[2] is not None:
            text_before = True
            if was_text:
                levels[-1] += 1
                total += 1
            if found[1].strip(b"bBrRuU"):
                depth, _ = find_deepest(found[2].strip(b"'\""), inner=True)
                if total + depth > deepest:
                    deepest, at = total + depth, found.start()
        elif first in _OPENING:
            levels[-1] += 1
            total += 1
            levels.append(0)
            lambdas.append(0)
            if len(levels) > BRACKETS + 1:
                return 10 * DEEPEST, _line(content, found.start())
        elif first in _CLOSING:
            if len(levels) > 1:
                total -= levels.pop()
                lambdas.pop()
        elif first in b",;":
            total -= levels[-1]
            levels[-1] = lambdas[-1] = 0
        elif first == 0x3A:  # of a lambda, it goes on with what stands in a row
            if lambdas[-1]:
                lambdas[-1] -= 1
            else:
                total -= levels[-1]
                levels[-1] = 0
        elif token == b"lambda":
            lambdas[-1] += 1
            levels[-1] += 1
            total += 1
        elif first in _OPERATORS or token in _WORDS:
            levels[-1] += len(token) if first in b"-+~" else 1
            total += len(token) if first in b"-+~" else 1
        if total > deepest and len(levels) > least:
            deepest, at = total, found.start()
            if deepest > DEEPEST:
                break
    return deepest, _line(content, at)


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1
