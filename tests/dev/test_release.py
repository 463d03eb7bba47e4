"""The draft for a new Home Assistant release, on two releases whose rows are known."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

from appcred.dev import __main__ as dev
from appcred.dev.release import Changes, compare, render, rows
from appcred.release import Release, capabilities

pytestmark = pytest.mark.lab

OLD, NEW = "2026.10.4", "2026.11.0"
KNOWN = [row for row in capabilities().values() if row.since == Release.parse(NEW)]


@cache
def changes() -> Changes:
    return compare(OLD, NEW)


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row.name)
def test_every_known_row_of_a_release_is_found(row) -> None:
    """Each name that a row's source gives is in a fact about the row's file."""
    names, path = re.fullmatch(
        r"(.+?) in (?:every (?=manifest)|homeassistant/)?(\S+).*", row.source.split(";")[0]
    ).groups()
    found = [
        f"{fact.kind} {fact.name} {fact.detail}"
        for fact in (*changes().added, *(after for _, after in changes().changed))
        if path in fact.path
    ]
    for name in names.split(" and "):
        wanted = "report " if name == "report_usage" else name
        assert any(wanted in fact for fact in found), (name, path)


def test_there_are_rows_to_find() -> None:
    assert len(KNOWN) >= 5


def test_the_rows_are_valid_in_releases_yml() -> None:
    draft = render(changes(), OLD).partition("releases.yml:\n\n")[2].partition("\n\n")[0]
    assert json.loads("{" + draft.rstrip(",") + "}") == rows(changes())
    for name in rows(changes()):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)


def test_lists_that_are_copied_come_with_their_new_content() -> None:
    assert "health_wellbeing" in changes().lists["categories"]


def test_a_release_compared_with_itself_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["release", NEW, "--since", NEW]) == 0
    said = capsys.readouterr().out
    assert not re.search(r"^\s+[-+~] ", said, re.MULTILINE)
    assert "since" not in said


def test_a_release_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["release", "2026.11.99"]) == 2
    assert "homeassistant==2026.11.99" in capsys.readouterr().err
    assert dev.main(["release", "newest", "--since", "also"]) == 2
