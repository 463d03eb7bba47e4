"""Environments: what is installed into them, once, and what is said if that does not work.

That a real one is built and runs Home Assistant is shown by the other tests; here uv is a script
that writes down what it is asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from appcred import cli
from appcred.rehearsal import environment
from appcred.rehearsal.configuration import configure
from appcred.rehearsal.environment import (
    Environment,
    EnvironmentUnavailableError,
    RequirementsError,
    prepare,
)

# Stands for uv: makes the folders that it would, and logs its arguments.
# A path with spaces cannot stand behind `#!`: the shell starts it, as it does pip's own scripts.
UV = """#!/bin/sh
'''exec' "{python}" -S "$0" "$@"
' '''
import json, os, pathlib, sys
here = pathlib.Path({here!r})
with (here / "log").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
asked = sys.argv[1:]
if asked[:2] == ["pip", "compile"]:
    print(sys.stdin.read().strip().replace("*", "4"))
    sys.exit()
if "--dry-run" in asked:
    clash = here / "clash"
    if clash.exists():
        sys.stderr.write(clash.read_text())
        sys.exit(1)
    new = [each for each in asked[asked.index("-c") + 4:] if each != "turbo==4"]
    sys.stderr.write("Would install\\n" + "".join(" + " + each + "\\n" for each in new))
refusal = here / "refusal"
if asked[0] == "venv":
    folder = pathlib.Path(asked[-1])
    package = folder / "lib/python3.14/site-packages/homeassistant/components"
    (folder / "bin").mkdir(parents=True)
    package.mkdir(parents=True)
    (package.parent.parent / "homeassistant-2026.10.4.dist-info").mkdir()
    (package.parent / "util").mkdir()
    source = here / "package"
    (package.parent / "util/package.py").write_text(source.read_text() if source.exists() else "")
    for name, content in json.loads((here / "manifests").read_text()).items():
        (package / name).mkdir()
        (package / name / "manifest.json").write_text(json.dumps(content))
    python = folder / "bin" / "python"
    python.write_text("#!/bin/sh\\n" + (here / "python").read_text())
    python.chmod(0o755)
elif refusal.exists() and asked[-1].startswith("homeassistant"):
    sys.stderr.write(refusal.read_text())
    if not refusal.read_text().startswith("error"):
        refusal.unlink()
    sys.exit(1)
"""
MANIFESTS = {
    "http": {"requirements": ["web==1"]},
    "frontend": {"dependencies": ["http"], "requirements": ["pages==2"]},
    "webhook": {"dependencies": ["http"]},
    "cloud": {"after_dependencies": ["camera"], "requirements": ["cloud==3"]},
    "camera": {"requirements": ["turbo==4"]},
}


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the script in uv's place; return its folder."""
    here = tmp_path / "uv"
    here.mkdir()
    program = here / "uv"
    program.write_text(UV.format(python=sys.executable, here=str(here)), encoding="utf-8")
    program.chmod(0o755)
    (here / "manifests").write_text(json.dumps(MANIFESTS), encoding="utf-8")
    (here / "python").write_text("""echo '["frontend"]'""", encoding="utf-8")
    monkeypatch.setattr(environment, "find_uv", lambda: program)
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "find_python", lambda *_, **__: Path(sys.executable))
    return here


