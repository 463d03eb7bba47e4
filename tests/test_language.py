"""Words that no text of the project uses: they are old, unclear, or a figure of speech.

A short list of what has crept in before, not a judge of style. Comments and docstrings of private
functions are not looked at.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORDS = {
    r"\b(?:is|be) had (?:from|here|of)": "`is available`, `can be …`",
    r"left standing": "`remains`",
    r"need not be there": "`new or existing`",
    r"what is understood": "name the thing",
    r", for (?:it|they)\b": "`because`",
    r"\bwhoso": "`anyone who`",
    r"\bheeds?\b": "`read`, `obey`",
    r"Say whether": "`Whether …`",
    r"and that is none": "say what was found",
    r"\bfor ever\b": "`forever`",
    r"\bWhoever\b": "name who",
    r"\b[Ll]ooked for are\b": "begin with the subject",
    r"in a way that is not understood": "`cannot tell …`",
    r"\bgo(?:es)? on working\b": "`keep working`",
    r"\bin vain\b": "`unused`",
    r"\bfor want of\b": "`without`",
    r"\bgets? along\b": "`works`",
    r"\bmend(?:s|ed)?\b": "`correct`, `fix`",
    r"\bleft to a person\b": "`manual work`",
    r"\bwhat (?:it|there) comes to\b": "`the result`",
}
"""What to write instead, by a pattern of what not to write."""

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
MODULES = [
    path for path in sorted((ROOT / "generator/appcred").rglob("*.py")) if "data" not in path.parts
]


def texts(path: Path) -> str:
    """Return the strings of a module, docstrings among them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(node.value for node in nodes if isinstance(node.value, str))


def found(text: str) -> list[str]:
    flat = re.sub(r"\s+", " ", text)
    return [
        f"{match[0]!r} in '…{flat[max(0, match.start() - 40) : match.end() + 20]}…': write {better}"
        for pattern, better in WORDS.items()
        for match in re.finditer(pattern, flat)
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_in_plain_words(path: Path) -> None:
    assert found(path.read_text(encoding="utf-8")) == []


def test_the_strings_of_the_program_are_in_plain_words() -> None:
    wrong = {str(path.relative_to(ROOT)): found(texts(path)) for path in MODULES}
    assert {path: words for path, words in wrong.items() if words} == {}


def test_the_list_finds_old_words() -> None:
    assert found("the fix was dropped, for it brought another")
    assert not found("look for it in the log")
