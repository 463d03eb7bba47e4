"""The questions of `copier.yml` as they are written, and the answers that follow from others.

What is put into an integration that is there is named, and worded, as what `appcred new` writes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from appcred.resources import data_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2


def computed(question: str, answers: Mapping[str, Any]) -> str:
    """Return the default of a question of the template, given the answers that it depends on.

    Raises jinja2.UndefinedError if one of them is missing.
    """
    text = _environment().from_string(str(written()[question]["default"])).render(answers)
    return " ".join(text.split())


def refusal(question: str, answers: Mapping[str, Any]) -> str:
    """Return what the template says against an answer, empty if it takes it.

    `answers` has the answer, and those that the question's validator looks at.
    """
    details = written()[question]
    choices = details.get("choices")
    chosen = [
        choice.get("validator", "")
        for choice in (choices.values() if isinstance(choices, dict) else ())
        if isinstance(choice, dict) and choice["value"] == answers[question]
    ]
    for validator in (details.get("validator", ""), *chosen):
        message = _environment().from_string(validator).render(answers).strip()
        if message:
            return message
    return ""


@cache
def written() -> dict[str, dict[str, Any]]:
    """Return the template's questions by name, in the order in which they are asked."""
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
