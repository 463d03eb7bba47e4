"""What holds for every tree that is retrofitted, whatever it is: the table of `corpora.py`.

Each row is retrofitted once, and what comes out is held against each invariant of DESIGN that a
program can judge without Home Assistant. Then some of the rows are retrofitted in other words: in
other formats, with other names and with comments at every line. They must come out alike.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst
import pytest

from appcred.finding import Severity
from appcred.retrofit.verb import Outcome, retrofit
from appcred.rules import engine
from retrofit.corpora import GONE, Row, outcome, rows
from retrofit.line_comments import comments_in, unmoved, with_comments
from retrofit.linting import ruff
from sampling import sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from appcred.integration import Integration

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_result_keeps_the_invariants(row: Row, tmp_path: Path) -> None:
    done = outcome(row)
    faults = [
        *_not_all_or_nothing(done),
        *_changed_by_a_second_run(row, done),
        *_broken_files(row, done),
        *_lost_comments(row, done),
        *_new_findings(done),
        *_new_findings_of_ruff(done, tmp_path),
    ]
    assert not faults, "\n".join(faults)


def _not_all_or_nothing(done: Outcome) -> Iterator[str]:
    if bool(done.plan()) is bool(done.manual):
        yield "there are both changes and manual work, or neither"
    for work in done.manual:
        lines = done.before.files[work.path].content.splitlines()
        if not 0 < work.line <= len(lines) or not work.reason or not work.todo:
            yield f"manual work without a place or a word: {work}"
    # A file with nothing to change is the same object: not one byte of it was written.
    changed = {change.path for change in done.plan().changes}
    for path in done.before.files.keys() & done.after.files.keys() - changed:
        if done.before.files[path].content != done.after.files[path].content:
            yield f"{path} is changed and not in the plan"


def _changed_by_a_second_run(row: Row, done: Outcome) -> Iterator[str]:
    if done.plan():
        again = retrofit(done.after, done.span, row.options)
        yield from (f"a second run changes {change.path}" for change in again.plan().changes)
        yield from (f"a second run leaves {work.reason}" for work in again.manual)


def _broken_files(row: Row, done: Outcome) -> Iterator[str]:
    for path, file in done.after.files.items():
        before = done.before.files.get(path)
        if before is not None and before.content == file.content:
            continue
        text = file.content.decode("utf-8-sig")
        if path.suffix == ".json":
            json.loads(text)
        elif "type " not in text:  # which the oldest Python of ours does not know
            ast.parse(text, feature_version=(3, 9) if row.release and row.target < "2023" else None)
        if before is None:
            continue
        old, new = before.content, file.content
        windows = b"\r\n" in old
        if windows is not (b"\r\n" in new) or (windows and new.count(b"\n") != new.count(b"\r\n")):
            yield f"{path} has other line ends"
        if old.startswith(b"\xef\xbb\xbf") is not new.startswith(b"\xef\xbb\xbf"):
            yield f"{path} has another byte order mark"
        if old.endswith(b"\n") is not new.endswith(b"\n"):
            yield f"{path} ends otherwise"


def _lost_comments(row: Row, done: Outcome) -> Iterator[str]:
    lost = _comments(done.before) - _comments(done.after)
    expected = GONE.get(str(row), set())
    yield from (f"lost: {each}" for each in sorted(lost - expected))
    yield from (f"not lost, though expected: {each}" for each in sorted(expected - lost))


def _comments(integration: Integration) -> set[str]:
    return {
        line.strip()
        for path, file in integration.files.items()
        if path.suffix == ".py"
        for line in file.content.decode("utf-8-sig").splitlines()
        if line.strip().startswith("#")
    }


def _new_findings(done: Outcome) -> Iterator[str]:
    if done.plan():
        known = {each.key for each in engine.check(done.before, done.span)}
        for finding in engine.check(done.after, done.span):
            if finding.severity is Severity.ERROR and finding.key not in known:
                yield f"check: {finding.code} {finding.path}: {finding.message}"


def _new_findings_of_ruff(done: Outcome, folder: Path) -> Iterator[str]:
    if done.plan():
        old = Counter(ruff(done.before, folder / "old", "check"))
        new = Counter(ruff(done.after, folder / "new", "check"))
        yield from (new - old).elements()


# --- the same in other words ---------------------------------------------------------------------


Change = Callable[[Path, bytes], bytes]


def _rewritten(row: Row, integration: Integration, change: Change) -> Integration:
    """Return an integration with its Python in other words.

    Not the tests that an earlier retrofit wrote: one that removes the import writes those anew
    only if nobody touched them.
    """
    for path, file in list(integration.files.items()):
        written = row.way and integration.tests and path.is_relative_to(integration.tests)
        if path.suffix == ".py" and not written:
            integration = integration.with_file(path, change(path, file.content))
    return integration


def _narrow(_path: Path, content: bytes) -> bytes:
    return _formatted(content, "--line-length=40")


def _wide(_path: Path, content: bytes) -> bytes:
    return _formatted(content, "--line-length=200", "format.skip-magic-trailing-comma=true")


def _single_quoted(_path: Path, content: bytes) -> bytes:
    return _formatted(content, "--line-length=100", "format.quote-style='single'")


def _formatted(content: bytes, *options: str) -> bytes:
    settings = [o if o.startswith("--") else f"--config={o}" for o in options]
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", *settings, "-"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def _code(integration: Integration) -> Counter[str]:
    """Return the top-level statements of an integration's Python, as text without comments."""
    return Counter(
        f"{path}: {ast.unparse(statement)}"
        for path, file in integration.files.items()
        if path.suffix == ".py" and not re.search(rb"^type ", file.content, re.MULTILINE)
        for statement in ast.parse(file.content).body
    )


