"""The flow can end with a reason that no test expects.

Without a test, a wrong key, a missing text or a type error in that abort goes unnoticed until a
user meets it. Expect the reason in a test of the flow.

Source: quality scale rule config-flow-test-coverage.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appcred.documents.python import dotted
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.texts import own_aborts
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC703", "abort-untested", Severity.INFO)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        return self.async_abort(reason="no_account")
"""
_TEST = "async def test_abort(hass):\n    assert result['reason'] == '{}'\n"

EXAMPLES = (
    Example({"config_flow.py": _FLOW}),
    Example({"config_flow.py": _FLOW, "/tests/test_flow.py": _TEST.format("no_account")}),
    Example(
        {
            "config_flow.py": "GONE = 'no_account'\n" + _FLOW.replace('"no_account"', "GONE"),
            "/tests/test_flow.py": _TEST.replace("'{}'", "GONE"),
        }
    ),
    Example(
        {"config_flow.py": _FLOW, "/tests/test_flow.py": _TEST.format("unknown")},
        at=("config_flow.py:6:16",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for each reason, in quotes, in any test."""
    tests = integration.test_modules.values()
    if not any(document.mentions("def test", "assert") for document in tests):
        return
    seen = set()
    for reason, used in own_aborts(oauth_code(integration)):
        if reason in seen:
            continue
        seen.add(reason)
        word = re.compile(rb"[\"']" + re.escape(reason.encode()) + rb"[\"']")
        constant = dotted(used.call.argument("reason", 0)).rpartition(".")[2]
        if constant.isupper() and any(document.mentions(constant) for document in tests):
            continue  # they import it
        if not any(word.search(document.content) for document in tests):
            yield RULE.at(
                used.module, used.call.node, f"no test expects the abort reason {reason}; write one"
            )
