"""What is said of a step that keeps the code of the integration, and `--strict`."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from appcred.rules.rule import EXAMPLE_MANIFEST
from retrofit import cases
from retrofit.examples import YAML

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cases.write(cases.trees()["init-that-does-more"], tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_strict_refuses_steps_on_keep(root: Path) -> None:
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
def test_each_decision_is_reported(
    root: Path, capsys: pytest.CaptureFixture[str], *, verbose: bool
) -> None:
    assert root.exists()
    assert run(["retrofit", ".", "--allow-no-vcs", *(["-v"] if verbose else [])]) == 0
    said = capsys.readouterr().err
    kept = "the hook creates KelvinImplementation as the integration did"
    assert kept in said
    assert ("platform: keep, " in said) is verbose
    assert ("client: best, " in said) is verbose


def test_the_decisions_of_the_best_rung_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "custom_components/example"
    folder.mkdir(parents=True)
    for name, text in {**YAML, "manifest.json": json.dumps(EXAMPLE_MANIFEST)}.items():
        (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert run(["retrofit", ".", "--check", "-v"]) == 1
    said = capsys.readouterr().err
    assert ": platform: best, Home Assistant's own implementation\n" in said
    assert ": client: best, imported from YAML in async_setup\n" in said
    assert re.search(r": registration: best, removed \(\S+/__init__\.py:\d+\)\n", said)
    # What was not asked for was not decided.
    assert run(["retrofit", ".", "--check", "--select", "APC2", "-v"]) == 0
    assert "registration: best" not in capsys.readouterr().err


def test_a_domain_without_a_name_is_written_into_the_auth_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = {}
    for name, text in cases.trees()["client-read-from-the-entry"].items():
        text = re.sub(r"(?m)^(from .* import .*) DOMAIN,", r"\1", text)
        text = text.replace('DOMAIN = "kelvin"\n', "").replace("DOMAIN = DOMAIN", "DOMAIN = ID")
        tree[name] = re.sub(r"\bDOMAIN\b(?! =)", '"kelvin"', text).replace("= ID", '= "kelvin"')
    tree["__init__.py"] = (
        tree["__init__.py"]
        .replace("from .config_flow import KelvinFlow\n", "")
        .replace("KelvinFlow.async_reg", "config_entry_oauth2_flow.async_reg")
        .replace(
            "implementation(\n        hass,", 'implementation(\n        hass,\n        "kelvin",', 1
        )
    )
    folder = cases.write(tree, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(["retrofit", ".", "--allow-no-vcs"]) == 0
    text = (folder / "__init__.py").read_text()
    assert 'slugify(f"kelvin.{client_id}")' in text
    ast.parse(text)
