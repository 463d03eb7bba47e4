"""Scopes are written down, but never sent.

A constant names the scopes, and no code uses it. The vendor grants its default instead, often
less than the integration needs, and calls fail with 403 after a login that looked fine. Return
them from `extra_authorize_data` as `{"scope": " ".join(SCOPES)}`.

Source: AbstractOAuth2FlowHandler.extra_authorize_data in
homeassistant/helpers/config_entry_oauth2_flow.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC308", "scopes-not-sent", Severity.WARNING)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

OAUTH2_SCOPES = ["read", "offline_access"]


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    @property
    def extra_authorize_data(self):
        return {}
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format('{"scope": " ".join(OAUTH2_SCOPES)}')}),
    Example({"config_flow.py": _FLOW.format("{}")}, at=("config_flow.py:3:17",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for constants that are named nowhere but where they are bound."""
    code = oauth_code(integration)
    for module in code.modules:
        for name, value in module.index.constants.items():
            if not re.search(r"(^|_)SCOPES?$", name) or name.startswith("CONF_"):
                continue
            word = re.compile(rb"\b" + name.encode() + rb"\b")
            uses = sum(
                len(word.findall(document.content)) for document in integration.modules.values()
            )
            if uses == 1:
                yield RULE.at(
                    module,
                    value,
                    f"{name} is used nowhere: the vendor grants its default scopes instead",
                )
