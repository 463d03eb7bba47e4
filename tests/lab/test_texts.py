"""What the lab says of an integration's texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appcred.emission import common_text, common_texts
from lab.sources import NEWEST, wheel
from lab.texts import Use, base_uses, flat, missing, resolved, unfit, unused

if TYPE_CHECKING:
    from pathlib import Path

OWN = {
    "config.abort.wrong_account": "Not {who}",
    "config.step.reauth_confirm.description": "Again",
    "config.step.user.data.host": "Host",
    "exceptions.failed.message": "Failed",
    "entity.sensor.level.name": "Level",
}


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (Use("abort", "wrong_account", "", ("who",)), []),
        (
            Use("abort", "wrong_account", ""),
            ["config.abort.wrong_account has placeholders that get no value: ['who']"],
        ),
        (Use("abort", "oauth_failed", "homeassistant"), []),
        (
            Use("abort", "oauth_failed", ""),
            ["abort oauth_failed has no text: config.abort.oauth_failed"],
        ),
        (Use("step", "reauth_confirm", ""), []),
        (
            Use("step", "user", ""),
            ["step user has no text: config.step.user.title or config.step.user.description"],
        ),
        (Use("field", "user.host", ""), []),
        (Use("exception", "failed", ""), []),
        (Use("error", "failed", ""), ["error failed has no text: config.error.failed"]),
    ],
)
def test_a_text_that_is_asked_for_has_to_be_there(use: Use, said: list[str]) -> None:
    assert missing([use], OWN, {"config.abort.oauth_failed": "Failed"}) == said


def test_a_text_that_nothing_asks_for_is_named() -> None:
    uses = [Use("exception", "failed", ""), Use("abort", "wrong_account", "homeassistant")]
    assert unused(uses, OWN, '_attr_translation_key = "level"') == [
        "config.abort.wrong_account",  # asked of Home Assistant, not of the integration
        "config.step.reauth_confirm.description",
        "config.step.user.data.host",
    ]
    assert "entity.sensor.level.name" in unused(uses, OWN, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("See https://example.com", "URL"),
        ("In <b>bold</b>", "HTML"),
        ("Use '{name}'", "single quotes"),
        ("Trailing ", "space"),
        ("", "empty"),
        ("A { brace", "brace"),
        ("Use {two words}", "brace"),
    ],
)
def test_a_text_that_hassfest_refuses(text: str, why: str) -> None:
    (said,) = unfit({"key": text})
    assert why in said


def test_a_text_that_hassfest_takes() -> None:
    assert unfit({"key": "It's `{redirect_url}`, if 1 < 2, with a quoted '{' brace"}) == []


def test_references_are_resolved_one_level(tmp_path: Path) -> None:
    (tmp_path / "strings.json").write_text('{"common": {"a": {"b": "Text"}}}')
    texts = flat({"x": {"y": "[%key:common::a::b%]!"}})
    assert resolved(texts, tmp_path) == {"x.y": "Text!"}
    with pytest.raises(KeyError):
        resolved({"x": "[%key:common::none%]"}, tmp_path)


@pytest.mark.lab
def test_the_texts_in_common_are_those_of_home_assistant() -> None:
    homeassistant = wheel(NEWEST) / "homeassistant"
    references = {key: f"[%key:common::config_flow::{key}%]" for key in common_texts()}
    theirs = resolved(references, homeassistant)
    assert {key: common_text("custom", key) for key in common_texts()} == theirs


def test_the_reasons_of_the_base_flow_are_read_in_its_source(tmp_path: Path) -> None:
    (tmp_path / "helpers").mkdir()
    (tmp_path / "config_entries.py").write_text("")
    source = tmp_path / "helpers" / "config_entry_oauth2_flow.py"
    source.write_text(
        '_SHARED_ABORT_REASONS = frozenset(\n    {\n        "oauth_failed",\n    }\n)\n'
        'self.async_abort(reason="oauth_failed")\nself.async_abort(reason="odd")\n'
        'self.async_abort(reason="missing_configuration")\n'
    )
    found = {(use.key, use.owner) for use in base_uses(tmp_path, unique_id=True, core=False)}
    custom = {("oauth_failed", "homeassistant"), ("odd", ""), ("already_in_progress", "")}
    assert found == custom
    found = {(use.key, use.owner) for use in base_uses(tmp_path, unique_id=True, core=True)}
    assert found == custom | {("missing_configuration", "")}
