"""The manifest and the texts that application credentials bring with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.documents.json import manifest_order, place, put_item
from appcred.emission import RETROFIT, render
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.release import abort_reasons
from appcred.rules.texts import (
    PICK_STEP,
    add_common_text,
    add_text,
    changed,
    text_at,
    with_texts_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

DEPENDENCY: Final = "application_credentials"
ISSUE: Final = "deprecated_yaml_credentials"


def add_dependency(integration: Integration) -> Integration:
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
    return changed(integration, MANIFEST, content)


def outdated_descriptions(before: Integration, after: Integration) -> Iterator[str]:
    """Yield a sentence for each description of a form that has lost some of its fields."""
    for path, file in after.files.items():
        old = before.files.get(path)
        if old is None or old.content == file.content or path.suffix != ".json":
            continue
        if path.parent not in (after.path("translations"), after.folder):
            continue
        steps = ("config", "step")
        try:
            then, now = (text_at(each.json, steps) for each in (old, file))
        except ValueError:  # APC003 says so
            continue
        if not isinstance(then, dict) or not isinstance(now, dict):
            continue
        for step in now.keys() & then.keys():
            fields = [text_at(each, (step, "data")) for each in (then, now)]
            was, still = (set(each) if isinstance(each, dict) else set() for each in fields)
            at = (*steps, step, "description")
            if was - still and text_at(file.json, at):
                line, _ = place(file.content, at)
                lost = " and ".join(sorted(was - still))
                yield f"{path}:{line}: this form no longer asks for {lost}; check its text"


def add_flow_texts(integration: Integration, span: Span) -> Integration:
    """Give the flow a text for what application credentials bring to it, where it has none.

    That is the step in which a user picks one of several credentials, and each way the OAuth2
    helper can end the flow: without `missing_credentials` and its like a user reads bare keys.
    """
    integration = with_texts_file(integration)
    code = oauth_code(integration)
    own = any(code.methods(flow, "async_step_pick_implementation") for flow in code.flows)
    if not own and text_at(integration.strings, PICK_STEP) is None:
        integration = add_common_text(integration, span, PICK_STEP)
    for reason in abort_reasons().values():
        if reason.shared and reason.needs_text(span):
            integration = add_common_text(integration, span, ("config", "abort", reason.name))
    return integration


def add_issue_text(integration: Integration, *, whole: bool, keys: tuple[str, ...]) -> Integration:
    """Write the text of the integration's own repair issue."""
    title = str(integration.manifest.get("name", integration.domain))
    shown = " and ".join(f"`{key}`" for key in keys)
    text = render(RETROFIT, "issue_text", integration.domain, title, whole, shown).strip()
    integration = add_text(integration, ("issues", ISSUE, "description"), " ".join(text.split()))
    return add_text(integration, ("issues", ISSUE, "title"), "YAML credentials are deprecated")
