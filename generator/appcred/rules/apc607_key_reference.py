"""A custom integration refers to a common text, but only core can.

`[%key:common::…%]` is resolved when core's translations are built. Those of a custom integration
are not built: the user reads the reference itself. Write the text out.

There is one finding for each file, at its first reference.

Source: developers.home-assistant.io, internationalization of custom integrations.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.integration import Layout
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC607", "key-reference", Severity.ERROR, layout=Layout.CUSTOM)


def _texts(text: str) -> dict[str, str]:
    return {"translations/en.json": json.dumps({"config": {"abort": {"a": text}}}, indent=2)}


EXAMPLES = (
    Example(_texts("Received invalid token data.")),
    Example(
        _texts("[%key:common::config_flow::abort::oauth2_error%]"),
        at=("translations/en.json:4:7",),
    ),
    Example(
        {
            f"translations/{language}.json": json.dumps(
                {"config": {"abort": {"a": "[%key:common::a%]", "b": "[%key:common::b%]"}}},
                indent=2,
            )
            for language in ("de", "nb")
        },
        at=("translations/de.json:4:7", "translations/nb.json:4:7"),
    ),
    Example(
        {"translations/de.json": '{\n"title": "Beispiel",\n"entity": {"a": "[%key:common::a%]"}}'},
        at=("translations/de.json:3:12",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look into the texts of all languages."""
    for path, file in integration.files.items():
        if path.suffix != ".json" or path.parent != integration.path("translations"):
            continue
        if b"[%key:" not in file.content:
            continue
        try:
            loaded = file.json
        except ValueError:
            continue
        name = path.relative_to(integration.folder).as_posix()
        found = list(_references((), loaded))
        if found:
            keys, text = found[0]
            key = ".".join(keys)
            message = f"{name}: {key} is the unresolved reference {text}; write the text out"
            if len(found) > 1:
                message = (
                    f"{name}: {len(found)} texts are unresolved references such as {text} ({key}); "
                    "write them out"
                )
            yield RULE.in_json(
                integration,
                name,
                keys,
                message,
            )


def _references(keys: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the keys of each text that is a reference, and the reference."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _references((*keys, key), inner)
    elif isinstance(value, str) and value.startswith("[%key:"):
        yield keys, value
