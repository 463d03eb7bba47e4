"""The verb's edges: what is refused, what is said, and with which exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from appcred.integration import Layout
from appcred.retrofit import verb as retrofit
from appcred.rules import engine

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.integration import Integration
    from appcred.rules.rule import Example

pytestmark = pytest.mark.slow

YAML = engine.rule("APC401").EXAMPLES[1]
FOLDER = "custom_components/example"
DATA = [
    "--data",
    "authorize_url=https://login.example.com/a",
    "--data",
    "token_url=https://login.example.com/t",
]


def write(root: Path, domain: str = "example", example: Example = YAML) -> Path:
    for path, file in example.integration().files.items():
        target = root / str(path).replace("example", domain, 1)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
    return root / "custom_components" / domain


def plain(root: Path, init: str = '"""Example."""\n', domain: str = "example") -> Path:
    folder = root / "custom_components" / domain
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(init)
    manifest = {"domain": domain, "name": "Example", "version": "1.0.0"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def content(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_answers_are_for_one_integration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    plain(tmp_path, domain="second")
    before = content(tmp_path)
    assert run(["retrofit", str(tmp_path), *DATA, "--allow-no-vcs"]) == 2
    assert "the answers apply to one integration, but PATH has 2" in capsys.readouterr().err
    assert content(tmp_path) == before


def test_oauth2_is_written_where_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = plain(tmp_path)
    command = ["retrofit", str(tmp_path), *DATA, "--allow-no-vcs", "--target", "2026.10"]
    assert run([*command, "--check"]) == 1
    assert not (folder / "config_flow.py").exists()
    assert run(command) == 0
    assert "AbstractOAuth2FlowHandler" in (folder / "config_flow.py").read_text()
    assert "\nfrom the template: 12 new files, and 2 changed\n" in capsys.readouterr().out
    assert run(command) == 0


def test_half_of_the_answers_are_too_few(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain(tmp_path)
    assert run(["retrofit", str(tmp_path), *DATA[:2], "--allow-no-vcs"]) == 2
    assert "has no OAuth2 yet" in capsys.readouterr().err


def test_without_oauth2_nothing_is_applicable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain(tmp_path)
    assert run(["retrofit", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "its own library" not in said.err
    assert run(["retrofit", str(tmp_path), "--format", "json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["integrations"]
    assert one["applicable"] is False


def test_home_assistants_own_sign_in_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain(tmp_path, domain="auth")
    assert run(["retrofit", str(tmp_path)]) == 0
    assert "part of Home Assistant's own sign-in" in capsys.readouterr().err


def test_a_crash_is_a_defect_and_exits_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("secret words")

    write(tmp_path)
    monkeypatch.delenv("APPCRED_TRACEBACK", raising=False)
    monkeypatch.setattr(retrofit, "_judged", broken)
    assert run(["retrofit", str(tmp_path), "--check"]) == 3
    said = capsys.readouterr()
    assert "a defect of appcred: KeyError" in said.err
    assert "secret words" not in said.err + said.out


def test_code_that_is_nested_too_deeply_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def deep(*_: object) -> None:
        raise RecursionError

    write(tmp_path)
    monkeypatch.setattr(retrofit, "_judged", deep)
    assert run(["retrofit", str(tmp_path), "--check"]) == 2
    assert "is nested too deeply and was not changed" in capsys.readouterr().err


def test_without_git_there_is_no_version_control(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path)
    before = content(folder)
    monkeypatch.setenv("PATH", "")
    assert run(["retrofit", str(tmp_path)]) == 2
    assert "is not in a git repository" in capsys.readouterr().err
    assert content(folder) == before


def test_an_ignored_rule_is_not_fixed(tmp_path: Path) -> None:
    folder = write(tmp_path)
    before = content(folder)
    run(["retrofit", str(tmp_path), "--ignore", "APC4,APC1,APC2,APC6", "--allow-no-vcs"])
    assert content(folder) == before


@pytest.mark.parametrize("selected", ["APC407", "APC4"])
def test_the_import_goes_only_where_that_was_asked(selected: str, tmp_path: Path) -> None:
    init = engine.rule("APC407").EXAMPLES[1].files["__init__.py"]
    folder = write(tmp_path)
    (folder / "__init__.py").write_text(init)
    platform = YAML.after["application_credentials.py"]
    (folder / "application_credentials.py").write_text(str(platform))
    command = ["retrofit", str(tmp_path), "--select", selected, "--allow-no-vcs"]
    run(command)
    assert "async_import_client_credential" in (folder / "__init__.py").read_text()
    assert run([*command, "--yaml", "remove"]) == 0
    assert "async_import_client_credential" not in (folder / "__init__.py").read_text()


def test_core_gets_its_next_steps() -> None:
    core = type(YAML)(YAML.files, layout=Layout.CORE, floor="2026.11").integration()
    outcome = outcome_of(core)
    told = retrofit._next_steps(outcome, outcome.plan())
    assert any("python3 -m script.hassfest" in each for each in told)
    custom = outcome_of(YAML.integration())
    assert not any("hassfest" in each for each in retrofit._next_steps(custom, custom.plan()))


def outcome_of(integration: Integration) -> retrofit.Outcome:
    return retrofit.retrofit(integration, YAML.span(), retrofit.Options())


def test_a_server_of_each_entry_needs_no_retrofit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path, example=engine.rule("APC402").EXAMPLES[-1])
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert run(["retrofit", str(tmp_path), "--allow-no-vcs"]) == 0
    said = capsys.readouterr()
    assert "its authorization server differs from entry to entry" in said.err
    assert said.out == "nothing to do in 1 integration.\n"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
