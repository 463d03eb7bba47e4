"""`appcred cache`: what is kept, how large it is, and what goes."""

from __future__ import annotations

import fcntl
import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from appcred import cli
from appcred.rehearsal.environment import KEY, MARKER

if TYPE_CHECKING:
    from pathlib import Path

DAY = 24 * 3600


def made(folder: Path, days: int = 0, requirements: tuple[str, ...] = (), size: int = 0) -> Path:
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x" * size)
    marker = folder / MARKER
    marker.write_text(json.dumps({"requirements": requirements}), encoding="utf-8")
    os.utime(marker, (time.time() - days * DAY - 60,) * 2)
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "cache"))
    homes = tmp_path / "cache/homeassistant"
    base = made(homes / f"2026.10.4-{KEY}", size=3_000_000)
    made(homes / f"2025.4.4-{KEY}", 40)
    made(homes / "2026.10-0123456789ab")
    made(homes / "2026.10.4+aaaaaaaaaaaa", 1, ("own==5", "more==6"), size=5_000_000)
    made(homes / "2025.1.0+bbbbbbbbbbbb", 0, ("own==5",))
    (homes / "2026.11.0-broken").mkdir()
    os.link(base / "file", homes / "2026.10.4+aaaaaaaaaaaa" / "shared")
    (tmp_path / "cache/python3.14/bin").mkdir(parents=True)
    (tmp_path / "cache/runs/now").mkdir(parents=True)
    return tmp_path / "cache"


def test_items_of_the_cache(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(cache.rglob("*"))
    assert cli.run(["cache"]) == 0
    head, *lines, last = capsys.readouterr().out.splitlines()
    assert head == str(cache)
    assert [line.split(" MB  ")[1] for line in lines] == [
        "Home Assistant 2025.1.0 with own==5, used today (its base is missing)",
        "Home Assistant 2025.4.4, used 40 days ago (it was not used for 40 days)",
        "Home Assistant 2026.10, used today (it was created by another version of appcred)",
        "Home Assistant 2026.10.4 with own==5, more==6, used yesterday",
        "Home Assistant 2026.10.4, used today",
        "Home Assistant 2026.11.0 (it is incomplete)",
        "python3.14",
    ]
    sizes = [int(line.split()[0]) for line in lines]
    assert sizes[3] + sizes[4] == 8, "what is shared counts once"
    assert last.startswith("8 MB in total; --prune removes")
    assert sorted(cache.rglob("*")) == before


def test_prune(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    homes = cache / "homeassistant"
    with (homes / "2026.11.0-broken.lock").open("w") as building:
        fcntl.flock(building, fcntl.LOCK_EX)
        assert cli.run(["cache", "--prune"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "removed 3 of 7, 0 MB"
    assert {path.name for path in homes.iterdir() if path.is_dir()} == {
        f"2026.10.4-{KEY}",
        "2026.10.4+aaaaaaaaaaaa",
        "2026.11.0-broken",
    }
    assert (cache / "python3.14").is_dir()
    assert cli.run(["cache", "--prune"]) == 0
    assert not (homes / "2026.11.0-broken").exists()


def test_an_empty_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "none"))
    assert cli.run(["cache"]) == 0
    assert "0 MB in total" in capsys.readouterr().out
