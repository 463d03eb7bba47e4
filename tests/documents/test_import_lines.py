"""Imports of several names or statements on a line: what goes, and the comments of what stays."""

from __future__ import annotations

import ast
import itertools
import re

import libcst as cst
import pytest

from appcred.documents.imports import Import, add_imports
from appcred.documents.unused import drop_imports


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import a; import b\n", "import b\n"),
        ("import b; import a  # both\n", "import b  # both\n"),
        ("import b; import a;\n", "import b;\n"),
        ("from x import a; y = 1\n", "y = 1\n"),
        ("import a; from x import a\nz = 1\n", "z = 1\n"),
        ("import b; from x import *\n", "import b; from x import *\n"),
        ("from x import a, b; import c\n", "from x import b; import c\n"),
        ("import c; from x import b, a;\n", "import c; from x import b;\n"),
        (
            "def f():\n    import b; import a\n    return b\n",
            "def f():\n    import b\n    return b\n",
        ),
    ],
)
def test_only_what_is_dropped_is_removed(before: str, after: str) -> None:
    assert drop_imports(cst.parse_module(before), {"a"}).code == after


# --- comments at the names of a list -------------------------------------------------------------

NAMES = ("b", "d", "f")


def written(style: str, notes: set[tuple[str, str]]) -> str:
    """Return an import of NAMES in some style, with comments above and behind some of them."""

    def note(kind: str, name: str, before: str) -> str:
        return f"{before}# {kind} {name}" if (kind, name) in notes else ""

    opening = "from m import (" + note("first", "line", "  ")
    ending = ")" + note("last", "line", "  ") + "\n"
    if style == "on one line":
        return f"{opening.partition('#')[0].rstrip()}{', '.join(NAMES)}{ending}"
    rows = [NAMES[:2], NAMES[2:]] if style == "two on a line" else [[name] for name in NAMES]
    text = f"{opening}\n"
    for row in rows:
        last = row[-1] == NAMES[-1] and style == "without the last comma"
        above, behind = note("above", row[0], "    "), note("behind", row[-1], "  ")
        text += above + ("\n" if above else "")
        text += f"    {', '.join(row)}{'' if last else ','}{behind}\n"
    below = note("below", "all", "    ")
    return f"{text}{below}{chr(10) if below else ''}{ending}"


NOTES = [
    *(("above", name) for name in NAMES),
    *(("behind", name) for name in NAMES),
    *(("first", "line"), ("last", "line"), ("below", "all")),
]
STYLES = ("one on a line", "without the last comma", "two on a line", "on one line")


def misplaced(before: str, after: str, names: list[str]) -> list[str]:
    """Return the comments of the names that stay which are not where they were, once."""
    lines = after.splitlines()
    wrong = []
    for kind, name in re.findall(r"# (\w+) (\w+)", before):
        if kind in ("above", "behind") and name not in names:
            continue
        at = [i for i, line in enumerate(lines) if f"# {kind} {name}" in line]
        code = [line.partition("#")[0] for line in lines]
        held = len(at) == 1 and (
            (kind == "behind" and re.search(rf"\b{name}\b", code[at[0]]))
            or (kind == "above" and re.search(rf"\b{name}\b", code[at[0] + 1]))
            or (kind == "first" and "(" in code[at[0]])
            or (kind == "last" and at[0] == len(lines) - 1)
            or (kind == "below" and at[0] == len(lines) - 2)
        )
        if not held:
            wrong.append(f"{kind} {name}")
    return wrong


@pytest.mark.parametrize("style", STYLES)
def test_comments_stay_at_their_names(style: str) -> None:
    for count in (1, 2):
        for notes in itertools.combinations(NOTES, count):
            before = written(style, set(notes))
            module = cst.parse_module(before)
            results = [
                ([*NAMES, new], add_imports(module, [Import("m", new)]).code) for new in "aceg"
            ]
            for some in itertools.chain(NAMES, itertools.combinations(NAMES, 2)):
                stay = [name for name in NAMES if name not in some]
                results.append((stay, drop_imports(module, some).code))
            for names, after in results:
                assert misplaced(before, after, names) == [], (before, after)
                assert used(after) == set(names)


def used(text: str) -> set[str]:
    return {alias.name for node in ast.parse(text).body for alias in node.names}  # type: ignore[attr-defined]


def test_a_comment_stays_on_the_first_line_of_what_is_wrapped() -> None:
    """There linters look for it."""
    line = "from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session, another_name"
    module = cst.parse_module(f"{line}  # noqa: F401\n")
    after = add_imports(
        module, [Import("homeassistant.helpers.config_entry_oauth2_flow", "b_name")]
    )
    assert after.code == (
        "from homeassistant.helpers.config_entry_oauth2_flow import (  # noqa: F401\n"
        "    OAuth2Session,\n    another_name,\n    b_name,\n)\n"
    )
