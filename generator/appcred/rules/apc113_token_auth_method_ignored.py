"""`token_auth_method` is set, and some release of the range ignores it.

The attribute exists since 2026.11. Before, id and secret are always sent in the body, so a vendor
that wants them in the header (`client_secret_basic`) refuses every token request: the login ends
in `oauth_unauthorized`. For those releases override `_token_request` as well, or raise the floor.

Source: LocalOAuth2Implementation.token_auth_method in
homeassistant/helpers/config_entry_oauth2_flow.py of 2026.11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.documents.walk import text
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC113", "token-auth-method-ignored", Severity.ERROR, until="token_auth_method")

_CLASS = """\
from homeassistant.components.application_credentials import AuthImplementation


class ExampleImplementation(AuthImplementation):
    token_auth_method = "client_secret_basic"
"""

EXAMPLES = (
    Example({"oauth.py": _CLASS}, floor="2026.11"),
    Example(
        {"oauth.py": _CLASS + "\n    async def _token_request(self, data):\n        ...\n"},
        floor="2025.4",
    ),
    Example({"oauth.py": _CLASS.replace("_basic", "_post")}, floor="2025.4"),
    Example({"oauth.py": _CLASS}, floor="2026.10", at=("oauth.py:5:25",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the attribute where nothing does its work on older releases."""
    code = oauth_code(integration)
    for member in code.implementations:
        value = member.node.attributes.get("token_auth_method")
        if value is None or text(value) == "client_secret_post":
            continue
        if code.methods(member, "_token_request") is None:
            yield RULE.at(
                member.module,
                value,
                "releases before 2026.11 ignore token_auth_method and send the secret in the "
                "body; override _token_request for them",
            )
