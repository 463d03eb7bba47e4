"""`appcred new` on a terminal of its own: 80 columns, 24 lines, as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from pathlib import Path

RETURN, SPACE, DOWN, CTRL_C, CTRL_D, CLEAR = b"\r", b" ", b"\x1b[B", b"\x03", b"\x04", b"\x15"
PATIENCE = 60
_MARK = re.compile(r"^🎤 ?\s*(.*)$")


class Terminal:
    """`appcred new`, with a folder of its own for temporary files."""

    def __init__(self, work: Path, *arguments: str, dest: Path | None = None) -> None:
        self.dest, self.temporary = dest or work / "a" / "dest", work / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.screen = pyte.HistoryScreen(80, 24, history=2000, ratio=0.5)
        self.stream = pyte.ByteStream(self.screen)
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = os.environ | {"TMPDIR": str(self.temporary), "TERM": "xterm"}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
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
        self.stream.feed(data)
        if b"\x1b[6n" in data:  # where is the cursor? prompt_toolkit waits for the answer
            row, column = self.screen.cursor.y + 1, self.screen.cursor.x + 1
            os.write(self.master, b"\x1b[%d;%dR" % (row, column))
        return bool(data)

    def press(self, keys: bytes) -> None:
        """Type something."""
        os.write(self.master, keys)

    def lines(self) -> list[str]:
        """Return the lines that scrolled away, and those that are seen."""
        width = self.screen.columns
        former = [
            "".join(line[column].data for column in range(width))
            for line in self.screen.history.top
        ]
        return [line.rstrip() for line in [*former, *self.screen.display]]

    def text(self) -> str:
        """Return all that was written, a line for each of the screen's."""
        return "\n".join(self.lines())

    def wait_for(self, text: str) -> None:
        """Read until a text is there. Fails with what is there instead."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.text():
            running = self.read() and time.monotonic() < deadline
            assert running or text in self.text(), f"no {text!r} in:\n{self.text()}"

    def question(self, number: int) -> str:
        """Wait for a question, the first being 1, and return its first line."""
        deadline = time.monotonic() + PATIENCE
        while True:
            asked = [found[1] for line in self.lines() if (found := _MARK.match(line))]
            if len(asked) >= number:
                return asked[number - 1]
            running = self.read() and time.monotonic() < deadline
            assert running, f"no question {number} in:\n{self.text()}"

    def walk(self, answers: dict[str, bytes], first: int = 1) -> list[str]:
        """Answer each question that begins with a key of `answers`, in this order."""
        asked = []
        for number, (beginning, keys) in enumerate(answers.items(), first):
            question = self.question(number)
            assert question.startswith(beginning), f"{question!r}, not {beginning!r}"
            asked.append(question)
            self.press(keys)
        return asked

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.read() and time.monotonic() < deadline:
            pass
        os.close(self.master)
        return self.process.wait(timeout=PATIENCE)
