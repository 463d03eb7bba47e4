"""The command line's manners: exit codes, one sentence for bad usage, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from appcred import cli
from appcred.__main__ import main
from appcred.errors import UsageError
from appcred.questions import questions


def _verb(monkeypatch: pytest.MonkeyPatch, action: object) -> None:
    monkeypatch.setitem(sys.modules, "appcred.catalog", SimpleNamespace(main=action))


def test_help_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.run(["--help"])
    assert exit_.value.code == 0
    out = capsys.readouterr().out
    for verb in ("new", "retrofit", "check", "rules", "explain", "rehearse"):
        assert verb in out


def test_help_of_new_lists_questions_and_presets(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.run(["new", "--help"])
    assert exit_.value.code == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    asked = [name for name, question in questions().items() if not question.computed]
    assert set(asked) <= lines.keys()
    assert "prefix" not in lines
    assert lines["flow"].endswith("Which kind of client is it: secret, pkce_secret,")
    assert "2026.11, 2026.10, 2026.3" in out
    assert ": ' ', ','\n" in out
    assert "true, false" in out
    assert "presets: discord, dropbox, " in out
    assert max(map(len, out.splitlines()[12:-1])) < 80


def test_version(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["appcred", "--version"])
    assert main() == cli.OK
    assert capsys.readouterr().out.startswith("appcred ")


def test_no_verb_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == cli.CANNOT
    assert "usage: appcred" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        ["nosuch"],
        ["retrofit"],
        ["check", ".", "--exit-zero"],
        ["check", ".", "--format", "xml"],
        ["explain"],
        ["check", ".", "--sel"],
    ],
)
def test_bad_usage_is_one_sentence(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(argv) == cli.CANNOT
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("appcred: ")
    assert captured.err.count("\n") == 1


def test_usage_error_of_a_verb(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> int:
        raise UsageError("manifest.json is a list; make it an object")

    _verb(monkeypatch, refuse)
    assert cli.run(["rules"]) == cli.CANNOT
    assert capsys.readouterr().err == "appcred: manifest.json is a list; make it an object\n"


def test_a_crash_names_its_place_and_not_its_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: object) -> int:
        raise RuntimeError("s3cret")

    _verb(monkeypatch, crash)
    assert cli.run(["rules"]) == cli.CRASHED
    err = capsys.readouterr().err
    assert "RuntimeError" in err
    assert "s3cret" not in err
    monkeypatch.setenv("APPCRED_TRACEBACK", "1")
    assert cli.run(["rules"]) == cli.CRASHED
    assert "Traceback" in capsys.readouterr().err


def test_interrupt_and_closed_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    _verb(monkeypatch, interrupt)
    assert cli.run(["rules"]) == 130
    assert capsys.readouterr().err == "appcred: interrupted\n"


def test_a_reader_that_leaves_is_no_error() -> None:
    program = (
        "import sys, types; from appcred import cli\n"
        "def leave(_): raise BrokenPipeError\n"
        "sys.modules['appcred.catalog'] = types.SimpleNamespace(main=leave)\n"
        "sys.exit(cli.run(['rules']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (cli.OK, b"")


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"domain": "lamp"}')
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "appcred", "check", tmp_path, "--format", "json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == cli.CANNOT
    assert done.stderr == ("appcred: standard output cannot be written: No space left on device\n")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from appcred import cli; cli.parser().format_help();"
        "print([m for m in ('libcst', 'copier', 'jinja2', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.mark.parametrize(("columns", "longest"), [("60", 58), ("", 78), ("wide", 78), ("0", 78)])
def test_help_is_as_wide_as_the_terminal(columns: str, longest: int) -> None:
    """And where there is none, as wide as `shutil` would have it, which is not imported for it."""
    code = "import sys\nfrom appcred import cli\ntext = cli.parser().format_help()\n"
    said = "print('shutil' in sys.modules, max(map(len, text.splitlines())))"
    done = subprocess.run(
        [sys.executable, "-c", code + said],
        env={**os.environ, "COLUMNS": columns},
        capture_output=True,
        text=True,
        check=True,
    )
    imported, width = done.stdout.split()
    assert imported == "False"
    assert longest - 20 < int(width) <= longest
