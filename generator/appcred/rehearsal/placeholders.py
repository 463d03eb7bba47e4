"""Data with names in it that stand for texts: canned responses, a section of configuration.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

CLIENT_ID: Final = "{client_id}"
CLIENT_SECRET: Final = "{client_secret}"  # noqa: S105 - its place, not a secret


@dataclass(frozen=True, slots=True)
class YamlSection:
    """A section of configuration.yaml that imports one client; or why none is known."""

    content: Any = None
    unknown: str = "the integration imports no credentials from YAML"


def replaced(value: Any, texts: Mapping[str, str]) -> Any:
    """Put texts in the place of their names, `{id}` and the like, at every depth of some data."""
    if isinstance(value, str):
        for name, text in texts.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, Mapping):
        return {key: replaced(inner, texts) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(inner, texts) for inner in value]
    return value


def names_client(section: Any) -> bool:
    """Whether a section has a place for the client's id."""
    return bool(replaced(section, {"client_id": ""}) != section)


def lists_clients(section: Any) -> bool:
    """Whether the client is one of a list in its section."""
    if isinstance(section, Mapping):
        return any(lists_clients(inner) for inner in section.values())
    return isinstance(section, list) and names_client(section)
