"""Releases, their order, and the history they are read from."""

from __future__ import annotations

import json

import pytest
import yaml

from appcred.release import (
    Release,
    Span,
    abort_reasons,
    capabilities,
    capability,
    newest,
    oldest,
    python_for,
)
from appcred.resources import data_root


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("2026.10", Release(2026, 10)),
        ("2026.10.4", Release(2026, 10)),
        ("2026.11.0b3", Release(2026, 11)),
        (" 2022.6 ", Release(2022, 6)),
    ],
)
def test_parse(text: str, release: Release) -> None:
    assert Release.parse(text) == release


@pytest.mark.parametrize("text", ["", "2026", "2026.13", "2026.0", "26.1", "newest", "2026.10 4"])
def test_parse_says_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like 2026\.10"):
        Release.parse(text)


def test_october_comes_after_september() -> None:
    assert Release.parse("2026.9") < Release.parse("2026.10") < Release.parse("2027.1")


def test_number_and_text_go_both_ways() -> None:
    assert Release.from_number(202610) == Release(2026, 10)
    assert Release(2026, 10).number == 202610
    assert str(Release(2026, 2)) == "2026.2"


def test_every_row_has_a_source_and_lies_in_the_history() -> None:
    for row in capabilities().values():
        assert row.source, row.name
        assert oldest() <= row.since <= newest(), row.name
        assert row.until is None or row.until > row.since, row.name


def test_shared_abort_reasons_have_common_texts() -> None:
    shared = [reason for reason in abort_reasons().values() if reason.shared]
    assert len(shared) > 5
    for reason in shared:
        assert reason.text, reason.name
        assert reason.central, reason.name


def test_the_history_is_one_file_for_templates_and_program() -> None:
    """Copier reads it as YAML, the program as JSON, and both see the same."""
    text = (data_root() / "releases.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == json.loads(text)


def test_span_of_a_capability() -> None:
    pkce = capability("pkce").since
    before = Release(pkce.year, pkce.month - 1)
    assert Span(before, newest()).some("pkce")
    assert not Span(before, newest()).all("pkce")
    assert Span(pkce, newest()).all("pkce")
    assert not Span(oldest(), before).some("pkce")


def test_python_of_a_release() -> None:
    assert python_for(oldest()) == (3, 9)
    assert python_for(Release(2025, 4)) == (3, 13)
    assert python_for(newest()) == (3, 14)
