"""An integration is copied as it is, with no more than what a core one lacks as a custom one."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from appcred.rehearsal.subject import SubjectError, install, read

if TYPE_CHECKING:
    from pathlib import Path


def made(folder: Path, manifest: Any, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    (folder / "application_credentials.py").write_text("# here\n", encoding="utf-8")
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return folder


def test_facts_about_a_subject(tmp_path: Path) -> None:
    folder = made(
        tmp_path / "x",
        {"domain": "one", "dependencies": ["a"], "requirements": ["b==1"], "loggers": ["c"]},
    )
    subject = read(folder)
    assert (subject.domain, subject.name) == ("one", "one")
    assert (subject.dependencies, subject.requirements) == (("a",), ("b==1",))
    assert subject.loggers == ("custom_components.one", "c")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("[]", "must be a JSON object"),
        ("{", "is not valid JSON"),
        ({}, "has no valid domain"),
        ({"domain": "../x"}, "has no valid domain"),
        ({"domain": "x", "dependencies": "y"}, "^dependencies in .* must be a list of strings"),
        ({"domain": "x", "requirements": [3]}, "^requirements in .* must be a list of strings"),
    ],
)
def test_a_manifest_that_cannot_be_used(tmp_path: Path, manifest: Any, said: str) -> None:
    with pytest.raises(SubjectError, match=said):
        read(made(tmp_path / "x", manifest))


def test_missing_files_of_a_subject(tmp_path: Path) -> None:
    with pytest.raises(SubjectError, match="cannot be read"):
        read(tmp_path)
    folder = made(tmp_path / "x", {"domain": "one"})
    (folder / "application_credentials.py").unlink()
    with pytest.raises(SubjectError, match="nothing to rehearse"):
        read(folder)


def test_a_core_integration_becomes_a_custom_one(tmp_path: Path) -> None:
    strings = {
        "config": {
            "abort": {
                "one": "[%key:common::abort::one%]",
                "two": "See [%key:component::other::config::abort::two%]",
                "three": "[%key:component::one::config::abort::one%]",
                "four": "[%key:common::not::there%]",
            }
        }
    }
    folder = made(tmp_path / "x", {"domain": "one"}, strings__json=json.dumps(strings))
    package = tmp_path / "homeassistant"
    (package / "components" / "other").mkdir(parents=True)
    shared = {"common": {"abort": {"one": "First"}}}
    (package / "strings.json").write_text(json.dumps(shared), encoding="utf-8")
    other = {"config": {"abort": {"two": "Second"}}}
    (package / "components/other/strings.json").write_text(json.dumps(other), encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    install(read(folder), tmp_path / "custom", package)
    target = tmp_path / "custom" / "one"
    assert json.loads((target / "manifest.json").read_text())["version"] == "0.0.0"
    texts = json.loads((target / "translations/en.json").read_text())["config"]["abort"]
    assert texts == {
        "one": "First",
        "two": "See Second",
        "three": "First",
        "four": "[%key:common::not::there%]",
    }
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_custom_integration_is_copied_as_it_is(tmp_path: Path) -> None:
    folder = made(tmp_path / "x", '{"domain": "one", "version": "1"}\n')
    (folder / "__pycache__").mkdir()
    install(read(folder), tmp_path / "custom", tmp_path)
    target = tmp_path / "custom" / "one"
    assert (target / "manifest.json").read_bytes() == (folder / "manifest.json").read_bytes()
    assert not (target / "__pycache__").exists()
    assert not (target / "translations").exists()


def test_files_that_cannot_be_copied_are_named_and_dead_links_left_out(tmp_path: Path) -> None:
    folder = made(tmp_path / "x", {"domain": "x"})
    (folder / "dead").symlink_to(tmp_path / "nowhere")
    install(read(folder), tmp_path / "one", tmp_path)
    assert not (tmp_path / "one" / "x" / "dead").is_symlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(SubjectError, match=r"pipe cannot be copied: .* is a named pipe"):
        install(read(folder), tmp_path / "two", tmp_path)
