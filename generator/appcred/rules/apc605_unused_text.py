"""A text that no code uses, at any release of the range.

Translators work on it in sixty languages, and nobody ever reads it. Since 2026.9 and 2026.10 Home
Assistant has the texts of the common abort reasons itself; where no older release is to be
supported, the integration's own are not shown any more.

Source: components/homeassistant/strings.json, config.abort, of 2026.9 and 2026.10.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import libcst as cst

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.texts import errors_known, needs
from appcred.release import abort_reasons
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule("APC605", "unused-text", Severity.INFO)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        return self.async_abort(reason="no_account")
"""


def _tree(*reasons: str) -> dict[str, str]:
    texts = {"config": {"abort": dict.fromkeys(reasons, "Text")}}
    return {"config_flow.py": _FLOW, "translations/en.json": json.dumps(texts, indent=2)}


EXAMPLES = (
    Example(_tree("no_account", "missing_configuration")),
    Example(_tree("no_account", "oauth_error"), floor="2026.8"),
    Example(_tree("no_account", "oauth_error"), floor="2026.9", at=("translations/en.json:5:7",)),
    Example(_tree("no_account", "no_acount"), at=("translations/en.json:5:7",)),
)


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Look for each key of abort reasons and errors in all of the code."""
    code = oauth_code(integration)
    if not code.flows:
        return
    asked = {need.keys for need in needs(integration, span)}
    reasons = abort_reasons()
    for keys in _keys(integration, code):
        if keys in asked or _quoted(integration, keys[-1] if keys[0] == "config" else keys[1]):
            continue
        message = f"no code uses the text {'.'.join(keys)}"
        known = reasons.get(keys[-1]) if keys[1] == "abort" else None
        if known is not None:
            if known.central is None or span.floor < known.central:
                continue  # Home Assistant's own code may still ask for it
            message += f"; Home Assistant has it itself since {known.central}"
        yield RULE.in_json(integration, integration.strings_name, keys, message)


def _keys(integration: Integration, code: OAuthCode) -> Iterator[tuple[str, ...]]:
    config = integration.strings.get("config")
    config = config if isinstance(config, dict) else {}
    known = {
        "abort": not any(_unknown(code, name) for name in ("async_abort", "AbortFlow")),
        "error": errors_known(code),
    }
    for section in (name for name, all_known in known.items() if all_known):
        texts = config.get(section)
        for key in texts if isinstance(texts, dict) else ():
            yield ("config", section, key)


def _unknown(code: OAuthCode, name: str) -> bool:
    """Say whether some reason comes from where its text cannot be seen."""
    for used in code.calls.get(name, ()):
        given = used.call.argument("reason", 0)
        if given is None or code.text(used.module, given) is not None:
            continue
        if not isinstance(given, cst.Name) or given.value in used.module.index.imports:
            return True
    return False


def _quoted(integration: Integration, key: str) -> bool:
    word = re.compile(rb"[\"']" + re.escape(key.encode()) + rb"[\"']")
    return any(word.search(document.content) for document in integration.modules.values())