@pytest.mark.parametrize("change", [_narrow, _wide, _single_quoted], ids=lambda each: each.__name__)
@pytest.mark.parametrize("row", sample(ROWS, 8), ids=str)
def test_other_formats_give_the_same_result(row: Row, change: Change) -> None:
    done = outcome(row)
    other = retrofit(_rewritten(row, done.before, change), done.span, row.options)
    assert [work.reason for work in other.manual] == [work.reason for work in done.manual]
    assert _code(other.after) == _code(done.after)


class Renaming(cst.CSTTransformer):
    """Gives other names to the parameters and local variables of the set-up functions."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[set[str]] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802
        local = self.names[-1] if self.names else set()
        if not self.names and node.name.value in ("async_setup", "async_setup_entry"):
            local = {param.name.value for param in node.params.params} | {
                each.id
                for each in ast.walk(ast.parse(cst.Module([node]).code))
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
        self.names.append(local)

    def leave_FunctionDef(  # noqa: N802
        self,
        original_node: cst.FunctionDef,  # noqa: ARG002
        updated_node: cst.FunctionDef,
    ) -> cst.FunctionDef:
        self.names.pop()
        return updated_node

    def leave_Name(  # noqa: N802
        self,
        original_node: cst.Name,  # noqa: ARG002
        updated_node: cst.Name,
    ) -> cst.Name:
        if self.names and updated_node.value in self.names[-1]:
            return updated_node.with_changes(value=f"other_{updated_node.value}")
        return updated_node

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)


def _renamed(_path: Path, content: bytes) -> bytes:
    return cst.parse_module(content).visit(Renaming()).bytes


def _with_one_name(found: Iterable[str]) -> set[str]:
    return {re.sub(r"\b(other_)+", "", each) for each in found}


def _set_up(integration: Integration) -> dict[str, str]:
    """Return the set-up functions of an integration, each by its file and its first words."""
    pattern = re.compile(r"(.*/__init__\.py: (?:async )?def async_setup(?:_entry)?)\(")
    found = ((pattern.match(each), each) for each in _code(integration))
    return {match[1]: each for match, each in found if match is not None}


@pytest.mark.parametrize("row", sample(ROWS, 6), ids=str)
def test_other_names_give_the_same_result(row: Row) -> None:
    done = outcome(row)
    other = retrofit(_rewritten(row, done.before, _renamed), done.span, row.options)
    assert _with_one_name(work.reason for work in other.manual) == {
        work.reason for work in done.manual
    }
    assert _with_one_name(_code(other.after)) == _with_one_name(_code(done.after))
    # What was written into a function that was there uses its names.
    wanted = _set_up(_rewritten(row, done.after, _renamed))
    there = _set_up(done.before).keys() & wanted.keys()
    after = _set_up(other.after)
    assert {name: after[name] for name in there} == {name: wanted[name] for name in there}


@pytest.mark.parametrize("row", sample(ROWS, 5), ids=str)
def test_comments_at_every_line_stay(row: Row) -> None:
    done = outcome(row)
    before = _rewritten(row, done.before, with_comments)
    other = retrofit(before, done.span, row.options)
    assert [(work.path, work.reason) for work in other.manual] == [
        (work.path, work.reason) for work in done.manual
    ]
    assert _code(done.after) - _code(other.after) == Counter()
    # A constant with a comment is for a person to judge, though nothing uses it any more.
    for more in _code(other.after) - _code(done.after):
        assert re.fullmatch(r"\S+/const\.py: [A-Z_]+ = .*", more)
    there = _line_comments(other.after)
    assert len(there) == len(set(there))
    lost = set(_line_comments(before)) - set(there)
    stays = unmoved(done.before, done.after)
    assert {each: stays[each] for each in sorted(lost) if each in stays} == {}


def _line_comments(integration: Integration) -> list[str]:
    return [
        each
        for path, file in integration.files.items()
        if path.suffix == ".py"
        for each in comments_in(file.content)
    ]
