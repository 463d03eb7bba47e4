"""`--assist`: a comment at each place that is left to a person, once, and nothing but comments."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import libcst as cst
import pytest

from appcred.cli import run
from appcred.documents.walk import is_same_code
from appcred.finding import ManualWork
from appcred.release import Release, Span
from appcred.retrofit.markers import with_markers
from appcred.retrofit.verb import Options, retrofit
from appcred.rules import engine
from appcred.rules.apc005_marker_left import MARKER
from appcred.rules.rule import Example
from retrofit.corpora import custom_rows, outcome
from retrofit.examples import REFUSED

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))
FOLDER = PurePosixPath("custom_components/example")


def assisted(
    integration: Integration, span: Span, options: Options
) -> tuple[Integration, tuple[ManualWork, ...]]:
    outcome = retrofit(integration, span, options)
    works = tuple(each for work in outcome.manual for each in work.each)
    return with_markers(outcome.before, outcome.after, outcome.manual), works


CUSTOM = {row.name: row for row in custom_rows()}


@pytest.mark.parametrize("name", [*REFUSED, *CUSTOM])
def test_manual_steps_get_comments_only(name: str) -> None:
    if name in REFUSED:
        before, span = Example(REFUSED[name][0]).integration(), SPAN
        options = Options(strict=True)  # else some of them keep their own code
    else:
        done = outcome(CUSTOM[name])
        if not done.manual:
            return
        before, span, options = done.before, done.span, Options()
    after, works = assisted(before, span, options)
    assert works
    again, left = assisted(after, span, options)
    for path, file in before.files.items():
        assert again.files[path].content == after.files[path].content
        if path.suffix == ".py":
            assert is_same_code(cst.parse_module(file.content), after.files[path].python.module)
    for work in left:
        lines = after.files[work.path].content.decode().splitlines()
        assert any(MARKER in line for line in lines[: work.line]), work
    old, new = ({f.key for f in engine.check(each, span)} for each in (before, after))
    assert {code for code, *_ in new - old} == {"APC005"}
    assert old <= new


def marked(text: str, *lines: int, todo: str = "move it") -> str:
    return marked_bytes(text.encode(), *lines, todo=todo).decode()


def marked_bytes(content: bytes, *lines: int, todo: str = "move it") -> bytes:
    path = FOLDER / "api.py"
    integration = Example({"api.py": ""}).integration().with_file(path, content)
    works = [ManualWork(path, line, "this is left", todo) for line in lines]
    after = with_markers(integration, integration, works)
    # What is written moves the lines, and is not written again.
    moved = after.files[path].content
    more = moved.count(b"\n") - content.count(b"\n")
    if len(lines) == 1:
        again = with_markers(after, after, [works[0]._replace(line=works[0].line + more)])
        assert again.files[path].content == moved
    return moved


NOTE = "# TODO(appcred): this is left; move it\n"


@pytest.mark.parametrize(
    ("text", "line", "above"),
    [
        ("x = 1\ny = 2\n", 2, "y = 2"),
        ("x = 1\ny = f(\n    1,\n    2,\n)\n", 4, "y = f("),
        ("def f():\n    x = 1\n    return x\n", 3, "    return x"),
        ("if a:\n\tx = 1\n", 2, "\tx = 1"),
        ("if a:\n    x = 1\nelse:\n    y = 1\n", 3, "else:"),
        ("try:\n    x = 1\nexcept E:\n    y = 1\nfinally:\n    z = 1\n", 3, "except E:"),
        ("if a:\n    x = 1\nelif b:\n    y = 1\n", 3, "elif b:"),
        ("class A:\n    @callback\n    def f(self):\n        pass\n", 3, "    @callback"),
        ("x = 1\n# Two.\n# pylint: disable-next=x\ny = 2\n", 4, "# Two."),
        ("x = '''\n# no comment'''\ny = 2\n", 3, "y = 2"),
        ("# -*- coding: utf-8 -*-\n# Why.\nx = 1\n", 3, "# Why."),
        ("#!/usr/bin/env python3\nx = 1\n", 2, "x = 1"),
        ('"""Doc."""\n\nx = 1\n', 1, '"""Doc."""'),
        ("x = 1\n", 9, "x = 1"),
        ("if a: x = 1\n", 1, "if a: x = 1"),
    ],
)
def test_the_comment_is_above_the_statement(text: str, line: int, above: str) -> None:
    after = marked(text, line)
    indent = above[: len(above) - len(above.lstrip())]
    assert after == text.replace(above, f"{indent}{NOTE}{above}", 1)


def test_an_empty_file_gets_one() -> None:
    assert marked("", 1) == NOTE


def test_line_ends_and_the_mark_of_the_file_are_kept() -> None:
    after = marked_bytes(b"\xef\xbb\xbfx = 1\r\ny = 2\r\n", 1)
    assert after == b"\xef\xbb\xbf" + NOTE.replace("\n", "\r\n").encode() + b"x = 1\r\ny = 2\r\n"


def test_a_character_that_the_file_cannot_hold_is_an_escape() -> None:
    content = "# coding: latin-1\nx = 'é'\n".encode("latin-1")
    after = marked_bytes(content, 2, todo="use “é”\n::x")
    note = "# TODO(appcred): this is left; use \\u201cé\\u201d\\n::x\n"
    assert after == content.replace(b"x =", note.encode("latin-1") + b"x =", 1)


def test_a_long_one_is_wrapped() -> None:
    after = marked("def f():\n    return 1\n", 2, todo="word " * 30)
    comments = after.splitlines()[1:-1]
    assert comments[0].startswith(f"    # {MARKER}: this is left; word")
    assert all(line.startswith("    #   word") for line in comments[1:])
    assert len(comments) == 3
    assert max(map(len, comments)) <= 88


def test_each_work_of_a_statement_is_named_once() -> None:
    path = FOLDER / "api.py"
    integration = Example({"api.py": "x = 1\n"}).integration()
    works = [
        ManualWork(path, 1, "a", "b", (ManualWork(path, 1, "c", "d"),)),
        ManualWork(path, 1, "a", "b"),
        ManualWork(FOLDER / "manifest.json", 1, "e", "f"),
        ManualWork(FOLDER / "gone.py", 1, "g", "h"),
    ]
    after = with_markers(integration, integration, works)
    assert after.files[path].content == b"# TODO(appcred): a; b\n# TODO(appcred): c; d\nx = 1\n"
    assert after.files[FOLDER / "manifest.json"] is integration.files[FOLDER / "manifest.json"]


def test_a_work_keeps_its_place_in_what_was_changed() -> None:
    path = FOLDER / "api.py"
    before = Example({"api.py": "x = 1\ny = 2\n"}).integration()
    after = before.with_file(path, b"import a\n\nx = 1\ny = 2\n")
    result = with_markers(before, after, [ManualWork(path, 2, "this is left", "move it")])
    assert result.files[path].content.decode() == f"import a\n\nx = 1\n{NOTE}y = 2\n"


# --- the command ---------------------------------------------------------------------------------


def written(tmp_path: Path, name: str) -> Path:
    integration = Example(REFUSED[name][0]).integration()
    for path, file in integration.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(file.content)
    return tmp_path


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = written(tmp_path, "more in the except")
    before = {path: path.read_bytes() for path in root.rglob("*.*")}
    command = ["retrofit", str(root), "--allow-no-vcs", "--assist"]
    assert run([*command, "--diff"]) == 1
    assert f"# {MARKER}: " in capsys.readouterr().out
    assert {path: path.read_bytes() for path in before} == before
    assert run([*command, "--format", "json"]) == 1
    (one,) = json.loads(capsys.readouterr().out)["integrations"]
    assert [change["action"] for change in one["changes"]] == ["modify"]
    assert one["manual"]
    assert {each["rung"] for each in one["facts"]["decisions"]} == {"todo"}
    after = {path: path.read_bytes() for path in before}
    assert after != before
    assert run([*command, "-v"]) == 1
    said = capsys.readouterr()
    assert "manual step: todo, " in said.err
    assert {path: path.read_bytes() for path in before} == after
    assert run(["check", str(root)]) == 1
    assert "APC005" in capsys.readouterr().out
    # Without the option nothing is written.
    assert run(command[:-1]) == 1
    assert {path: path.read_bytes() for path in before} == after


def test_a_complete_retrofit_gets_no_comment(tmp_path: Path) -> None:
    root = written(tmp_path, "more in the except")
    init = root / FOLDER / "__init__.py"
    init.write_text(init.read_text().replace("        hello()\n", ""))
    assert run(["retrofit", str(root), "--allow-no-vcs", "--assist"]) == 0
    assert MARKER not in "".join(path.read_text() for path in root.rglob("*.py"))


def test_strict_and_assist_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["retrofit", str(tmp_path), "--strict", "--assist"]) == 2
    assert "not allowed with" in capsys.readouterr().err
