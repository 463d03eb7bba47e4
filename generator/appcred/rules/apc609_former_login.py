"""Texts of a former sign-in are left.

The step `user` still has fields for a password or a key, but the flow shows no form there any more,
because OAuth2 replaced it. Translators keep working on these texts, and readers of the file think
that users enter a password.

Source: AbstractOAuth2FlowHandler.async_step_user in
homeassistant/helpers/config_entry_oauth2_flow.py shows no form.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC609", "former-login", Severity.INFO)

_FIELDS: Final = {
    "username",
    "email",
    "password",
    "api_key",
    "access_token",
    "token",
    "client_id",
    "client_secret",
}

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_user(self, user_input=None):
        return {}
"""
_STEP = {"config": {"step": {"user": {"data": {"password": "Password"}}}}}
_TEXTS = {"translations/en.json": json.dumps(_STEP, indent=2)}

EXAMPLES = (
    Example({**_TEXTS, "config_flow.py": _FLOW.format('self.async_show_form(step_id="user")')}),
    Example(
        {**_TEXTS, "config_flow.py": _FLOW.format("await super().async_step_user()")},
        at=("translations/en.json:5:9",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the fields where no form of the step is shown."""
    code = oauth_code(integration)
    if not code.flows:
        return
    for used in code.calls.get("async_show_form", ()):
        step = used.call.argument("step_id")
        if step is None or code.text(used.module, step) in (None, "user"):
            return
    data: object = integration.strings
    for key in ("config", "step", "user", "data"):
        data = data.get(key) if isinstance(data, dict) else None
    for field in data if isinstance(data, dict) else ():
        if field in _FIELDS:
            yield RULE.in_json(
                integration,
                integration.strings_name,
                ["config", "step", "user", "data"],
                f"{integration.strings_name}: no form asks for config.step.user.data any more; "
                "remove it",
            )
            return
