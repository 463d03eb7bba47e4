"""The invariants of a retrofit over the custom trees of the corpus, in memory.

What they do in a real Home Assistant, before and after, is for tests/retrofit_lab.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appcred import loading
from appcred.retrofit.verb import Options, Outcome, retrofit
from appcred.target import releases

if TYPE_CHECKING:
    from appcred.integration import Integration

CORPUS = Path(__file__).parents[1] / "corpus" / "custom"
TREES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir())

GOES = {
    # It speaks of the statement below it, which goes.
    "form_two_clients": {
        "# The implementation is lost when Home Assistant restarts, so register it again."
    },
    "form_api_key": {"# each application is an implementation of its own"},
    "form_migrated": {"# After a restart nothing is registered yet"},
    "aliases": {"# Built here, for the registration below."},
    "stashed": {"# Needed for the header, see below."},
}


@cache
def done(name: str) -> Outcome | None:
    (place,) = loading.find(CORPUS / name, lambda _: None)
    integration = loading.load(place)
    assert integration is not None
    span = releases(integration, "auto").span
    from appcred.oauth.code import oauth_code

    return retrofit(integration, span, Options()) if oauth_code(integration).applicable else None


@pytest.mark.parametrize("name", TREES)
def test_all_or_nothing(name: str) -> None:
    outcome = done(name)
    if outcome is None:
        return
    assert bool(outcome.plan()) is not bool(outcome.manual)
    for work in outcome.manual:
        lines = outcome.before.files[work.path].content.splitlines()
        assert 0 < work.line <= len(lines)
        assert work.reason
        assert work.todo


@pytest.mark.parametrize("name", TREES)
def test_again_changes_nothing(name: str) -> None:
    outcome = done(name)
    if outcome is not None and outcome.plan():
        assert not retrofit(outcome.after, outcome.span, Options()).plan()


@pytest.mark.parametrize("name", TREES)
def test_results_are_valid_and_in_the_style_of_their_files(name: str) -> None:
    outcome = done(name)
    for path, file in outcome.after.files.items() if outcome is not None else ():
        text = file.content.decode("utf-8-sig")
        if path.suffix == ".json":
            json.loads(text)
        elif "type " not in text:  # which the oldest Python of ours does not know
            ast.parse(text)
        before = outcome.before.files.get(path) if outcome is not None else None
        if before is None:
            continue
        old = before.content
        assert (b"\r\n" in old) is (b"\r\n" in file.content)
        assert file.content.count(b"\n") == file.content.count(b"\r\n") or b"\r\n" not in old
        assert old.startswith(b"\xef\xbb\xbf") is file.content.startswith(b"\xef\xbb\xbf")
        assert old.endswith(b"\n") is file.content.endswith(b"\n")


@pytest.mark.parametrize("name", TREES)
def test_comments_survive(name: str) -> None:
    outcome = done(name)
    if outcome is not None:
        lost = comments(outcome.before) - comments(outcome.after)
        assert lost == GOES.get(name, set())


def comments(integration: Integration) -> set[str]:
    return {
        line.strip()
        for path, file in integration.files.items()
        if path.suffix == ".py"
        for line in file.content.decode("utf-8-sig").splitlines()
        if line.strip().startswith("#")
    }


def test_results_of_yaml_remove() -> None:
    outcome = done("yaml_services")
    assert outcome is not None
    gone = retrofit(outcome.after, outcome.span, Options(remove=True))
    assert not gone.manual
    assert comments(outcome.after) == comments(gone.after)
    file = gone.after.file("__init__.py")
    assert file is not None
    text = file.content.decode()
    assert "_LOGGER = " in text  # unused before, and the author's
    assert "# hours before the collection\n                    vol.Optional(CONF_REMIND" in text
    assert "issues" not in gone.after.strings
