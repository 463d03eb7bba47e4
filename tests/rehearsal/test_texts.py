"""What a user saw without its text is found, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from appcred.rehearsal.texts import issue_untranslated, placeholders, untranslated

TEXTS = {
    "component.x.config.abort.wrong_account": "Not {name}",
    "component.homeassistant.config.abort.reauth_successful": "Done",
    "component.x.config.step.reauth_confirm.title": "Sign in to {name}",
    "component.x.config.step.reauth_confirm.description": "Again",
    "component.x.config.step.folder.data.name": "Name",
    "component.x.config.step.folder.sections.more.name": "More",
    "component.x.config.error.bad": "Bad",
    "component.x.exceptions.down.message": "Down",
    "component.homeassistant.exceptions.oauth2.message": "Down",
}


def abort(reason: str, **more: Any) -> dict[str, Any]:
    return {"type": "abort", "reason": reason, **more}


def form(step: str, *fields: str, **more: Any) -> dict[str, Any]:
    schema = [{"name": name} for name in fields]
    return {"type": "form", "step_id": step, "data_schema": schema, **more}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (abort("wrong_account", description_placeholders={"name": "A"}), None),
        (abort("wrong_account"), "config.abort.wrong_account shows {name} unresolved"),
        (abort("reauth_successful", translation_domain="homeassistant"), None),
        (abort("reauth_successful"), "the abort reason 'reauth_successful' has no text"),
        (form("reauth_confirm", description_placeholders={"name": "A"}), None),
        (form("reauth_confirm"), "config.step.reauth_confirm.title shows {name} unresolved"),
        (form("folder", "name"), None),
        (form("folder", "name", "size"), "the field 'size' has no text"),
        (form("folder", "name", errors={"base": "bad"}), None),
        (form("folder", "name", errors={"base": "worse"}), "the error 'worse' has no text"),
        (form("folder", data_schema=[{"name": "more", "type": "expandable"}]), None),
        (
            form("folder", data_schema=[{"name": "rest", "type": "expandable"}]),
            "the field 'rest' has no text (config.step.folder.sections.rest.name)",
        ),
        (form("silent"), "the step 'silent' is an empty dialog"),
        (form("pick_implementation", "implementation"), None),
        ({"type": "external", "step_id": "auth"}, None),
        ({"type": "create_entry"}, None),
    ],
)
def test_a_step(step: dict[str, Any], said: str | None) -> None:
    found = untranslated("x", [step, step], [], TEXTS)
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_reasons_of_a_set_up() -> None:
    assert untranslated("x", [], ["down", "oauth2"], TEXTS) == []
    found = untranslated("x", [], ["unheard"], TEXTS)
    assert found == ["the error 'unheard' has no text (exceptions.unheard.message)"]


def test_placeholders() -> None:
    assert placeholders("{a} {b_1} {} {1x} {{c") == {"a", "b_1"}


ISSUE = {"domain": "x", "issue_id": "old_1", "translation_key": "old", "is_fixable": False}
ISSUE_TEXTS = {
    "component.x.issues.old.title": "Old {what}",
    "component.x.issues.old.description": "Away with it",
    "component.x.issues.bare.title": "Bare",
    "component.x.issues.mended.title": "Mended",
    "component.x.issues.mended.fix_flow.step.confirm.title": "Mend it",
    "component.homeassistant.issues.old.title": "Of another",
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"translation_placeholders": {"what": "YAML"}}, []),
        ({}, ["issues.old.title shows {what} unresolved"]),
        ({"translation_key": "bare"}, ["issue 'old_1' has no text (issues.bare.description)"]),
        (
            {"translation_key": None},
            ["has no text (issues.old_1.title)", "has no text (issues.old_1.description)"],
        ),
        ({"domain": "homeassistant"}, ["has no text (issues.old.description)"]),
        ({"translation_key": "mended", "is_fixable": True}, []),
        (
            {"translation_key": "bare", "is_fixable": True},
            ["the dialog of the repair issue 'old_1' has no text (issues.bare.fix_flow.…)"],
        ),
    ],
)
def test_a_repair_issue(changes: dict[str, Any], said: list[str]) -> None:
    found = issue_untranslated({**ISSUE, **changes}, ISSUE_TEXTS)
    assert len(found) == len(said)
    assert all(words in each for words, each in zip(said, found, strict=True))
