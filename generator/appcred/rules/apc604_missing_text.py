"""The code ends a flow, shows a step or raises an error for which there is no text.

Instead of a sentence the user reads the bare key, `wrong_account`, or an empty dialog. Which
texts Home Assistant has itself differs by release: the helper's own abort reasons since 2026.9,
`reauth_successful` and others since 2026.10, but only where the helper raises them. A text is
missed if any release of the range needs it.

Source: _SHARED_ABORT_REASONS in homeassistant/helpers/config_entry_oauth2_flow.py;
developers.home-assistant.io, blog 2026-09-28 on shared config flow abort reasons.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.texts import Need, has, needs
from appcred.release import abort_reasons
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC604", "missing-text", Severity.WARNING)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        return self.async_abort(reason="{}")
"""


def _tree(reason: str, *texts: str) -> dict[str, str]:
    strings = {
        "config": {
            "abort": dict.fromkeys(texts, "Text"),
            "step": {"pick_implementation": {"title": "Pick"}},
        }
    }
    return {"config_flow.py": _FLOW.format(reason), "translations/en.json": json.dumps(strings)}


EXAMPLES = (
    Example(_tree("no_account", "no_account"), floor="2026.10"),
    Example(_tree("oauth_error"), floor="2026.9"),
    Example(_tree("no_account"), floor="2026.10", at=("config_flow.py:6:16",)),
    Example(_tree("reauth_successful"), floor="2026.10", at=("config_flow.py:6:16",)),
    Example(_tree("oauth_error", "oauth_error"), floor="2026.8", at=("config_flow.py:4:7",)),
)

_KINDS = {"abort": "abort reason", "error": "error", "step": "step"}


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Compare what the code asks for with the strings."""
    missing = [need for need in needs(integration, span) if not has(integration.strings, need.keys)]
    if missing and integration.file(integration.strings_name) is None:
        yield _at(missing[0], f"there is no {integration.strings_name}: no text is shown at all")
        return
    reasons = abort_reasons()
    helper: list[Need] = []
    for need in missing:
        if need.keys[1] == "abort" and need.keys[2] in reasons and reasons[need.keys[2]].shared:
            helper.append(need)
        elif need.keys[0] == "exceptions":
            yield _at(need, f"the exception {need.keys[1]} has no text")
        else:
            yield _at(need, f"the {_KINDS[need.keys[1]]} {need.keys[2]} has no text")
    if helper:
        first = min(str(reasons[need.keys[2]].central) for need in helper)
        names = ", ".join(need.keys[2] for need in helper)
        yield _at(helper[0], f"releases before {first} show these abort reasons bare: {names}")


def _at(need: Need, message: str) -> Finding:
    return RULE.at(need.module, need.node, message)
