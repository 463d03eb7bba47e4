"""What follows from answers, and is refused of them, without Copier: as the template does it."""

from __future__ import annotations

import jinja2
import pytest

from appcred.questions import default, definitions, questions, refusal
from appcred.resources import data_root
from lab.trees import Answers, cover
from template.quick import Template


@pytest.fixture(scope="module")
def template() -> Template:
    return Template.read(data_root())


@pytest.mark.parametrize("row", cover(), ids=str)
def test_as_the_template_works_it_out(row: Answers, template: Template) -> None:
    answers = template.answers(row.data)
    for question in ("class_prefix", "plain_name"):
        if question not in row.data:
            assert default(question, answers) == answers[question]
    if "console_url" in row.data and "credentials_text" not in row.data:
        told = default("credentials_text", {"console_url": row.data["console_url"]})
        assert told == answers["credentials_text"]


def test_groups_and_other_conditions() -> None:
    asked = questions()
    assert asked["library_auth"].group == "library"
    assert asked["requirements"].group == "integration"
    # asked for core without a group, too
    assert (asked["library"].group, asked["library"].also_otherwise) == ("library", True)
    assert not asked["library_auth"].also_otherwise
    assert (asked["domain"].group, asked["domain"].optional) == ("", False)


def test_an_answer_that_is_needed_is_not_made_up() -> None:
    with pytest.raises(jinja2.UndefinedError, match="domain"):
        default("class_prefix", {})


REFUSED = {
    ("authorize_url", "nowhere"): "Type",
    ("token_url", "http://example.com/token"): "https",
    ("token_auth", "basic"): "a public client has no secret to send",
    ("domain", "hue"): "Home Assistant has an integration hue",
    ("credentials_text", "{page}"): "Use braces only for",
}


@pytest.mark.parametrize(("question", "answer"), REFUSED)
def test_refused_answers(question: str, answer: str) -> None:
    given = {"flow": "pkce_public", "console_url": "", "existing": False, question: answer}
    assert REFUSED[question, answer] in refusal(question, given)


def test_accepted_answers() -> None:
    given = {"token_auth": "body", "console_url": "", "authorize_url": "https://example.com:8443/a"}
    assert refusal("authorize_url", given) == ""
    for flow in ("secret", "pkce_secret", "pkce_public"):
        assert refusal("token_auth", {**given, "flow": flow}) == ""
    assert refusal("domain", {"existing": True, "domain": "hue"}) == ""
    assert "when" in definitions()["console_url"]
