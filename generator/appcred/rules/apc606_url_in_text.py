"""A text contains a URL.

Many people translate the texts, and any of them can change an address by mistake. hassfest refuses
URLs in texts. Use a placeholder and let the code fill it in: `async_get_description_placeholders`
for the credentials dialog, `description_placeholders` in a flow.

Source: hassfest's translations plugin (string_no_url).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC606", "url-in-text", Severity.WARNING)

_URL: Final = re.compile(r"\bhttps?://\w", re.IGNORECASE)
_SECTIONS: Final = ("application_credentials", "config", "options", "exceptions", "issues")


def _texts(text: str) -> dict[str, str]:
    strings = {"application_credentials": {"description": text}}
    return {"translations/en.json": json.dumps(strings, indent=2)}


EXAMPLES = (
    Example(_texts("See {console}.")),
    Example(_texts("See https://example.com."), at=("translations/en.json:3:5",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look into the texts of the dialog, of the flows and of what is reported."""
    for section in _SECTIONS:
        for keys in _with_url((section,), integration.strings.get(section)):
            yield RULE.in_json(
                integration,
                integration.strings_name,
                keys,
                f"{integration.strings_name}: {'.'.join(keys)} contains a URL; use a placeholder",
            )


def _with_url(keys: tuple[str, ...], value: object) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _with_url((*keys, key), inner)
    elif isinstance(value, str) and _URL.search(value):
        yield keys
