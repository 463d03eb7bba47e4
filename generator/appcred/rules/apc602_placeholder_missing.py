"""The description of the credentials dialog has a placeholder without a value.

The text contains `{x}`, but `async_get_description_placeholders` does not return it, or there is no
such hook. The user sees the bare placeholder, or no text at all if it cannot be formatted.

Source: async_get_description_placeholders in
homeassistant/components/application_credentials/__init__.py, since 2022.7.
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

RULE = Rule("APC602", "placeholder-missing", Severity.ERROR)

_HOOK = "async def async_get_description_placeholders(hass):\n    return {{{}}}\n"
_ANNOTATED = """\
async def async_get_description_placeholders(hass):
    given: dict[str, str] = {"other": "https://example.com"}
    return given
"""
_TEXTS = json.dumps({"application_credentials": {"description": "See {console}."}}, indent=2)

EXAMPLES = (
    Example(
        {
            "application_credentials.py": _HOOK.format('"console": "https://example.com"'),
            "translations/en.json": _TEXTS,
        }
    ),
    Example(
        {
            "application_credentials.py": _HOOK.format('"consol": "https://example.com"'),
            "translations/en.json": _TEXTS,
        },
        at=("translations/en.json:3:5",),
    ),
    Example(
        {
            "application_credentials.py": _ANNOTATED,
            "translations/en.json": _TEXTS,
        },
        at=("translations/en.json:3:5",),
    ),
    Example(
        {"application_credentials.py": "# no hook\n", "translations/en.json": _TEXTS},
        at=("translations/en.json:3:5",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare the text with what the hook gives."""
    code = oauth_code(integration)
    text = description(integration)
    given = placeholders(code)
    if text is None or given is None or code.platform is None:
        return
    names = {placeholder.name for placeholder in given}
    for name in named(text):
        if name not in names:
            yield RULE.in_json(
                integration,
                integration.strings_name,
                ["application_credentials", "description"],
                f"{integration.strings_name}: application_credentials.description uses "
                f"{{{name}}}, which has no value; return it from "
                "async_get_description_placeholders",
            )
