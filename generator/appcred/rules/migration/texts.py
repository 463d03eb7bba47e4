"""The manifest and the texts that application credentials bring with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from appcred.documents.json import manifest_order, new, place, put, put_item
from appcred.emission import RETROFIT, common_text, common_texts, render
from appcred.finding import ManualWork
from appcred.integration import MANIFEST, Layout
from appcred.oauth.code import oauth_code
from appcred.release import abort_reasons
from appcred.rules.migration.edit import StopError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

DEPENDENCY: Final = "application_credentials"
_PICK: Final = ("config", "step", "pick_implementation")
ISSUE: Final = "deprecated_yaml_credentials"


def depend(integration: Integration) -> Integration:
    """Let the manifest depend on application credentials, in the place of what that replaces.

    Home Assistant's `auth`, and in older trees `http`, were needed by the registration alone; one
    that the integration's code uses itself stays.
    """
    path = integration.path(MANIFEST)
    had = integration.manifest.get("dependencies", [])
    code = oauth_code(integration)
    unused = [
        name
        for name in ("auth", "http")
        if name in had
        and not any(
            document.mentions(f"components.{name}", f"components import {name}", f"hass.{name}")
            for document in code.integration.modules.values()
        )
    ]
    content = integration.files[path].content
    instead = unused[0] if unused else None
    content = put_item(
        content, ["dependencies"], DEPENDENCY, instead_of=instead, order=manifest_order
    )
    return _changed(integration, MANIFEST, content)


def say(integration: Integration, path: tuple[str, ...], text: str) -> Integration:
    """Give the integration a text, if it lacks it or has an empty one."""
    integration = begun(integration)
    if _at(integration.strings, path) not in (None, ""):
        return integration
    names = [integration.strings_name]
    if integration.layout is Layout.CUSTOM and integration.file("strings.json") is not None:
        names.append("strings.json")  # kept beside the translations, and like them
    for name in names:
        integration = _put(integration, name, path, text)
    return integration


def begun(integration: Integration) -> Integration:
    """Give a custom tree the file that is read, where it has the one alone that it is made from.

    Its references to texts that all integrations have in common are written out. Raises StopError
    for any other.
    """
    name, source = integration.strings_name, integration.file("strings.json")
    if integration.layout is Layout.CORE or integration.file(name) or source is None:
        return integration
    content = source.content
    for path, text in _leaves((), source.json if isinstance(source.json, dict) else {}):
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
                    f"{name} is what Home Assistant reads, and is missing; what {text} means there "
                    "is not known",
                    f"write {name} with the texts of strings.json in full, and run this again",
                )
            )
        content = put(content, path, common_text(str(integration.layout), common))
    return integration.with_file(integration.path(name), content)


_REFERENCE: Final = re.compile(r"\[%key:(.+)%\]")


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, each in value.items():
        if isinstance(each, dict):
            yield from _leaves((*path, key), each)
        else:
            yield (*path, key), each


def reread(before: Integration, after: Integration) -> Iterator[str]:
    """Yield a sentence for each description of a form that has lost some of its fields."""
    for path, file in after.files.items():
        old = before.files.get(path)
        if old is None or old.content == file.content or path.suffix != ".json":
            continue
        if path.parent not in (after.path("translations"), after.folder):
            continue
        steps = ("config", "step")
        try:
            then, now = (_at(each.json, steps) for each in (old, file))
        except ValueError:  # APC003 says so
            continue
        if not isinstance(then, dict) or not isinstance(now, dict):
            continue
        for step in now.keys() & then.keys():
            fields = [_at(each, (step, "data")) for each in (then, now)]
            was, still = (set(each) if isinstance(each, dict) else set() for each in fields)
            at = (*steps, step, "description")
            if was - still and _at(file.json, at):
                line, _ = place(file.content, at)
                lost = " and ".join(sorted(was - still))
                yield f"{path}:{line}: this form no longer asks for {lost}; read its text again"


def _put(integration: Integration, name: str, path: tuple[str, ...], value: str) -> Integration:
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
                "mend the file, and run this again",
            )
        ) from error
    return _changed(integration, name, content)


def explain_flow(integration: Integration, span: Span) -> Integration:
    """Give the flow a text for what application credentials bring to it, where it has none.

    That is the step in which a user picks one of several credentials, and each way the OAuth2
    helper can end the flow: without `missing_credentials` and its like a user reads bare keys.
    """
    integration = begun(integration)
    code = oauth_code(integration)
    own = any(code.methods(flow, "async_step_pick_implementation") for flow in code.flows)
    if not own and _at(integration.strings, _PICK) is None:
        integration = explain(integration, span, _PICK)
    for reason in abort_reasons().values():
        if reason.shared and reason.needs_text(span):
            integration = explain(integration, span, ("config", "abort", reason.name))
    return integration


def explain(integration: Integration, span: Span, keys: tuple[str, ...]) -> Integration:
    """Give the integration a text that Home Assistant has in common, where it lacks it.

    One that only a person can write changes nothing.
    """
    for path, name in _common(integration, span, keys):
        text = common_text(str(integration.layout), name)
        integration = say(integration, path, text)
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
    if keys == _PICK:
        fields = [("title", "title::oauth2_pick_implementation")]
        if integration.layout is Layout.CUSTOM or span.all("common_implementation_field"):
            fields += [
                ("data.implementation", "data::implementation"),
                ("data_description.implementation", "description::implementation"),
            ]
        return [((*_PICK, *field.split(".")), name) for field, name in fields]
    if len(keys) == 3 and keys[:2] == ("config", "error") and keys[2] in _ERRORS:
        return [(keys, f"error::{keys[2]}")]
    if len(keys) == 3 and keys[:2] == ("config", "abort"):
        reason = abort_reasons().get(keys[2])
        shared = f"abort::{reason.text}" if reason is not None and reason.text else None
        name = shared or _REASONS.get(keys[2])
        return [(keys, name)] if name is not None else []
    return []


def explain_issue(integration: Integration, *, whole: bool, keys: tuple[str, ...]) -> Integration:
    """Write the text of the integration's own repair issue."""
    title = str(integration.manifest.get("name", integration.domain))
    shown = " and ".join(f"`{key}`" for key in keys)
    text = render(RETROFIT, "issue_text", integration.domain, title, whole, shown).strip()
    integration = say(integration, ("issues", ISSUE, "description"), " ".join(text.split()))
    return say(integration, ("issues", ISSUE, "title"), "YAML credentials are deprecated")


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _changed(integration: Integration, name: str, content: bytes) -> Integration:
    path = integration.path(name)
    if content == integration.files[path].content:
        return integration
    return integration.with_file(path, content)
