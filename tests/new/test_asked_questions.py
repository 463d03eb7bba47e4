"""The questions on a terminal: ten, and one for more; nothing that nobody meant is taken."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml

from new.command import run, tree
from new.terminal import CLEAR, CTRL_C, DOWN, RETURN, SPACE, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow

ANSWERS = ".copier-answers.appcred.yml"
TEN = {
    "The integration's domain": RETURN,
    "The integration's name": RETURN,
    "Who maintains it": RETURN,
    "The authorization endpoint": b"https://acme.example/authorize" + RETURN,
    "The token endpoint": b"https://acme.example/token" + RETURN,
    "The scopes": CLEAR + b"read" + RETURN,
    "How is the account": RETURN,
    "What does it put": RETURN,
    "The address that answers with the account": b"https://acme.example/me" + RETURN,
    "The address that answers with the values": b"https://acme.example/api" + RETURN,
}
MORE = "Do you want to set more?"


def asked(more: bytes, ten: Mapping[str, bytes] = TEN) -> dict[str, bytes]:
    """Return the ten and the one for more, which comes before those for addresses."""
    first, addresses = list(ten.items())[:8], list(ten.items())[8:]
    return {**dict(first), MORE: more, **dict(addresses)}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of the author's, as it is cloned from GitHub."""
    folder = tmp_path / "ha-acme-power"
    for command in (
        ["git", "init", "--quiet", str(folder)],
        [
            "git",
            "-C",
            str(folder),
            "remote",
            "add",
            "origin",
            "git@github.com:octocat/ha-acme-power.git",
        ],
    ):
        subprocess.run(command, check=True)
    return folder


def test_ten_questions_and_more_to_a_working_tree(
    capsys: CaptureFixture[str], tmp_path: Path, repository: Path
) -> None:
    terminal = Terminal(tmp_path, dest=repository)
    assert len(TEN) == 10
    terminal.walk(asked(RETURN))
    assert terminal.end() == 0, terminal.text()
    assert not list(terminal.temporary.iterdir())
    answers = yaml.safe_load((repository / ANSWERS).read_text())
    assert answers["domain"] == "acme_power"
    assert answers["name"] == "Acme Power"
    assert answers["codeowners"] == "@octocat"
    assert answers["documentation"] == "https://github.com/octocat/ha-acme-power"
    assert answers["issue_tracker"] == "https://github.com/octocat/ha-acme-power/issues"
    assert "more" not in answers
    written = "".join(
        data.decode()
        for path, data in tree(repository).items()
        if path.startswith("custom_components")
    )
    assert "example.com" not in written
    # the same answers, given without a terminal, give the same tree
    expected = tmp_path / "expected"
    done = run(capsys, expected, "--data-file", str(repository / ANSWERS))
    assert done.code == 0, done.err
    assert tree(expected) == tree(repository)
    assert all_lines_end_at_words(terminal)


def test_more_asks_the_groups_that_are_chosen(tmp_path: Path, repository: Path) -> None:
    terminal = Terminal(tmp_path, dest=repository)
    terminal.walk(asked(DOWN + DOWN + SPACE + RETURN))
    terminal.walk(
        {
            "The field with the account's unchanging ID": CLEAR + b"id" + RETURN,
            "The field with the account's name": CLEAR + b"login" + RETURN,
            "The abort reason": RETURN,
        },
        first=12,
    )
    assert terminal.end() == 0, terminal.text()
    answers = yaml.safe_load((repository / ANSWERS).read_text())
    assert (answers["id_field"], answers["title_field"]) == ("id", "login")
    assert all_lines_end_at_words(terminal)


def test_a_library_takes_the_place_of_addresses(tmp_path: Path, repository: Path) -> None:
    terminal = Terminal(tmp_path, dest=repository)
    terminal.walk(
        {
            **dict(list(TEN.items())[:8]),
            MORE: DOWN + DOWN + DOWN + SPACE + RETURN,
            "Which library of PyPI": b"acmelib" + RETURN,
            "Packages of PyPI": b"acmelib==1.0.0" + RETURN,
            "Does the library block": RETURN,
        }
    )
    terminal.question(13)
    terminal.press(CTRL_C)
    assert terminal.end() == 130
    # and the answers to go on from have it
    assert "library: acmelib" in terminal.text()
    assert "requirements: acmelib==1.0.0" in terminal.text()
    assert "_url" not in terminal.text().partition("your answers")[2].replace(
        "authorize_url", ""
    ).replace("token_url", "")


