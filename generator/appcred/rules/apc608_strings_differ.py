"""A custom integration has a `strings.json` that differs from `translations/en.json`.

Home Assistant reads only the files in `translations/`. A new or corrected text in `strings.json`
alone is never shown. A reference in `strings.json` that is written out in the other file is no
difference. A text that `strings.json` lacks is shown, so that is information only.

Source: developers.home-assistant.io, internationalization of custom integrations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.integration import Layout
from appcred.oauth.texts import value_at
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC608", "strings-differ", Severity.WARNING, layout=Layout.CUSTOM)

_TEXTS = '{\n  "title": "Example",\n  "config": {"abort": {"a": "Text"}}\n}\n'

EXAMPLES = (
    Example({"translations/en.json": _TEXTS}),
    Example({"translations/en.json": _TEXTS, "strings.json": _TEXTS.replace("\n", "")}),
    Example(
        {"translations/en.json": _TEXTS, "strings.json": _TEXTS.replace("Text", "Better")},
        at=("strings.json:3:24",),
    ),
    Example(
        {
            "translations/en.json": _TEXTS,
            "strings.json": _TEXTS.replace("Text", "[%key:common::state::on%]"),
        }
    ),
    Example({"strings.json": _TEXTS}, at=("strings.json:1:1",)),
    Example(
        {"translations/en.json": _TEXTS, "strings.json": '{"title": "Example"}\n'},
        at=("strings.json:1:1",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare the two; the first difference is named."""
    strings = integration.file("strings.json")
    if strings is None:
        return
    english = integration.file("translations/en.json")
    if english is None:
        yield RULE.in_json(
            integration,
            "strings.json",
            [],
            "Home Assistant does not read strings.json of a custom integration; write "
            "translations/en.json",
        )
        return
    try:
        keys = _difference((), strings.json, english.json)
        missing = None if keys is not None else _missing((), strings.json, english.json)
    except ValueError:
        return  # APC003 says so
    if keys is not None:
        yield RULE.in_json(
            integration,
            "strings.json",
            keys,
            f"{'.'.join(keys) or 'strings.json'} "
            + ("differs from" if value_at(english.json, keys) is not None else "is missing in")
            + " translations/en.json, the file that Home Assistant reads; write the same there",
        )
    elif missing is not None:
        yield RULE.in_json(
            integration,
            "strings.json",
            missing[:-1],
            f"{'.'.join(missing)} is in translations/en.json alone; write it here too, or delete "
            "strings.json, which Home Assistant does not read",
            severity=Severity.INFO,
        )


def _difference(keys: tuple[str, ...], left: object, right: object) -> tuple[str, ...] | None:
    """Return the keys of the first text in `left` that `right` has not, or has otherwise."""
    if left == right or (isinstance(left, str) and left.startswith("[%key:") and right):
        return None  # a reference, which the other file has resolved
    if isinstance(left, dict) and isinstance(right, dict):
        for key, value in left.items():
            found = _difference((*keys, key), value, right.get(key))
            if found is not None:
                return found
        return None
    return keys


def _missing(keys: tuple[str, ...], left: object, right: object) -> tuple[str, ...] | None:
    """Return the keys of the first part of `right` that `left` has not."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        return None
    for key, value in right.items():
        if key not in left:
            return (*keys, key)
        found = _missing((*keys, key), left[key], value)
        if found is not None:
            return found
    return None
