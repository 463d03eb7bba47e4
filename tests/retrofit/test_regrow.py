"""What is taken out of a scaffolded integration, and is still determined, grows again."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from appcred import loading
from appcred.answers import Answers
from appcred.cli import run
from appcred.documents.json import drop, drop_item
from appcred.release import Release, Span
from appcred.retrofit.verb import Options, retrofit
from appcred.scaffold.rendering import render

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CONSOLE = "https://example.com/developer"
FOLDER = "custom_components/example"
TEXT = "Ask support for a client."
ANSWERS = {
    "plain": {"console_url": "", "credentials_text": TEXT},
    "redirect": {"console_url": ""},
    "console": {"console_url": CONSOLE},
    "basic": {"console_url": "", "credentials_text": TEXT, "token_auth": "basic"},
    "pkce": {"console_url": "", "credentials_text": TEXT, "flow": "pkce_secret"},
}


@cache
def scaffolded(name: str) -> dict[str, bytes]:
    given = {"domain": "example", "repository": False, "floor": 202610, **ANSWERS[name]}
    files = render(Answers({}, given, ()), ask=False).files
    return {str(path): content for path, content in files.items()}


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def data(name: str) -> list[str]:
    """Return what a person has to say again: what no code or text holds."""
    kept = ("console_url", "credentials_text", "flow", "token_auth")
    given = {key: value for key, value in ANSWERS[name].items() if key in kept and value}
    given |= (
        {} if "credentials_text" in ANSWERS[name] else {"console_url": given.get("console_url", "")}
    )
    return [part for key, value in given.items() for part in ("--data", f"{key}={value}")]


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_is_missing_of_what_new_writes(name: str, tmp_path: Path) -> None:
    write(tmp_path, scaffolded(name))
    assert run(["retrofit", str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize("name", ANSWERS)
def test_the_dependency(name: str, tmp_path: Path) -> None:
    files = dict(scaffolded(name))
    manifest = f"{FOLDER}/manifest.json"
    files[manifest] = drop_item(files[manifest], ["dependencies"], "application_credentials")
    write(tmp_path, files)
    assert run(["retrofit", str(tmp_path), "--allow-no-vcs"]) == 0
    assert read(tmp_path) == scaffolded(name)


@pytest.mark.parametrize("name", ["plain", "redirect", "basic", "pkce"])
@pytest.mark.parametrize("also_dependency", [False, True])
def test_the_platform(name: str, also_dependency: bool, tmp_path: Path) -> None:
    files = dict(scaffolded(name))
    del files[f"{FOLDER}/application_credentials.py"]
    texts = f"{FOLDER}/translations/en.json"
    files[texts] = drop(files[texts], ["application_credentials"])
    if also_dependency:
        manifest = f"{FOLDER}/manifest.json"
        files[manifest] = drop_item(files[manifest], ["dependencies"], "application_credentials")
    write(tmp_path, files)
    arguments = data(name) or ["--data", "flow=secret"]
    arguments += ["--target", "2026.10", "--allow-no-vcs"]
    assert run(["retrofit", str(tmp_path), *arguments]) == 0
    assert read(tmp_path) == scaffolded(name)


def test_the_text_of_the_dialog_with_its_console(tmp_path: Path) -> None:
    files = dict(scaffolded("console"))
    texts = f"{FOLDER}/translations/en.json"
    files[texts] = drop(files[texts], ["application_credentials"])
    write(tmp_path, files)
    assert run(["retrofit", str(tmp_path), "--allow-no-vcs", *data("console")]) == 0
    assert read(tmp_path) == scaffolded("console")


def test_a_missing_fact_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = dict(scaffolded("plain"))
    del files[f"{FOLDER}/application_credentials.py"]
    const = f"{FOLDER}/const.py"
    files[const] = b"".join(
        line for line in files[const].splitlines(keepends=True) if b"OAUTH2_TOKEN" not in line
    )
    write(tmp_path, files)
    before = read(tmp_path)
    assert run(["retrofit", str(tmp_path), "--allow-no-vcs"]) == 1
    assert read(tmp_path) == before
    assert "--data token_url=" in capsys.readouterr().out


def test_texts_that_go_missing(tmp_path: Path) -> None:
    """The floor is one at which the integration has the helper's texts itself."""
    given = {"domain": "example", "repository": False, "floor": 202504, **ANSWERS["plain"]}
    files = {
        str(path): content
        for path, content in render(Answers({}, given, ()), ask=False).files.items()
    }
    write(tmp_path, files)
    (place,) = loading.find(tmp_path, lambda _: None)
    integration = loading.load(place)
    assert integration is not None
    span = Span(Release(2025, 4), Release(2026, 11))
    assert not retrofit(integration, span, Options("2025.4")).plan()
