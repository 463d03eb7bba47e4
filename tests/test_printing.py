"""What a tree contains cannot speak to a terminal or to a runner."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from appcred.finding import Finding, ManualWork, Severity
from appcred.plan import Change, Plan, diff
from appcred.printing import line, lines, printable, say
from appcred.report import FORMATS, render
from appcred.report.model import Judged, Report
from check.trees import SELF, custom

if TYPE_CHECKING:
    from collections.abc import Iterator

EVIL = "x\n::error::owned\r\x1b[2J\x9b1m\u202e\u2028::set-output name=a::b\udcff ##[error]x\t```\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – „text“ ⋮", "plain – „text“ ⋮"),
        ("a\nb\r\tc\x1b[1m", r"a\nb\r\tc\x1b[1m"),
        ("\x85\x9b\u2028\u202e\u200b", r"\x85\x9b\u2028\u202e\u200b"),
        ("caf\udce9", r"caf\xe9"),
        ("\ud800", r"\ud800"),
        ("a ##[error]b", r"a #\x23[error]b"),
    ],
)
def test_unprintable_characters_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_no_line_is_a_command() -> None:
    assert line("  ::error::x") == r"  \x3a:error::x"
    assert line("a::b") == "a::b"
    assert lines("a\n::error::x\nb\x1b") == "a\n\\x3a:error::x\nb\\x1b"


def test_one_sentence_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say(EVIL)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert_silent(said)


def assert_silent(text: str) -> None:
    assert text.endswith("\n") or not text
    assert text.replace("\n", "").isprintable()
    for each in text.splitlines():
        assert not each.startswith(("::error::owned", "::set-output"))
        assert not each.startswith("```")
        assert "##[" not in each


@pytest.fixture
def report(tmp_path: Path) -> Report:
    path = PurePosixPath(f"{EVIL.replace('/', '')}.py")
    finding = Finding(path, 1, 1, "APC102", "hook-takes-self", EVIL, Severity.ERROR)
    one = Judged(
        tmp_path / "::error::root",
        PurePosixPath(EVIL),
        EVIL,
        "custom",
        findings=(finding,),
        manual=(ManualWork(path, 1, EVIL, EVIL),),
        changes=((path, "modify"),),
    )
    return Report((one, Judged(tmp_path, PurePosixPath(EVIL), EVIL, "custom", error=EVIL)))


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_lets_it_through(form: str, report: Report) -> None:
    shown = render(report, form).encode(errors="backslashreplace").decode()
    if form in ("json", "sarif"):
        assert json.loads(shown)
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", shown)
    else:
        assert_silent(shown)
    if form == "github":
        commands = [each for each in shown.splitlines() if each.startswith("::")]
        assert len(commands) == 3


def names() -> Iterator[bytes]:
    yield b"caf\xe9.py"
    yield b"\n::error::owned\n.py"
    yield b"::warning::owned.py"
    yield b"\x1b[2J.py"


@pytest.mark.parametrize("form", FORMATS)
def test_file_names_of_a_tree(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unparsable files with such names, a key of the texts, a domain of the settings."""
    custom(tmp_path, application_credentials_py=SELF)
    folder = tmp_path / "custom_components/example"
    for name in names():
        (folder / os.fsdecode(name)).write_bytes(b"async def oauth2(:\n")
    texts = {"config": {"abort": {"\n::error::owned\x1b": "[%key:nowhere%]"}}}
    (folder / "translations").mkdir(exist_ok=True)
    (folder / "translations/en.json").write_text(json.dumps(texts))
    monkeypatch.chdir(tmp_path)
    assert run(["check", "--format", form, "--output", "report"]) == 2
    said = capsys.readouterr()
    assert_silent(said.err)
    shown = Path("report").read_text(encoding="utf-8")
    if form in ("json", "sarif"):
        json.loads(shown)
    else:
        assert_silent(shown)
    assert r"\xe9" in shown or r"\udce9" in shown or "%E9" in shown


def test_names_in_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    custom(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.appcred.domains."a\\n::error::owned\\u001b"]\n"\\n::error::owned" = 1\n'
    )
    assert run(["check", str(tmp_path)]) == 2
    assert_silent(capsys.readouterr().err)


def test_a_diff_on_a_terminal_is_harmless_and_elsewhere_exact(tmp_path: Path) -> None:
    change = Change(PurePosixPath("a.py"), b"# \x1b[2J\tx\n", b"# \xc2\x9b\n")
    plan = Plan(tmp_path, (change,))
    assert "-# \x1b[2J\tx\n+# \x9b\n" in diff(plan)
    shown = diff(plan, terminal=True)
    assert "-# \\x1b[2J\tx\n+# \\x9b\n" in shown
    assert "\x1b[31m-# \\x1b[2J\tx\x1b[0m\n" in diff(plan, terminal=True, colour=True)


def test_a_terminal_without_a_character_gets_an_escape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from appcred import __main__ as program

    custom(tmp_path / "café–")
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    monkeypatch.setattr(sys, "argv", ["appcred", "rules"])
    assert program.main() == 0
