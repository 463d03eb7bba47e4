"""The template without Copier's own work: milliseconds for a tree, for tests that need very many.

It does what Copier does with this template's questions and no more; test_copy.py holds the two
against each other.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
import yaml
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CASTS = {"str": str, "int": int, "bool": bool}


@cache
def _compiled(environment: jinja2.Environment, text: str) -> jinja2.Template:
    return environment.from_string(text)


class RefusedError(Exception):
    """An answer that a validator refuses: the question, and what it says."""

    def __init__(self, question: str, message: str) -> None:
        super().__init__(f"{question}: {message}")
        self.question = question
        self.message = message


@dataclass(frozen=True)
class Template:
    """The questions and the files of a template, and the environment that both are rendered in."""

    questions: Mapping[str, dict[str, Any]]
    files: tuple[str, ...]
    environment: jinja2.Environment

    @classmethod
    def read(cls, root: Path) -> Template:
        """Read the template that lies at `root`."""
        questions: dict[str, Any] = {}
        for document in re.split(
            r"^---$", (root / "copier.yml").read_text("utf-8"), flags=re.MULTILINE
        ):
            included = re.fullmatch(r"\s*!include (\S+)\s*", document)
            text = (root / included[1]).read_text("utf-8") if included else document
            questions |= yaml.safe_load(text) or {}
        settings = {key: questions.pop(key) for key in list(questions) if key.startswith("_")}
        tree = root / settings["_subdirectory"]
        options = {**settings["_envops"], "undefined": jinja2.StrictUndefined}
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(root),
            extensions=[AnsibleCoreFiltersExtension],
            **options,
        )
        files = tuple(
            path.relative_to(root).as_posix() for path in tree.rglob("*") if path.is_file()
        )
        return cls(questions, tuple(sorted(files)), environment)

    def answers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every answer, those not given by default. Raises RefusedError."""
        found: dict[str, Any] = {}
        conf = {"_copier_conf": {"defaults": True}}
        for name, question in self.questions.items():
            answered = name in given and question.get("when") is not False
            value = given[name] if answered else self._default(question, {**conf, **found})
            found[name] = self._cast(question, value)
            if answered or self._asked(question, found):
                self._validate(name, question, found)
        return found

    def render(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return the text of every emitted file by its path. Raises RefusedError."""
        return dict(self._render(self.answers(given)))

    def _render(self, answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        told = {name: answers[name] for name in sorted(answers)}
        context = {
            **answers,
            "_copier_conf": {"answers_file": ".copier-answers.appcred.yml"},
            "_copier_answers": told,
        }
        for file in self.files:
            parts = [self._text(part, context) for part in file.split("/")[2:]]
            *folders, name = parts
            name = name.removesuffix(".jinja")
            if name and all(folders):
                yield (
                    "/".join([*folders, name]),
                    self.environment.get_template(file).render(context),
                )

    def _text(self, text: Any, context: Mapping[str, Any]) -> Any:
        if not isinstance(text, str):
            return text
        if "{" not in text:
            return text
        return _compiled(self.environment, text).render(context)

    def _asked(self, question: dict[str, Any], found: Mapping[str, Any]) -> bool:
        when = self._text(question.get("when", True), found)
        return yaml.safe_load(when) if isinstance(when, str) else when

    def _default(self, question: dict[str, Any], found: Mapping[str, Any]) -> Any:
        return self._text(question.get("default"), found)

    def _cast(self, question: dict[str, Any], value: Any) -> Any:
        if question.get("multiselect"):
            return list(value)
        kind = question["type"]
        if kind == "yaml":
            return yaml.safe_load(value) if isinstance(value, str) else value
        if kind == "bool" and isinstance(value, str):
            return yaml.safe_load(value)
        return _CASTS[kind](value)

    def _validate(self, name: str, question: dict[str, Any], found: Mapping[str, Any]) -> None:
        value = found[name]
        validators = [question.get("validator", "")]
        if "choices" in question:
            choices = [
                choice if isinstance(choice, dict) else {"value": choice}
                for choice in question["choices"].values()
            ]
            values = value if question.get("multiselect") else [value]
            chosen = [choice for choice in choices if choice["value"] in values]
            if len(chosen) != len(values):
                raise RefusedError(name, f"{value!r} is none of the choices")
            validators += [choice.get("validator", "") for choice in chosen]
        for validator in validators:
            message = self._text(validator, found).strip()
            if message:
                raise RefusedError(name, message)


def python(text: str) -> ast.Module:
    """Parse Python that may be newer than this one: `type` statements and type parameters."""
    older = re.sub(r"^type (\w+) = ", r"\1 = ", text, flags=re.MULTILINE)
    return ast.parse(re.sub(r"^(def \w+)\[\w+\]", r"\1", older, flags=re.MULTILINE))
