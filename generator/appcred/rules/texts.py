"""Texts that an integration lacks, written into the files that Home Assistant reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from appcred.documents.json import new, place, put
from appcred.emission import common_text, common_texts
from appcred.finding import ManualWork
from appcred.integration import Layout
from appcred.release import abort_reasons
from appcred.rules.edit import StopError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.integration import Integration
    from appcred.release import Span

PICK_STEP: Final = ("config", "step", "pick_implementation")


def add_text(integration: Integration, path: tuple[str, ...], text: str) -> Integration:
    """Give the integration a text, if it lacks it or has an empty one."""
    integration = with_texts_file(integration)
    if text_at(integration.strings, path) not in (None, ""):
        return integration
    names = [integration.strings_name]
    if integration.layout is Layout.CUSTOM and integration.file("strings.json") is not None:
        names.append("strings.json")  # kept beside the translations, and like them
    for name in names:
        integration = _with_text(integration, name, path, text)
    return integration


def with_texts_file(integration: Integration) -> Integration:
    """Give a custom tree the file that is read, where it has the one alone that it is made from.

    Its references to texts that all integrations have in common are written out. Raises StopError
    for any other.
    """
    name, source = integration.strings_name, integration.file("strings.json")
    if integration.layout is Layout.CORE or integration.file(name) or source is None:
        return integration
    content = source.content
    for path, text in text_items(source.json if isinstance(source.json, dict) else {}):
        found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            continue
        common = found[1].removeprefix("common::config_flow::")
        if common not in common_texts():
            line, _ = place(source.content, path)
            raise StopError(
                ManualWork(
                    integration.path("strings.json"),
                    line,
                    f"Home Assistant reads {name}, which does not exist, and the reference {text} "
                    "is unknown",
                    f"write {name} with the texts of strings.json in full, and run this again",
                )
            )
        content = put(content, path, common_text(str(integration.layout), common))
    return integration.with_file(integration.path(name), content)


_REFERENCE: Final = re.compile(r"\[%key:(.+)%\]")


def text_items(
    texts: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each text, with the keys that lead to it."""
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from text_items(value, (*above, key))
        else:
            yield (*above, key), value


def _with_text(
    integration: Integration, name: str, path: tuple[str, ...], value: str
) -> Integration:
    file = integration.file(name)
    if file is None:
        nested: Any = value
        for key in reversed(path):
            nested = {key: nested}
        return integration.with_file(integration.path(name), new(nested))
    try:
        content = put(file.content, path, value)
    except ValueError as error:
        raise StopError(
            ManualWork(
                integration.path(name),
                1,
                f"{name} cannot be edited: {error}",
                "correct the file, and run this again",
            )
        ) from error
    return changed(integration, name, content)


def add_common_text(integration: Integration, span: Span, keys: tuple[str, ...]) -> Integration:
    """Give the integration a text that Home Assistant has in common, where it lacks it.

    One that only a person can write changes nothing.
    """
    for path, name in _common(integration, span, keys):
        text = common_text(str(integration.layout), name)
        integration = add_text(integration, path, text)
    return integration


def is_common(integration: Integration, span: Span, keys: tuple[str, ...]) -> bool:
    """Whether Home Assistant has a text in common for what stands at those keys."""
    return bool(_common(integration, span, keys))


_ERRORS: Final = ("cannot_connect", "invalid_auth", "unknown")
_REASONS: Final = {
    "already_configured": "abort::already_configured_account",
    "already_in_progress": "abort::already_in_progress",
    "reauth_successful": "abort::reauth_successful",
    "reconfigure_successful": "abort::reconfigure_successful",
    **{name: f"error::{name}" for name in _ERRORS},
}
"""The common text of each reason that a flow aborts with by itself."""


def _common(
    integration: Integration, span: Span, keys: tuple[str, ...]
) -> list[tuple[tuple[str, ...], str]]:
    """Return the texts that stand at, or below, some keys: where, and the common text's name."""
    if keys == PICK_STEP:
        fields = [("title", "title::oauth2_pick_implementation")]
        if integration.layout is Layout.CUSTOM or span.all("common_implementation_field"):
            fields += [
                ("data.implementation", "data::implementation"),
                ("data_description.implementation", "description::implementation"),
            ]
        return [((*PICK_STEP, *field.split(".")), name) for field, name in fields]
    if len(keys) == 3 and keys[:2] == ("config", "error") and keys[2] in _ERRORS:
        return [(keys, f"error::{keys[2]}")]
    if len(keys) == 3 and keys[:2] == ("config", "abort"):
        reason = abort_reasons().get(keys[2])
        shared = f"abort::{reason.text}" if reason is not None and reason.text else None
        name = shared or _REASONS.get(keys[2])
        return [(keys, name)] if name is not None else []
    return []


def text_at(value: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at a path of keys in JSON data, None where there is nothing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def changed(integration: Integration, name: str, content: bytes) -> Integration:
    """Return the integration with new content of one of its files, if that differs."""
    path = integration.path(name)
    if content == integration.files[path].content:
        return integration
    return integration.with_file(path, content)
