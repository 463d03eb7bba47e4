"""Answers to the template's questions, as the command line gives them.

The questions are `copier.yml`; their validators run when Copier renders. Before that,
keys and types of values are checked here, so that errors name the key and the source of the value.
"""

from __future__ import annotations

import difflib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import yaml

from appcred.documents.yaml import parse
from appcred.errors import UsageError
from appcred.questions import Question, questions
from appcred.reading import LIMIT, read_given

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

_TRUE: Final = ("y", "yes", "true", "on", "1")
_FALSE: Final = ("n", "no", "false", "off", "0")

# Answers of several words; in YAML each may be a list as well.
_SPACED: Final = ("codeowners", "platforms", "requirements", "scopes", "select_options")

# What Copier itself writes into an answers file, which is a natural thing to give as --data-file.
_COPIERS: Final = ("_src_path", "_commit")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the command line says. Later ones win: --preset or --discover, --data-file, --data.

    `offered` are facts of a vendor or a server: on a terminal they are suggested and still asked.
    `given` are the user's answers and are not asked again. `notes` are sentences about
    `offered`.
    """

    offered: Mapping[str, Any]
    given: Mapping[str, Any]
    notes: tuple[str, ...]


def gather(arguments: argparse.Namespace) -> Answers:
    """Gather the answers of a command line that has --data, --data-file, --preset and --discover.

    Raises UsageError for a key that no question has, a value that is not of its question's type,
    a file that cannot be read, an unknown preset, and an issuer that cannot be discovered.
    """
    given: dict[str, Any] = {}
    if arguments.data_file is not None:
        given |= _checked(_read(arguments.data_file), str(arguments.data_file))
    given |= _checked(dict(_pair(text) for text in arguments.data), "--data")
    if arguments.preset is not None:
        from appcred.presets import preset

        chosen = preset(arguments.preset)
        return Answers(chosen.answers, given, chosen.notes)
    if arguments.discover is not None:
        from appcred.discovery import discover

        found = discover(arguments.discover)
        return Answers(found.answers, given, (f"read {found.source}", *found.notes))
    return Answers({}, given, ())


def as_yaml(answers: Mapping[str, Any]) -> str:
    """Return answers as YAML, as --data-file takes them."""
    return yaml.safe_dump(dict(answers), sort_keys=False, allow_unicode=True, width=60)


def _pair(text: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not found or not key:
        raise UsageError(
            f"--data {text!r} is not of the form KEY=VALUE; write it like --data domain=lamp"
        )
    return key, value


def _read(path: Path) -> dict[Any, Any]:
    """Read a YAML file of answers."""
    try:
        text = read_given(path, LIMIT).decode("utf-8-sig")
        loaded = parse(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(f"{path}{line} is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:  # control characters; a date like 2026-13-45
        raise UsageError(f"{path} is not valid YAML") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UsageError(
            f"{path} is not a mapping; write one answer on each line, such as domain: lamp"
        )
    return {key: value for key, value in loaded.items() if key not in _COPIERS}


def _checked(values: Mapping[Any, Any], place: str) -> dict[str, Any]:
    """Return the values in the types of their questions."""
    known = {name: question for name, question in questions().items() if not question.computed}
    checked = {}
    for key, value in values.items():
        if key not in known:
            if key in questions():
                raise UsageError(f"{place}: {key} is computed from other answers; leave it out")
            near = difflib.get_close_matches(f"{key}", known, n=1) if key else []
            meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
            raise UsageError(f"{place}: there is no question {key!r}; {meant}")
        try:
            checked[key] = _cast(known[key], value)
        except ValueError as error:
            raise UsageError(f"{place}: {key}: {error}") from error
    return checked


def _cast(question: Question, value: object) -> Any:
    """Return a value in its question's type. Raises ValueError with what to type instead."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("is not UTF-8 text") from error
        if value in question.choices:
            return question.choices[value]
    if question.multiple:
        return _several(question, value)
    match question.type:
        case "bool":
            return _bool(value)
        case "int":
            return _int(question, value)
        case "str" if question.name in _SPACED and _is_words(value):
            return " ".join(value)
        case "str" if not isinstance(value, str):
            raise ValueError(f'{_quoted(value)} is not text; put it in quotes, and "" for nothing')
    if question.choices and value not in question.choices.values():
        raise ValueError(
            f"{_quoted(value)} is not one of {', '.join(map(repr, question.choices.values()))}"
        )
    return value


def _several(question: Question, value: object) -> list[str]:
    """Return the choices of a multiple question: a list, or words with spaces or commas."""
    chosen = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(chosen, list) or not all(one in question.choices.values() for one in chosen):
        known = ", ".join(map(repr, question.choices.values()))
        raise ValueError(f"{_quoted(value)} is not a list of these choices: {known}")
    return chosen


def _is_words(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(
        isinstance(item, str) and item.split() == [item] for item in value
    )


def _bool(value: object) -> bool:
    text = str(value).lower()
    if text not in _TRUE + _FALSE:
        raise ValueError(f"{_quoted(value)} is not a truth value; write true or false")
    return text in _TRUE


def _int(question: Question, value: object) -> int:
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str):
        with suppress(ValueError):
            number = int(value)
    elif isinstance(value, float):  # as YAML reads 2025.12
        number = question.choices.get(str(value))
    if question.choices and number not in question.choices.values():
        quoted = "; in YAML, put it in quotes" if isinstance(value, float) else ""
        raise ValueError(f"{_quoted(value)} is not one of {', '.join(question.choices)}{quoted}")
    if number is None:
        raise ValueError(f"{_quoted(value)} is not a whole number")
    return number


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
