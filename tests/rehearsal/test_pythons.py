"""A Python is found where people have one, and only one that fits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from appcred.rehearsal import pythons

THIS = sys.version_info[:2]
NAME = f"python{THIS[0]}.{THIS[1]}"
NO_SUCH = (3, 99)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of this machine be found."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv(f"APPCRED_PYTHON_{THIS[0]}_{THIS[1]}", raising=False)
    monkeypatch.setattr(pythons, "_uv_find", lambda _: None)
    pythons._version_of.cache_clear()


def program(path: Path, version: tuple[int, int, int]) -> Path:
    """Make something that answers as a Python of a version does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {' '.join(map(str, version))}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_running_one() -> None:
    assert pythons.find_python(THIS) == Path(sys.executable)
    assert pythons.find_python(NO_SUCH) is None


@pytest.mark.parametrize(
    "place",
    [
        "named",
        "cache/python3.99/usr/bin/python3.99",
        "cache/python3.99.1/bin/python3.99",
        "path/python3.99",
        "pyenv/versions/3.99.1/bin/python3.99",
    ],
)
def test_places_of_an_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    there = program(tmp_path / place, (3, 99, 1))
    monkeypatch.setenv("APPCRED_PYTHON_3_99", str(tmp_path / "named"))
    assert pythons.find_python(NO_SUCH) == there
    assert pythons.find_python(NO_SUCH, (3, 99, 2)) is None


def test_an_interpreter_of_another_version_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "path/python3.99", (3, 98, 1))
    broken = tmp_path / "named"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("APPCRED_PYTHON_3_99", str(broken))
    good = program(tmp_path / "pyenv/versions/3.99.3/bin/python3.99", (3, 99, 3))
    assert pythons.find_python(NO_SUCH) == good


def test_uv_may_install_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "uv-made"
    asked = []

    def uv(*arguments: str, seconds: int = 0) -> str:
        asked.append((*arguments, seconds > 0))
        program(made, (3, 99, 0))
        return ""

    monkeypatch.setattr(pythons, "_uv", uv)
    monkeypatch.setattr(pythons, "_uv_find", lambda _: made if made.exists() else None)
    assert pythons.find_python(NO_SUCH) is None
    assert pythons.find_python(NO_SUCH, install=True) == made
    assert asked == [("python", "install", "3.99", True)]
    pythons._version_of.cache_clear()
    assert pythons.find_python(NO_SUCH, (3, 99, 5), install=True) is None


def test_uv_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    with pytest.raises(pythons.UvMissingError, match="pip install uv"):
        pythons.find_uv()
    assert pythons._uv("python", "find") is None
    beside = program(tmp_path / "bin" / "uv", (1, 2, 3))
    assert pythons.find_uv() == beside
    assert pythons._uv("python", "find") == "1 2 3"
    beside.write_text("#!/bin/sh\nexit 2\n", encoding="utf-8")
    assert pythons._uv("python", "find") is None


def test_interpreters_that_uv_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    there = program(tmp_path / "python", (3, 99, 1))
    monkeypatch.setattr(pythons, "_uv", lambda *_: str(there))
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "cache"))
    assert pythons.find_python(NO_SUCH) == there


def test_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPCRED_CACHE", "~/elsewhere")
    assert pythons.cache_root() == Path.home() / "elsewhere"
    monkeypatch.delenv("APPCRED_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert pythons.cache_root() == Path("/x/appcred")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert pythons.cache_root() == Path.home() / ".cache/appcred"


def test_the_message_about_a_named_python_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APPCRED_PYTHON_3_14", "/opt/python")
    said = pythons.python_missing((3, 14))
    assert said.endswith(" or correct APPCRED_PYTHON_3_14: /opt/python is not a Python")


def test_the_message_about_a_missing_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPCRED_PYTHON_3_14", raising=False)
    said = pythons.python_missing((3, 14), (3, 14, 2))
    assert said == (
        "Python 3.14.2 or a newer 3.14 was not found; install it (uv python install 3.14) "
        "or name one in APPCRED_PYTHON_3_14=/path/to/python3.14"
    )
