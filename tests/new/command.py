"""Run `appcred new` as a person would, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appcred import cli

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@dataclass(frozen=True)
class Done:
    """What a run came to."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], dest: Path, *arguments: str) -> Done:
    """Run `appcred new DEST …` without a terminal."""
    capsys.readouterr()
    code = cli.run(["new", str(dest), *arguments])
    captured = capsys.readouterr()
    return Done(code, captured.out, captured.err)


def refused(done: Done) -> str:
    """Return the one sentence of a refusal, which is all that was said."""
    assert done.code == cli.CANNOT, done
    assert done.out == ""
    lines = done.err.splitlines()
    assert len(lines) == 1, done.err
    assert lines[0].startswith("appcred: ")
    return lines[0].removeprefix("appcred: ")


def tree(root: Path) -> dict[str, bytes]:
    """Return the files below a folder, without git's own."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
