"""What is said of a step that keeps the code of the integration, and `--strict`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from retrofit import cases

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cases.write(cases.trees()["init-that-does-more"], tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_strict_refuses_what_only_keeps(root: Path) -> None:
    before = files(root)
    assert run(["retrofit", ".", "--allow-no-vcs", "--strict"]) == 1
    assert files(root) == before


def test_each_decision_is_in_the_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert root.exists()
    assert run(["retrofit", ".", "--allow-no-vcs", "--format", "json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["integrations"]
    platform, client = one["facts"]["decisions"]
    assert (platform["step"], platform["rung"]) == ("platform", "keep")
    assert platform["path"].endswith("oauth.py")
    assert client == {
        "step": "client",
        "rung": "best",
        "reason": "imported by one function, in async_setup and in the flow",
    }


@pytest.mark.parametrize("verbose", [True, False])
def test_each_decision_is_said(
    root: Path, capsys: pytest.CaptureFixture[str], *, verbose: bool
) -> None:
    assert root.exists()
    assert run(["retrofit", ".", "--allow-no-vcs", *(["-v"] if verbose else [])]) == 0
    said = capsys.readouterr().err
    kept = "the hook creates KelvinImplementation as the integration did"
    assert kept in said
    assert ("platform: keep, " in said) is verbose
    assert ("client: best, " in said) is verbose
