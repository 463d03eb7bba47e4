"""The last words: what was made, and what to do next."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from appcred import cli
from appcred.release import Release
from lab.trees import CURRENT, Answers, libraries
from new.command import run

if TYPE_CHECKING:
    from _pytest.capture import CaptureFixture

    from lab.gate import Lab

pytestmark = pytest.mark.slow


def test_the_printed_tree_is_the_new_one(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(capsys, Path("my lamp"), "--defaults", "--data", "domain=lamp")
    assert done.err == ""
    drawn = done.out.split("\n\n")[0].splitlines()
    assert drawn[0] == "my lamp/"
    # read back: the depth of a name is the width of what is drawn before it
    read, parents = set(), {0: Path()}
    for line in drawn[1:]:
        name = line.lstrip("│├└─ ")
        depth = (len(line) - len(name)) // 4
        parents[depth] = parents[depth - 1] / name
        if not name.endswith("/"):
            read.add(parents[depth])
    made = {p.relative_to("my lamp") for p in Path("my lamp").rglob("*") if p.is_file()}
    assert read == made


def test_the_steps_of_a_custom_integration(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/appcred")
    done = run(
        capsys,
        Path("my lamp"),
        *("--defaults", "-d", "domain=lamp", "-d", "name=Magic Lamp", "-d", "floor=2025.4"),
        *("-d", "requirements=pylamp==1.2 pygenie==3"),
    )
    assert done.out.split("\n\n")[1].splitlines() == [
        "Next:",
        "  1. Run its tests in Home Assistant 2025.4.4:",
        "       cd 'my lamp'",
        "       python3.13 -m venv .venv",
        (
            "       .venv/bin/pip install pytest-homeassistant-custom-component==0.13.236 "
            "pylamp==1.2 pygenie==3"
        ),
        "       .venv/bin/pytest",
        "  2. Check it now and after each change:",
        "       appcred check .",
        "  3. Rehearse it in a real Home Assistant, without the service:",
        "       appcred rehearse .",
        "     rehearsal.yml has the service's responses; correct it where it is wrong.",
        "  4. Try it. CONFIG is the configuration folder of your Home Assistant:",
        "       mkdir -p CONFIG/custom_components",
        "       cp -r custom_components/lamp CONFIG/custom_components/",
        "     Restart Home Assistant. In Settings > Devices & services > Add integration,",
        "     choose Magic Lamp, and enter the client ID and secret that it asks for.",
    ]


@pytest.mark.parametrize("floor", ["2025.4", "2025.12", "2026.3", "2026.10"])
@pytest.mark.parametrize("repository", ["true", "false"])
def test_the_printed_check_command_finds_nothing(
    capsys: CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    floor: str,
    repository: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(
        capsys,
        tmp_path / "it",
        "--defaults",
        "-d",
        f"floor={floor}",
        "-d",
        f"repository={repository}",
    )
    (line,) = (line for line in done.out.splitlines() if " check ." in line)
    program, *arguments = shlex.split(line)
    if arguments[:2] == ["-m", "appcred"]:  # these tests run by `python -m pytest`
        assert program == sys.executable
        arguments = arguments[2:]
    else:
        assert Path(program).name == Path(sys.argv[0]).name or program == "appcred"
    monkeypatch.chdir(tmp_path / "it")
    assert cli.run(arguments) == 0
    assert capsys.readouterr().out == "Nothing to report in 1 integration with OAuth2.\n"


@pytest.mark.parametrize("row", libraries(), ids=str)
def test_nothing_is_found_where_a_library_makes_the_requests(
    capsys: CaptureFixture[str], tmp_path: Path, row: Answers
) -> None:
    given = [f"--data={key}={value}" for key, value in row.data.items()]
    done = run(capsys, tmp_path, "--defaults", *given)
    assert done.code == 0, done.err
    assert (
        cli.run(["check", str(tmp_path), "--target", str(Release.from_number(row.data["floor"]))])
        == 0
    )
    assert capsys.readouterr().out == "Nothing to report in 1 integration with OAuth2.\n"


@pytest.mark.parametrize("there", [True, False], ids=["custom_components", "none"])
def test_the_printed_copy_command_works(
    capsys: CaptureFixture[str], tmp_path: Path, *, there: bool
) -> None:
    """In a configuration with and without other custom integrations."""
    done = run(capsys, tmp_path / "it", "--defaults", "-d", "domain=lamp")
    config = tmp_path / "config"
    (config / "custom_components" if there else config).mkdir(parents=True)
    for program in ("mkdir", "cp"):
        (line,) = (line for line in done.out.splitlines() if line.strip().startswith(program))
        command = shlex.split(line.replace("CONFIG", str(config)))
        subprocess.run(command, cwd=tmp_path / "it", check=True)
    assert (config / "custom_components/lamp/manifest.json").is_file()


@pytest.mark.lab
def test_uv_can_sync_a_repository(capsys: CaptureFixture[str], tmp_path: Path, lab: Lab) -> None:
    python = lab.environment(CURRENT).python
    assert (
        run(capsys, tmp_path, "--defaults", "-d", "repository=true", "-d", "floor=2025.4").code == 0
    )
    done = subprocess.run(
        [sys.executable, "-m", "uv", "sync", "--dry-run", "--quiet", "--python", str(python)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_plain_tree_brings_settings_that_it_meets(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(capsys, tmp_path, "--defaults").code == 0
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run([*ruff, *command], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
    assert ".venv/\n" in (tmp_path / ".gitignore").read_text()


def test_an_author_s_own_files_of_a_repository_are_kept(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    own = {".gitignore": "*.zip\n", "README.md": "# Lamp\n", "LICENSE.md": "Mine\n"}
    for name, text in own.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    done = run(capsys, tmp_path, "--defaults", "-d", "domain=lamp")
    assert done.code == 0, done.err
    assert done.err.splitlines() == [
        "appcred: .gitignore already exists and was kept; .gitignore was not written",
        "appcred: pyproject.toml already exists and was kept; ruff.toml was not written",
    ]
    assert not (tmp_path / "ruff.toml").exists()
    assert {name: (tmp_path / name).read_text() for name in own} == own
    # a second run has nothing to do
    assert (
        "is up to date; nothing was written"
        in run(capsys, tmp_path, "--defaults", "-d", "domain=lamp").out
    )
    (tmp_path / "pyproject.toml").unlink()
    done = run(capsys, tmp_path / "other", "--defaults", "-d", "repository=true")
    assert done.code == 0
    assert done.err == ""


def test_an_import_from_yaml_is_reported_as_information(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    """All that `check` says of it; the command that it names is the retrofit's."""
    assert run(capsys, tmp_path, "--defaults", "-d", "yaml_import=true").code == 0
    assert cli.run(["check", str(tmp_path), "--format", "concise"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "APC" in line)
    assert " APC407 " in line


def test_without_a_path_the_program_is_named_by_its_own(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.argv", [".venv/bin/appcred", "new"])
    done = run(capsys, tmp_path / "it", "--defaults")
    assert f"       {tmp_path}/.venv/bin/appcred check .\n" in done.out


def test_a_public_client_asks_for_no_credentials(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    done = run(capsys, tmp_path, "--defaults", "--data", "flow=pkce_public")
    assert done.out.endswith("choose Example, and sign in.\n")
    assert (
        "     Register this redirect URL for the client home-assistant:\n"
        "     https://my.home-assistant.io/redirect/oauth\n"
    ) in done.out


def test_the_steps_of_a_core_integration(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last words are the commands that bring the generated lists up to date."""
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/appcred")
    done = run(capsys, tmp_path, "--defaults", "-d", "layout=core", "-d", "domain=lamp")
    assert done.code == 0, done.err
    _, steps, service, remarks, commands = done.out.split("\n\n")
    assert steps.splitlines() == [
        "Next:",
        "  1. Go to your checkout of core:",
        f"       cd {tmp_path}",
        "     Add the line homeassistant.components.lamp.* to .strict-typing, then",
        "     update core's generated lists with the commands at the end.",
        "  2. Run its tests, which need those lists:",
        "       pytest tests/components/lamp",
        "  3. Check it now and after each change:",
        "       appcred check homeassistant/components/lamp",
        "  4. Rehearse it in a real Home Assistant, without the service:",
        "       appcred rehearse homeassistant/components/lamp --responses FILE",
        "     FILE has the responses of the service. Core has no place for it; save it elsewhere:",
    ]
    answered = yaml.safe_load(service)["answers"]
    assert [answer["url"] for answer in answered] == [
        "https://example.com/oauth2/userinfo",
        "https://example.com/api/status",
    ]
    assert not list(tmp_path.rglob("rehearsal.yml"))
    assert "when no bronze rule in quality_scale.yaml says todo. Brands and\nthe" in remarks
    assert "Core accepts an integration only if a library on PyPI makes its requests." in remarks
    assert commands.splitlines()[1:] == [
        "       python3 -m script.hassfest --skip-plugins quality_scale",
        "       python3 -m script.gen_requirements_all",
    ]
    assert (tmp_path / "homeassistant/components/lamp/manifest.json").is_file()
    assert (tmp_path / "tests/components/lamp/conftest.py").is_file()
    assert not list(tmp_path.glob(".copier-answers*"))


@pytest.mark.parametrize("library", [(), ("-d", "library=lamplib", "-d", "requirements=lamp==1")])
def test_the_remark_about_bronze_in_core_is_true(
    capsys: CaptureFixture[str], tmp_path: Path, library: tuple[str, ...]
) -> None:
    given = ("--defaults", "-d", "layout=core", "-d", "domain=lamp", *library)
    done = run(capsys, tmp_path, *given)
    assert done.code == 0, done.err
    assert ("a library on PyPI" in done.out) == (not library)
    folder = tmp_path / "homeassistant/components/lamp"
    assert json.loads((folder / "manifest.json").read_text())["quality_scale"] == "bronze"
    bronze = (folder / "quality_scale.yaml").read_text().partition("# Silver")[0]
    todo = {name for name, state in yaml.safe_load(bronze)["rules"].items() if state == "todo"}
    documentation = {name for name in todo if name.startswith("docs-")}
    assert documentation
    assert todo - documentation == {"brands", *(["dependency-transparency"] if library else [])}
    assert ("dependency-transparency" in done.out) == bool(library)
