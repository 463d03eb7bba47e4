"""A terminal: the questions, and Ctrl-C at any of them or in between. Nothing is left behind."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
import yaml

from new.command import run, tree

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow

ASKED = "🎤".encode()
PATIENCE = 60


class Terminal:
    """`appcred new` in a terminal of its own, with a folder of its own for temporary files."""

    def __init__(self, work: Path, *arguments: str) -> None:
        self.dest, self.temporary = work / "a" / "dest", work / "tmp"
        self.temporary.mkdir()
        self.seen = b""
        self.master, slave = pty.openpty()
        environment = os.environ | {"TMPDIR": str(self.temporary), "TERM": "xterm", "LINES": "60"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "appcred", "new", str(self.dest), *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def read(self) -> bool:
        """Take in what it writes. False when it has ended."""
        ready, _, _ = select.select([self.master], [], [], 0.2)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says it like this when the other end is closed
            return False
        self.seen += data
        if b"\x1b[6n" in data:  # where is the cursor? prompt_toolkit waits for the answer
            os.write(self.master, b"\x1b[1;1R")
        return bool(data)

    def answer(self, key: bytes, questions: int) -> None:
        """Press a key at each of the next questions."""
        deadline, pressed = time.monotonic() + PATIENCE, 0
        while self.read() and time.monotonic() < deadline:
            # a question is drawn again for each key; a new one has not been seen before
            if len(self.drawn()) > pressed and pressed < questions:
                pressed = len(self.drawn())
                os.write(self.master, key)

    def drawn(self) -> set[bytes]:
        """Return the questions that were drawn so far, by their text."""
        return {part.split(b"\x1b[0m")[0][:60] for part in self.seen.split(ASKED)[1:]}

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.read() and time.monotonic() < deadline:
            pass
        os.close(self.master)
        return self.process.wait(timeout=PATIENCE)


def nothing_left(terminal: Terminal) -> bool:
    return not terminal.dest.parent.exists() and not list(terminal.temporary.iterdir())


def test_return_at_every_question_gives_the_defaults(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, "--data", "domain=lamp", "--preset", "spotify")
    terminal.answer(b"\r", 100)
    assert terminal.end() == 0, terminal.seen.decode()
    expected = tmp_path / "expected"
    run(capsys, expected, "--data", "domain=lamp", "--preset", "spotify", "--defaults")
    assert tree(terminal.dest) == tree(expected)
    assert not list(terminal.temporary.iterdir())
    text = terminal.seen.decode()
    assert "can never change" not in text  # domain was given
    assert "https://accounts.spotify.com/authorize" in text  # filled in, and asked
    assert "Next:" in text


def test_a_refusal_is_shown_as_a_whole(tmp_path: Path) -> None:
    """In 80 columns, which is what a terminal without a size is taken for."""
    terminal = Terminal(tmp_path, "--data", "layout=custom", "--data", "domain=lamp")
    sentence = b"Use at most 36 characters; these are 40."
    for typed, awaited in ((b"x" * 40 + b"\r", sentence), (b"\x15@lamp\r", b"Who maintains")):
        deadline = time.monotonic() + PATIENCE
        while not terminal.drawn() and time.monotonic() < deadline:
            terminal.read()
        os.write(terminal.master, b"\x15" + typed)
        while awaited not in terminal.seen and time.monotonic() < deadline:
            assert terminal.read(), terminal.seen.decode()
    os.write(terminal.master, b"\x15octocat\r")
    says = (
        "Type GitHub names with an @ before each and one space between them, like",
        "@octocat @hubot.",
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and not all(text.encode() in terminal.seen for text in says):
        assert terminal.read(), terminal.seen.decode()
    assert b"Validation error" not in terminal.seen
    os.write(terminal.master, b"\x03")
    assert terminal.end() == 130
    assert nothing_left(terminal)


def test_core_is_not_asked_for_a_floor_and_a_refusal_gives_the_answers_back(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--data", "layout=core", "--data", "domain=lamp")
    blocked = terminal.dest / "homeassistant/components/lamp/const.py"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("# in the way\n")
    terminal.answer(b"\r", 100)
    assert terminal.end() == 2, terminal.seen.decode()
    text = terminal.seen.decode().replace("\r\n", "\n")
    assert "The oldest Home Assistant release" not in text
    assert "1 file is in DEST already" in text
    _, _, given = text.partition(
        "appcred: your answers, to be given again with --data-file FILE:\n"
    )
    answers = tmp_path / "answers.yml"
    answers.write_text(given.partition("\nappcred: ")[0])
    read = yaml.safe_load(answers.read_text())
    assert read["domain"] == "lamp"
    assert read["category"] == "computers_network.cloud_developer_tools"
    assert "floor" not in read
    assert "prefix" not in read


@pytest.mark.parametrize("questions", [0, 3])
@pytest.mark.parametrize(("key", "code"), [(b"\x03", 130), (b"\x15\x04", 2)])
def test_leaving_at_a_question(tmp_path: Path, questions: int, key: bytes, code: int) -> None:
    """Ctrl-C, and Ctrl-D on an empty line."""
    terminal = Terminal(tmp_path, "--data", "layout=custom")
    deadline, pressed = time.monotonic() + PATIENCE, 0
    while terminal.read() and time.monotonic() < deadline:
        if len(terminal.drawn()) > pressed:
            pressed = len(terminal.drawn())
            os.write(terminal.master, key if pressed > questions else b"\r")
            if pressed > questions:
                break
    assert terminal.end() == code, terminal.seen.decode()
    assert nothing_left(terminal)
    assert b"Traceback" not in terminal.seen
    said = {130: b"appcred: interrupted", 2: b"appcred: the questions were not answered"}[code]
    assert said in terminal.seen


@pytest.mark.parametrize("seconds", [0.1, 0.4, 0.7, 0.9, 1.1, 1.3])
def test_ctrl_c_at_any_time(capsys: CaptureFixture[str], tmp_path: Path, seconds: float) -> None:
    terminal = Terminal(tmp_path, "--defaults")
    time.sleep(seconds)
    os.killpg(terminal.process.pid, signal.SIGINT)
    code = terminal.end()
    # 1 and -2: Python had not come as far as the program
    assert code in {0, 1, 130, -signal.SIGINT}, terminal.seen.decode()
    assert code != 1 or b"appcred:" not in terminal.seen
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