def asked(here: Path) -> list[list[str]]:
    lines = (here / "log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def bases(here: Path) -> list[list[str]]:
    """Return what was asked of uv to make bases."""
    return [line for line in asked(here) if line[0] == "venv" or "--exclude-newer" in line]


def test_an_environment_is_built_once(uv: Path) -> None:
    said: list[str] = []
    made = prepare("2026.10", say=said.append)
    assert (made.homeassistant, str(made.release)) == ("2026.10.4", "2026.10")
    assert (made.hass.name, made.layer) == ("hass", None)
    compiled, *rest = asked(uv)
    assert compiled[:2] == ["pip", "compile"]
    assert [line[0] for line in rest] == ["venv", "pip", "pip"]
    assert rest[1][-1] == "homeassistant==2026.10.4"
    assert rest[2][-4:] == ["cloud==3", "pages==2", "turbo==4", "web==1"]
    assert rest[2][-5].endswith("package_constraints.txt")
    for line in rest[1:]:
        assert line[line.index("--exclude-newer") + 1] == "2026-12-01"
    for version in ("2026.10", "2026.10.4"):  # which are one
        assert prepare(version, ["webhook"], ["web==1"], said.append) == made
    assert len(asked(uv)) == 4
    assert len(said) == 1


def test_requirements_of_an_integration_are_a_layer(uv: Path) -> None:
    (uv / "manifests").write_text(
        json.dumps(MANIFESTS | {"tuner": {"requirements": ["radio==6"]}}), encoding="utf-8"
    )
    base = prepare("2026.10.4")
    before = len(asked(uv))
    said: list[str] = []
    more = prepare("2026.10.4", ["tuner"], ["own==5"], said.append)
    assert more.folder == base.folder
    assert more.layer is not None
    plan, install = asked(uv)[before:]
    assert plan[-4:] == ["--exclude-newer", "2026-12-01", "own==5", "radio==6"]
    assert plan[-5].endswith("package_constraints.txt")
    assert install[-2:] == ["own==5", "radio==6"]
    assert install[install.index("--target") + 1] == str(more.layer)
    assert "--no-deps" in install
    assert said == ["installing own==5, radio==6 on top of Home Assistant 2026.10.4 (once)"]
    assert prepare("2026.10", ["tuner"], ["own==5"]) == more
    assert len(asked(uv)) == before + 2


def test_requirements_that_contradict_those_of_home_assistant(uv: Path) -> None:
    prepare("2026.10.4")
    (uv / "clash").write_text(
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because you require web==1\n"
        "      and web==2, your requirements are unsatisfiable.\n",
        encoding="utf-8",
    )
    with pytest.raises(RequirementsError) as raised:
        prepare("2026.10.4", (), ["web==2"])
    assert str(raised.value) == (
        "with the constraints of Home Assistant 2026.10.4: Because you require web==1 and web==2, "
        "your requirements are unsatisfiable."
    )
    (uv / "clash").write_text("error: no network", encoding="utf-8")
    with pytest.raises(EnvironmentUnavailableError, match="no network") as other:
        prepare("2026.10.4", (), ["web==2"])
    assert not isinstance(other.value, RequirementsError)


def test_setuptools_is_installed_if_home_assistant_imports_it(uv: Path) -> None:
    (uv / "package").write_text("import pkg_resources\n", encoding="utf-8")
    prepare("2023.7.3")
    assert [line[-1] for line in bases(uv)][2] == "setuptools<81"


def test_an_index_that_does_not_say_when_packages_came_out(uv: Path) -> None:
    (uv / "refusal").write_text("no upload date", encoding="utf-8")
    prepare("2026.10.4")
    installs = [line for line in asked(uv) if line[-1] == "homeassistant==2026.10.4"]
    assert ["--exclude-newer" in line for line in installs] == [True, False]


def test_a_cache_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "file" / "cache"))
    assert cli.run(["cache"]) == 2
    said = capsys.readouterr().err
    assert "cannot be written (not a directory); set APPCRED_CACHE to a folder that can" in said


def test_a_newer_python_is_looked_for_where_the_release_asks(
    uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (uv / "refusal").write_text("x depends on Python>=3.13.2 and", encoding="utf-8")
    wanted = []

    def find(version: tuple[int, int], minimum: object = None, **_: object) -> Path | None:
        wanted.append((version, minimum))
        return None if minimum else Path(sys.executable)

    monkeypatch.setattr(environment, "find_python", find)
    prepare("2025.12.4")
    assert wanted == [((3, 13), None), ((3, 13), (3, 13, 2)), ((3, 14), None)]


def test_errors_of_uv_are_shown(uv: Path) -> None:
    (uv / "refusal").write_text("error: no\n  such thing", encoding="utf-8")
    said = "^uv could not install: error: no such thing$"
    with pytest.raises(EnvironmentUnavailableError, match=said):
        prepare("2026.10")
    kept = environment.cache_root() / "homeassistant"
    assert [path.suffix for path in kept.iterdir()] == [".lock"]


def test_a_home_assistant_that_does_not_start(uv: Path) -> None:
    (uv / "python").write_text("echo broken >&2; exit 1", encoding="utf-8")
    with pytest.raises(EnvironmentUnavailableError, match="does not start: broken"):
        prepare("2026.10")
    (uv / "python").write_text("exit 1", encoding="utf-8")
    with pytest.raises(EnvironmentUnavailableError, match="it printed nothing"):
        prepare("2026.10")


def test_a_uv_that_does_not_end(uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (uv / "uv").write_text("#!/bin/sh\nsleep 20\n", encoding="utf-8")
    monkeypatch.setattr(environment, "_SECONDS_TO_INSTALL", 0.1)
    with pytest.raises(EnvironmentUnavailableError, match="half an hour"):
        prepare("2026.10")


@pytest.mark.parametrize("has_country", [True, False])
def test_home_assistant_has_the_company_of_default_config(
    tmp_path: Path, *, has_country: bool
) -> None:
    """Flows and entries of many integrations need one of it; what differs is read from files."""
    package = tmp_path / "lib/python3.14/site-packages/homeassistant"
    package.mkdir(parents=True)
    (package / "config.py").write_text("CONF_COUNTRY" if has_country else "", encoding="utf-8")
    folder = tmp_path / "config"
    folder.mkdir()
    configure(folder, Environment(tmp_path, "2026.10.4"), ("custom_components.x",), 3.0)
    text = (folder / "configuration.yaml").read_text(encoding="utf-8")
    assert {"cloud:", "my:", "recorder:", "frontend:"} <= set(text.splitlines())
    assert ("  country: NL" in text.splitlines()) == has_country
