"""Why a Python file of an integration cannot be parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from appcred.documents.python import TooDeepError

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from appcred.documents.python import PythonDocument


class Broken(NamedTuple):
    """A Python file that could not be parsed."""

    path: PurePosixPath
    line: int
    column: int
    reason: str


def problem(path: PurePosixPath, document: PythonDocument) -> Broken | None:
    """Return why a file cannot be parsed, None if it can."""
    before, nul, _ = document.content.partition(b"\0")
    if nul:  # refused by every Python, but found by the parser in some places and versions only
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        return Broken(path, line, column, "is not valid Python: it contains a NUL byte")
    try:
        _ = document.module
    except cst.ParserSyntaxError as error:
        raw = (max(error.raw_line, 1), error.raw_column + 1)
        line, column, why = _place(document.content, *raw)
        return Broken(path, line, column, f"is not valid Python{why}")
    except UnicodeDecodeError as error:
        line = document.content.count(b"\n", 0, error.start) + 1
        return Broken(path, line, 1, f"is not {error.encoding.upper()}")
    except (LookupError, SyntaxError):
        return Broken(path, 1, 1, "names an unknown encoding")
    except ValueError as error:
        line, column, why = 1, 1, ""
        if isinstance(error, TooDeepError):  # a bracket that is never closed looks deep as well
            line, column, why = _place(document.content, error.line)
        if why:
            return Broken(path, line, column, f"is not valid Python{why}")
        return Broken(path, line, column, f"cannot be parsed: {error}")
    return None


def _place(content: bytes, line: int, column: int | None = None) -> tuple[int, int, str]:
    """Return where a syntax error is, and behind a colon what it is.

    libcst names the token after it. Python itself is more exact, but may stumble earlier over
    syntax that is newer than it is, so it is believed only where the two nearly agree.
    """
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is not what is looked for
            ast.parse(content)
    except SyntaxError as error:
        if error.lineno is not None and (column is None or abs(error.lineno - line) <= 2):
            return max(error.lineno, 1), max(error.offset or 1, 1), f": {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        pass  # null bytes, or too deep
    return line, column or 1, ""