def test_a_preset_leaves_less_to_type(
    capsys: CaptureFixture[str], tmp_path: Path, repository: Path
) -> None:
    terminal = Terminal(tmp_path, "--preset", "spotify", dest=repository)
    answers = dict.fromkeys(TEN, RETURN)
    answers["The address that answers with the values"] = b"https://acme.example/api" + RETURN
    terminal.walk(asked(RETURN, answers))
    assert terminal.end() == 0, terminal.text()
    assert "https://accounts.spotify.com/authorize" in terminal.text()  # filled in, and asked
    expected = tmp_path / "expected"
    run(capsys, expected, "--data-file", str(repository / ANSWERS))
    assert tree(expected) == tree(repository)


def test_return_takes_no_example(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, dest=tmp_path / "hue")  # a domain of Home Assistant's
    for number, beginning in enumerate(list(TEN)[:5], 1):
        assert terminal.question(number).startswith(beginning)
        terminal.press(RETURN)
        if number == 2:  # the name follows from the domain
            continue
        terminal.wait_for(
            {3: "GitHub names with an @ before each"}.get(
                number, "Use lower-case" if number == 1 else "Type an address"
            )
        )
        terminal.press({1: b"lamp", 3: b"@lamp"}.get(number, b"https://lamp.example/x") + RETURN)
    terminal.question(6)
    terminal.press(CTRL_C)
    assert terminal.end() == 130
    assert not terminal.dest.exists()


def test_a_refusal_is_shown_as_a_whole(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--data", "domain=lamp")
    terminal.question(1)
    terminal.press(CLEAR + b"x" * 40 + RETURN)
    terminal.wait_for("Use at most 36 characters; these are 40.")
    terminal.press(CLEAR + b"Lamp" + RETURN)
    terminal.question(2)
    terminal.press(CLEAR + b"octocat" + RETURN)
    terminal.wait_for("one space between them, like")
    terminal.wait_for("@octocat @hubot.")
    assert "Validation error" not in terminal.text()
    terminal.press(CTRL_C)
    assert terminal.end() == 130


@pytest.mark.parametrize(
    ("folder", "arguments", "sentence"),
    [
        ("custom_components", (), "give the folder above custom_components"),
        ("homeassistant/components", ("-d", "layout=core"), "the folder above homeassistant"),
        ("below", ("-d", "repository=true"), "only in its root folder"),
    ],
)
def test_layout_and_dest_are_checked_before_anything_is_asked(
    tmp_path: Path, folder: str, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "work" / ".git").mkdir(parents=True)
    terminal = Terminal(tmp_path, *arguments, dest=tmp_path / "work" / folder)
    assert terminal.end() == 2, terminal.text()
    assert sentence in " ".join(terminal.text().split())
    assert "🎤" not in terminal.text()


def test_a_checkout_of_core_gets_core_s_layout(tmp_path: Path) -> None:
    """And a refusal at the end gives the answers back."""
    dest = tmp_path / "core"
    blocked = dest / "homeassistant/components/lamp/const.py"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("# in the way\n")
    (dest / "homeassistant/const.py").write_text("MAJOR_VERSION = 2026\nMINOR_VERSION = 11\n")
    terminal = Terminal(tmp_path, dest=dest)
    # a library is asked for, and then its package in the place of addresses
    sign_in = list(TEN.items())[:6]
    terminal.walk(
        {
            **dict(sign_in),
            "The integration's domain": b"lamp" + RETURN,
            "Who maintains it": b"@o" + RETURN,
            "How is the account": RETURN,
            "What does it put": RETURN,
            MORE: RETURN,
            "Which library of PyPI": b"acmelib" + RETURN,
            "Packages of PyPI": b"acmelib==1.0.0" + RETURN,
        }
    )
    assert terminal.end() == 2, terminal.text()
    text = terminal.text()
    assert "layout=core, because of DEST" in text
    assert "DEST already contains 1 file" in text
    _, _, given = text.partition(
        "appcred: your answers; save them as FILE and use them with --data-file FILE:\n"
    )
    read = yaml.safe_load(given.partition("\nappcred: ")[0])
    assert (read["layout"], read["domain"]) == ("core", "lamp")
    assert (read["library"], read["requirements"]) == ("acmelib", "acmelib==1.0.0")
    assert "floor" not in read
    assert "prefix" not in read


def all_lines_end_at_words(terminal: Terminal) -> bool:
    """Whether no line was broken inside a word, as a terminal does at its last column."""
    lines = terminal.lines()
    return not [
        (one, other)
        for one, other in pairwise(lines)
        if len(one) == 80
        and re.match(r"\w", one[-1])
        and re.match(r"\w", other[:1] or " ")
        and len(one.split()) > 1
    ]
