"""The hook returns a placeholder that the description does not use.

`async_get_description_placeholders` returns a value that no text shows. Often the text was
forgotten. If there is no description at all, APC601 is reported and not each placeholder.

Source: async_get_description_placeholders in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.texts import description, named, placeholders
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC603", "placeholder-unused", Severity.WARNING)

_HOOK = """\
async def async_get_description_placeholders(hass):
    return {
        "console": "https://example.com",
    }
"""


def _texts(text: str) -> dict[str, str]:
    strings = json.dumps({"application_credentials": {"description": text}})
    return {"application_credentials.py": _HOOK, "translations/en.json": strings}


EXAMPLES = (
    Example(_texts("See {console}.")),
    Example({**_texts(""), "translations/en.json": "{}"}),
    Example(_texts("")),
    Example({"application_credentials.py": _HOOK}),
    Example(_texts("See the console."), at=("application_credentials.py:3:9",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare what the hook gives with the text."""
    code = oauth_code(integration)
    given = placeholders(code)
    text = description(integration)
    if given is None or code.platform is None or not text:
        return
    used = named(text)
    for placeholder in given:
        if placeholder.name not in used:
            yield RULE.at(
                placeholder.module,
                placeholder.node,
                f"application_credentials.description does not use {{{placeholder.name}}}; "
                "remove it here",
            )
