"""Environments: what is installed into them, once, and what is said if that does not work.

That a real one is built and runs Home Assistant is shown by the other tests; here uv is a script
that writes down what it is asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from appcred.rehearsal import environment
from appcred.rehearsal.environment import EnvironmentUnavailableError, prepare

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
refusal = here / "refusal"
if asked[0] == "venv":
    folder = pathlib.Path(asked[-1])
    package = folder / "lib/python3.14/site-packages/homeassistant/components"
    (folder / "bin").mkdir(parents=True)
    package.mkdir(parents=True)
    (package.parent.parent / "homeassistant-2026.10.4.dist-info").mkdir()
    for name, content in json.loads((here / "manifests").read_text()).items():
        (package / name).mkdir()
        (package / name / "manifest.json").write_text(json.dumps(content))
    python = folder / "bin" / "python"
    python.write_text("#!/bin/sh\\n" + (here / "python").read_text())
    python.chmod(0o755)
elif refusal.exists() and asked[-1].startswith("homeassistant"):
    sys.stderr.write(refusal.read_text())
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


def test_an_environment_is_built_once(uv: Path) -> None:
    said: list[str] = []
    made = prepare("2026.10", say=said.append)
    assert (made.homeassistant, str(made.release)) == ("2026.10.4", "2026.10")
    assert made.hass.name == "hass"
    assert [line[0] for line in asked(uv)] == ["venv", "pip", "pip"]
    assert asked(uv)[1][-1] == "homeassistant==2026.10.*"
    assert asked(uv)[2][-2:] == ["pages==2", "web==1"]
    assert asked(uv)[2][-3].endswith("package_constraints.txt")
    assert prepare("2026.10", ["webhook"], ["web==1"], said.append) == made
    assert len(asked(uv)) == 3
    assert len(said) == 1


def test_what_an_integration_needs_beside_it_has_one_of_its_own(uv: Path) -> None:
    base = prepare("2026.10.4")
    assert asked(uv)[1][-1] == "homeassistant==2026.10.4"
    more = prepare("2026.10.4", ["cloud"], ["own==5"])
    assert more.folder != base.folder
    assert asked(uv)[-1][-5:] == ["cloud==3", "own==5", "pages==2", "turbo==4", "web==1"]


def test_a_newer_python_is_looked_for_where_the_release_asks(
    uv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (uv / "refusal").write_text("x depends on Python>=3.13.2 and", encoding="utf-8")
    wanted = []

    def find(version: tuple[int, int], minimum: object = None, **_: object) -> Path | None:
        wanted.append((version, minimum))
        return None if minimum else Path(sys.executable)

    monkeypatch.setattr(environment, "find_python", find)
    prepare("2025.12")
    assert wanted == [((3, 13), None), ((3, 13), (3, 13, 2)), ((3, 14), None)]


def test_what_uv_cannot_do_is_said(uv: Path) -> None:
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
