"""The template's questions, as `copier.yml` has them: names, types, choices, groups, defaults.

`appcred new` names them in its help and checks answers against them; what is put into an
integration that is there is named, and worded, as their defaults say.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from appcred.release import history
from appcred.resources import data_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2

GROUPS = "more"
"""The question that asks which groups of the others are asked too."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the template: its words, its type, the values of its choices by their labels.

    `computed` questions follow from the others and are never asked. `optional` ones are asked
    under a condition, and have a default that is right without. `group` is the choice of `more`
    with which a question is asked, `also_otherwise` whether another condition asks it too.
    `multiple` questions take several choices.
    """

    name: str
    help: str
    type: str
    choices: Mapping[str, Any]
    computed: bool
    optional: bool
    group: str
    also_otherwise: bool
    multiple: bool


@cache
def questions() -> dict[str, Question]:
    """Return the template's questions by name, in the order in which they are asked."""
    return {
        name: Question(
            name,
            " ".join(details.get("help", "").split()),
            details.get("type", "yaml"),
            _choices(details.get("choices")),
            details.get("when") is False,
            "ask" in details,
            _group(details.get("ask", "")),
            " or " in details.get("ask", ""),
            bool(details.get("multiselect")),
        )
        for name, details in definitions().items()
    }


def _choices(choices: object) -> dict[str, Any]:
    if isinstance(choices, dict):
        return {
            label: value["value"] if isinstance(value, dict) else value
            for label, value in choices.items()
        }
    return {}


def _group(condition: str) -> str:
    """Return the group in a condition like `{{ 'sign_in' in more }}`, empty for another one."""
    found = re.search(rf"'(\w+)' in {GROUPS}\b", condition)
    return found[1] if found else ""


def listing() -> str:
    """Return the questions that are asked, with the values of their choices, for the help."""
    lines = ["questions (each is a KEY for --data):"]
    group = ""
    groups = ["", *questions()[GROUPS].choices.values()]
    for question in sorted(questions().values(), key=lambda each: groups.index(each.group)):
        if question.computed:
            continue
        if question.group != group:
            group = question.group
            lines += ["", f"asked with {GROUPS}={group}:"]
        values = question.choices if question.type == "int" else question.choices.values()
        choices = ", ".join(repr(value) if value in (" ", ",") else value for value in values)
        if question.type == "bool":
            choices = "true, false"
        text = f"{question.help}: {choices}" if choices else question.help
        lines += textwrap.wrap(
            text.replace("?:", ":"),
            79,
            initial_indent=f"  {question.name:<23} ",
            subsequent_indent=" " * 26,
        )
    return "\n".join([*lines, ""])


def default(question: str, answers: Mapping[str, Any]) -> str:
    """Return the default of a question, given the answers that it depends on.

    Raises jinja2.UndefinedError if one of them is missing.
    """
    text = _environment().from_string(str(definitions()[question]["default"])).render(answers)
    return " ".join(text.split())


def refusal(question: str, answers: Mapping[str, Any]) -> str:
    """Return the template's error about an answer, empty if it is valid.

    `answers` has the answer, and those that the question's validator looks at.
    """
    details = definitions()[question]
    choices = details.get("choices")
    chosen = [
        choice.get("validator", "")
        for choice in (choices.values() if isinstance(choices, dict) else ())
        if isinstance(choice, dict) and choice["value"] == answers[question]
    ]
    for validator in (details.get("validator", ""), *chosen):
        context = {"history": history(), **answers}
        message = _environment().from_string(validator).render(context).strip()
        if message:
            return message
    return ""


@cache
def definitions() -> dict[str, dict[str, Any]]:
    """Return each question as `copier.yml` defines it, by name, in the order of asking."""
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """Reads past `!include`, which brings history and no question that is asked."""

    Loader.add_constructor("!include", lambda *_: {})
    with (data_root() / "copier.yml").open("rb") as file:
        documents = list(yaml.load_all(file, Loader))
    return {
        name: details
        for document in documents
        for name, details in (document or {}).items()
        if not name.startswith("_")
    }


@cache
def _environment() -> jinja2.Environment:
    import jinja2
    from jinja2_ansible_filters import AnsibleCoreFiltersExtension

    # As Copier makes it, whose filters the questions use.
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(data_root()),
        undefined=jinja2.StrictUndefined,
        extensions=[AnsibleCoreFiltersExtension],
        autoescape=False,  # noqa: S701 - it is Python, not HTML
    )
