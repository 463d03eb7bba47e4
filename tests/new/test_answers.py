"""What may be answered, and what is said when it may not.

The table of the validators' sentences is beside the template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from appcred.questions import questions
from new.command import refused, run, tree

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            "domain",
            "--data 'domain' is not of the form KEY=VALUE; write it like --data domain=lamp",
        ),
        ("=lamp", "--data '=lamp' is not of the form KEY=VALUE"),
        ("", "--data '' is not of the form KEY=VALUE"),
        ("domian=lamp", "--data: there is no question 'domian'; did you mean domain?"),
        ("Domain=lamp", "--data: there is no question 'Domain'; did you mean domain?"),
        ("token_uri=x", "did you mean token_url?"),
        ("xyzzy=lamp", "there is no question 'xyzzy'; there are: layout, domain, name, "),
        ("_subdirectory=x", "there is no question '_subdirectory'"),
        ("_src_path=x", "there is no question '_src_path'"),
        ("history={}", "there is no question 'history'"),
        ("prefix=Lamp", "--data: prefix is computed from other answers; leave it out"),
        (
            "reconfigure=maybe",
            "--data: reconfigure: 'maybe' is not a truth value; write true or false",
        ),
        ("repository=", "--data: repository: '' is not a truth value; write true or false"),
        ("polling_minutes=often", "polling_minutes: 'often' is not a whole number"),
        ("polling_minutes=1.5", "polling_minutes: '1.5' is not a whole number"),
        ("polling_minutes=" + "9" * 5000, "is not a whole number"),
        ("floor=2026.1", "floor: '2026.1' is not one of 2026.11, 2026.10, 2026.3, 2025.12, 2025.4"),
        ("floor=latest", "floor: 'latest' is not one of 2026.11, 2026.10, 2026.3, 2025.12, 2025.4"),
        ("floor=202601", "--data: floor: '202601' is not one of 2026.11, 2026.10, "),
        ("layout=both", "--data: layout: 'both' is not one of 'custom', 'core'"),
        ("scope_separator=;", "scope_separator: ';' is not one of ' ', ','"),
        ("name=\udcff", "--data: name: is not UTF-8 text"),
        # and those that Copier refuses, with the key in front
        ("domain=Lamp", "domain: Use lower-case letters"),
        ("polling_minutes=0", "polling_minutes: Type a number from 1 to 1440"),
        ("floor=2026.11", "floor: Take 2026.10, which runs on 2026.11 too"),
    ],
)
def test_a_wrong_datum_is_one_sentence(
    capsys: CaptureFixture[str], tmp_path: Path, data: str, sentence: str
) -> None:
    dest = tmp_path / "dest"
    said = refused(run(capsys, dest, "--defaults", "--data", data))
    assert sentence in said
    assert not dest.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"domain: Lamp\n", "domain: Use lower-case letters"),
        (b"domian: lamp\n", ": there is no question 'domian'; did you mean domain?"),
        (b"1: lamp\n", ": there is no question 1; there are: layout"),
        (b"~: lamp\n", ": there is no question None; there are: "),
        (b"- domain\n", " is not a mapping; write one answer on each line, such as domain: lamp"),
        (b"lamp\n", " is not a mapping"),
        (b"domain: [\n", ", line 2 is not YAML: "),
        (b"\tdomain: lamp\n", ", line 1 is not YAML: "),
        (b"a: 1\n---\nb: 1\n", ", line 2 is not YAML: "),
        (b"name: !!python/object/apply:os.system [id]\n", ", line 1 is not YAML: "),
        (b"name: &a [*b]\n", ", line 1 is not YAML: "),
        (b"domain: l\xe4mp\n", " is not UTF-8 text; save it as UTF-8"),
        (bytes(range(256)), " is not UTF-8 text"),
        (b"\x00\x01\x02", " is not valid YAML"),
        (b"[" * 5000, " is not YAML"),
        (b"name: 2026-13-45\n", " is not valid YAML"),
        (b"domain: 5\n", ": domain: 5 is not text; put it in quotes"),
        (b"domain:\n", ": domain: None is not text; put it in quotes"),
        (b"name: yes\n", ": name: True is not text; put it in quotes"),
        (b"name: 2026-01-02\n", " is not text; put it in quotes"),
        (b"scopes: [a, 1]\n", ": scopes: ['a', 1] is not text; put it in quotes"),
        (b"scopes: [a b, c]\n", ": scopes: ['a b', 'c'] is not text"),
        (b"domain: [lamp]\n", ": domain: ['lamp'] is not text"),
        (b"scopes: &a [*a]\n", ": scopes: [[...]] is not text"),
        (b"floor: 2026.10\n", "2026.3, 2025.12, 2025.4; in YAML, put it in quotes"),
        (b"layout: [core]\n", ": layout: ['core'] is not text"),
        (b"floor: true\n", "floor: True is not one of "),
        (b"polling_minutes: 1.5\n", "polling_minutes: 1.5 is not a whole number"),
        (b"reconfigure: 2\n", "reconfigure: 2 is not a truth value; write true or false"),
        (b'name: "\\ud800"\n', "name"),
    ],
)
def test_a_wrong_data_file_is_one_sentence(
    capsys: CaptureFixture[str], tmp_path: Path, content: bytes, sentence: str
) -> None:
    file, dest = tmp_path / "answers.yml", tmp_path / "dest"
    file.write_bytes(content)
    said = refused(run(capsys, dest, "--defaults", "--data-file", str(file)))
    assert sentence in said
    assert not dest.exists()


def test_a_data_file_that_is_not_there(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    missing = tmp_path / "answers.yml"
    said = refused(run(capsys, tmp_path / "dest", "--defaults", "--data-file", str(missing)))
    assert said == f"{missing} cannot be read: No such file or directory"
    said = refused(run(capsys, tmp_path / "dest", "--defaults", "--data-file", str(tmp_path)))
    assert said == f"{tmp_path} cannot be read: Is a directory"


def test_later_answers_win_and_all_types_are_taken(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "answers.yml"
    file.write_text(
        "﻿domain: lamp\nname: Lamp\nfloor: 2025.12\nreconfigure: no\npolling_minutes: 5\n"
        "codeowners: ['@a', '@b']\nrequirements: []\n",
        newline="\r\n",  # and a byte order mark, as Windows' own editor writes both
    )
    done = run(
        capsys,
        tmp_path / "dest",
        *("--defaults", "--preset", "google", "--data-file", str(file)),
        *("--data", "name=Bulb", "--data", "name=Light", "--data", "scopes=", "-d", "cloud=No"),
    )
    assert done.code == 0, done.err
    written = yaml.safe_load((tmp_path / "dest" / ".copier-answers.appcred.yml").read_text())
    expected = {
        "domain": "lamp",
        "name": "Light",
        "floor": 202512,
        "reconfigure": False,
        "polling_minutes": 5,
        "codeowners": "@a @b",
        "requirements": "",
        "scopes": "",
        "cloud": "none",
        "token_url": "https://oauth2.googleapis.com/token",
    }
    assert {key: written[key] for key in expected} == expected


def test_an_answers_file_gives_the_same_tree_again(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert (
        run(capsys, first, "--defaults", "--data", "domain=lamp", "-d", "flow=pkce_public").code
        == 0
    )
    file = first / ".copier-answers.appcred.yml"
    # without --defaults: everything that is asked has its answer there
    done = run(capsys, second, "--data-file", str(file))
    assert done.code == 0, done.err
    assert tree(second) == tree(first)


def test_an_empty_data_file_answers_nothing(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    file.write_text("# nothing yet\n")
    assert run(capsys, tmp_path / "dest", "--defaults", "--data-file", str(file)).code == 0


def test_an_answer_that_is_not_used_is_reported(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    done = run(capsys, tmp_path / "dest", "--defaults", "--data", "client_id=abc")
    assert done.code == 0
    assert done.err == "appcred: not used, given the other answers: client_id\n"


def test_without_a_terminal_no_default_is_taken_silently(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    said = refused(run(capsys, dest))
    assert said.startswith("there is no terminal to ask on; answer with --data, ")
    said = refused(run(capsys, dest, "--data", "domain=lamp"))
    assert said.startswith("there is no terminal to ask on, and no answer to layout, name, code")
    assert "domain" not in said.replace("--defaults", "")
    assert "client_id" not in said  # is not asked with these answers
    assert not dest.exists()


def test_questions_are_read_as_copier_reads_them() -> None:
    found = questions()
    asked = [name for name, question in found.items() if not question.computed]
    assert asked[:3] == ["layout", "domain", "name"]
    assert found["floor"].choices["2026.10"] == 202610
    assert not found["documentation"].computed  # `when` is a condition there
    assert found["prefix"].computed
    groups = {question.group for question in found.values()} - {""}
    assert groups == set(found["more"].choices.values())


def test_a_users_settings_of_copier_are_for_other_templates(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings.yml"
    settings.write_text("defaults: {domain: mine, name: Me}\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    assert run(capsys, tmp_path / "dest", "--defaults").code == 0
    assert (tmp_path / "dest/custom_components/example").is_dir()


def test_no_value_of_a_key_that_is_no_question_is_repeated(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    """It may be a secret."""
    said = refused(run(capsys, tmp_path, "--defaults", "--data", "client_secret=s3cret"))
    assert "there is no question 'client_secret'" in said
    assert "s3cret" not in said
