"""Ctrl-C at any time, at a question, in between or while writing. Nothing is left behind."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import yaml

from new.command import run, tree
from new.terminal import CLEAR, CTRL_C, CTRL_D, RETURN, Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow


def nothing_left(terminal: Terminal) -> bool:
    return not terminal.dest.parent.exists() and not list(terminal.temporary.iterdir())


@pytest.mark.parametrize("questions", [0, 3])
def test_ctrl_d_on_an_empty_line(tmp_path: Path, questions: int) -> None:
    terminal = Terminal(tmp_path)
    for number in range(1, questions + 1):
        terminal.question(number)
        terminal.press(CLEAR + (b"@lamp" if number == 3 else b"lamp") + RETURN)
    terminal.question(questions + 1)
    terminal.press(CLEAR + CTRL_D)
    assert terminal.end() == 2, terminal.text()
    assert nothing_left(terminal)
    assert "Traceback" not in terminal.text()
    assert "appcred: the questions were not answered" in terminal.text()


def test_ctrl_c_at_the_first_question(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.question(1)
    terminal.press(CTRL_C)
    assert terminal.end() == 130, terminal.text()
    assert nothing_left(terminal)
    text = terminal.text()
    assert "Traceback" not in text
    assert "appcred: interrupted" in text


def test_ctrl_c_shows_the_answers_so_far(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    """The rest is asked, nothing twice, and the tree is that of one go."""
    terminal = Terminal(tmp_path)
    first = {
        "The integration's domain": CLEAR + b"lamp" + RETURN,
        "The integration's name": CLEAR + b"Magic: Lamp" + RETURN,
        "Who maintains it": b"@octocat" + RETURN,
        "The authorization endpoint": b"https://lamp.example/authorize" + RETURN,
        "The token endpoint": CTRL_C,
    }
    terminal.walk(first)
    assert terminal.end() == 130, terminal.text()
    assert nothing_left(terminal)
    _, _, shown = terminal.text().partition("Your answers so far")
    heading, _, shown = shown.partition("FILE\n")
    command = shlex.split(" ".join(heading.split()).partition("continue with: ")[2] + " FILE")
    assert command == ["appcred", "new", str(terminal.dest), "--data-file", "FILE"]
    answers = tmp_path / "answers.yml"
    answers.write_text(shown.partition("\nappcred: ")[0])
    assert yaml.safe_load(answers.read_text()) == {
        "layout": "custom",
        "domain": "lamp",
        "name": "Magic: Lamp",
        "codeowners": "@octocat",
        "authorize_url": "https://lamp.example/authorize",
    }

    terminal = Terminal(tmp_path, "--data-file", str(answers))
    terminal.walk(
        {
            "The token endpoint": b"https://lamp.example/token" + RETURN,
            "The scopes": CLEAR + b"read" + RETURN,
            "How is the account": RETURN,
            "What does it put": RETURN,
            "Do you want to set more?": RETURN,
            "The address that answers with the account": b"https://lamp.example/me" + RETURN,
            "The address that answers with the values": b"https://lamp.example/api" + RETURN,
        }
    )
    assert terminal.end() == 0, terminal.text()
    in_one_go = (
        *("--data-file", str(answers), "-d", "token_url=https://lamp.example/token"),
        *("-d", "scopes=read", "-d", "userinfo_url=https://lamp.example/me"),
        *("-d", "api_url=https://lamp.example/api", "-d", "identity=userinfo"),
        *("-d", "platforms=sensor", "-d", "console_url="),
    )
    expected = tmp_path / "expected"
    done = run(capsys, expected, *in_one_go)
    assert done.code == 0, done.err
    assert tree(terminal.dest) == tree(expected)


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.7, 0.9, 1.1, 1.3])
def test_ctrl_c_at_any_time(capsys: CaptureFixture[str], tmp_path: Path, seconds: float) -> None:
    terminal = Terminal(tmp_path, "--defaults")
    time.sleep(seconds)
    os.killpg(terminal.process.pid, signal.SIGINT)
    code = terminal.end()
    # 1 and -2: Python had not come as far as the program
    assert code in {0, 1, 130, -signal.SIGINT}, terminal.text()
    assert code != 1 or "appcred:" not in terminal.text()
    assert not list(terminal.temporary.iterdir())
    if terminal.dest.exists():  # it had all been written before
        expected = tmp_path / "expected"
        run(capsys, expected, "--defaults")
        assert tree(terminal.dest) == tree(expected)
    else:
        assert not terminal.dest.parent.exists()
        assert code != 0


def test_ctrl_c_while_writing_takes_it_back(tmp_path: Path) -> None:
    """At every file that is put in place, in one run each."""
    program = (
        "import os, signal, sys\n"
        "left = int(sys.argv[2])\n"
        "def step(event, arguments):\n"
        "    global left\n"
        "    if event == 'os.rename' and '.appcred-' in str(arguments[0]):\n"
        "        left -= 1\n"
        "        if left == 0: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.addaudithook(step)\n"
        "from appcred import cli\n"
        "sys.exit(cli.run(['new', sys.argv[1], '--defaults']))"
    )
    for number in (1, 2, 9):
        dest = tmp_path / "a" / "dest"
        done = subprocess.run(
            [sys.executable, "-c", program, str(dest), str(number)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (130, "appcred: interrupted\n")
        assert list(tmp_path.iterdir()) == []
