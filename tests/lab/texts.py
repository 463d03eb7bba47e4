"""Whether an integration's texts are those that Home Assistant asks for, over a range of releases.

What is asked for comes from two places: the notes of a run (plugins/lab_texts.py) and the reasons
with which Home Assistant's own OAuth2 flow can abort, read in the source of each release.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_REFERENCE = re.compile(r"\[%key:(.+?)%\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

# Texts that the frontend shows if they are there, and does well without.
_OPTIONAL = re.compile(
    r"application_credentials\.description|title|config\.(flow_title|initiate_flow\..*"
    r"|create_entry\.default|step\.auth\..*)|entity\..*|.*\.data_description\..*"
)


@dataclass(frozen=True, slots=True)
class Use:
    """One text that Home Assistant asked for.

    `owner` is the integration whose texts are looked at: the one under test, or `homeassistant`.
    `placeholders` are the names that a value is given for.
    """

    kind: str
    key: str
    owner: str
    placeholders: tuple[str, ...] = ()


def read_uses(path: Path) -> tuple[Use, ...]:
    """Return the notes of a run."""
    return tuple(
        Use(row["kind"], row["key"], row["owner"], tuple(row["placeholders"]))
        for row in json.loads(path.read_text(encoding="utf-8"))
    )


def flat(texts: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Return texts by their dotted keys."""
    found: dict[str, str] = {}
    for key, value in texts.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def resolved(texts: dict[str, str], homeassistant: Path) -> dict[str, str]:
    """Return core's texts with their references replaced by what they point to.

    Raises KeyError for a reference to nothing. `homeassistant` is the installed package.
    """
    common = json.loads((homeassistant / "strings.json").read_text(encoding="utf-8"))

    def referred(match: re.Match[str]) -> str:
        kind, *path = match[1].split("::")
        node: Any = common
        if kind == "component":
            domain, *path = path
            strings = homeassistant / "components" / domain / "strings.json"
            node = json.loads(strings.read_text(encoding="utf-8"))
        else:
            path.insert(0, kind)
        for part in path:
            node = node[part]
        return str(node)

    return {key: _REFERENCE.sub(referred, text) for key, text in texts.items()}


def base_uses(homeassistant: Path, *, unique_id: bool, core: bool) -> frozenset[Use]:
    """Return the aborts that Home Assistant's own flow can end an OAuth2 integration with.

    `missing_configuration` is for integrations that are not known to have application
    credentials. In core the generated list says so, and a new one is not in it at first; custom
    ones are asked themselves. `unique_id` says whether the flow sets one.
    """
    source = (homeassistant / "helpers" / "config_entry_oauth2_flow.py").read_text("utf-8")
    shared = re.search(r"_SHARED_ABORT_REASONS = frozenset\((.*?)\n\)", source, re.DOTALL)
    central = set(re.findall(r'"(\w+)"', shared[1])) if shared else set()
    reasons = set(re.findall(r'reason="(\w+)"', source))
    if not core:
        reasons -= {"missing_configuration"}
    if unique_id:
        reasons.add("already_in_progress")
        entries = (homeassistant / "config_entries.py").read_text("utf-8")
        if re.search(r'"already_in_progress", translation_domain=', entries):
            central.add("already_in_progress")
    return frozenset(
        Use("abort", reason, "homeassistant" if reason in central else "", ("docs_url", "error"))
        for reason in reasons
    )


def missing(uses: Iterable[Use], own: dict[str, str], central: dict[str, str]) -> list[str]:
    """Return a sentence for each text that is asked for and is not there.

    `own` and `central` are the texts, flat, of the integration and of `homeassistant`.
    """
    said = []
    for use in uses:
        texts = central if use.owner == "homeassistant" else own
        keys = _keys(use)
        present = [key for key in keys if key in texts]
        if not present:
            said.append(f"{use.kind} {use.key} has no text: {' or '.join(keys)}")
        for key in present:
            unknown = set(_PLACEHOLDER.findall(texts[key])) - set(use.placeholders)
            if unknown and use.kind != "field":
                said.append(f"{key} has placeholders that get no value: {sorted(unknown)}")
    return sorted(said)


def unused(uses: Iterable[Use], own: dict[str, str], code: str) -> list[str]:
    """Return the keys of the integration's texts that nothing at any release asks for.

    `code` is all Python of the integration: the translation key of an entity or an issue has to
    stand in it.
    """
    asked = {key for use in uses if use.owner != "homeassistant" for key in _keys(use)}
    said = []
    for key in own:
        if key in asked or re.match(r"config\.step\.pick_implementation\.", key):
            continue
        entity = re.match(r"(?:entity\.\w+|issues)\.(\w+)\.", key)
        if entity and f'"{entity[1]}"' in code:
            continue
        if not entity and _OPTIONAL.fullmatch(key):
            continue
        said.append(key)
    return sorted(said)


def unfit(texts: dict[str, str]) -> list[str]:
    """Return a sentence for each text that Home Assistant's own checks refuse."""
    said = []
    for key, text in texts.items():
        if re.search(r"https?://|www\.", text):
            said.append(f"{key} has a URL in it")
        if re.search(r"<\s*/?\s*[a-zA-Z!]", text):
            said.append(f"{key} has HTML in it")
        if re.search(r"'\{\w+\}'", text):
            said.append(f"{key} has a placeholder in single quotes")
        if text != text.strip() or not text:
            said.append(f"{key} is empty, or begins or ends with a space")
        if re.search(r"[{}]", _PLACEHOLDER.sub("", re.sub(r"'[{}]+'", "", text))):
            said.append(f"{key} has a brace that is no placeholder")
    return said


def _keys(use: Use) -> list[str]:
    match use.kind:
        case "abort" | "error":
            return [f"config.{use.kind}.{use.key}"]
        case "step":
            return [f"config.step.{use.key}.{part}" for part in ("title", "description")]
        case "field":
            step, _, field = use.key.partition(".")
            return [f"config.step.{step}.data.{field}"]
        case "exception":
            return [f"exceptions.{use.key}.message"]
    raise ValueError(use.kind)
