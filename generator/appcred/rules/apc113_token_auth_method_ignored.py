"""`token_auth_method` is set, and some release of the range ignores it.

The attribute exists since 2026.11. Older releases always send ID and secret in the body, so a
vendor that requires them in the header (`client_secret_basic`) refuses every token request: the
login ends in `oauth_unauthorized`. For those releases override `_token_request` as well, or raise
the floor.

Source: LocalOAuth2Implementation.token_auth_method in
homeassistant/helpers/config_entry_oauth2_flow.py of 2026.11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import returned, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.names import Member
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
    Example(
        {
            "oauth.py": _CLASS + "\n    async def async_resolve_external_data(self, data):\n"
            "        ...\n\n    async def _async_refresh_token(self, token):\n        ...\n"
        },
        floor="2025.4",
    ),
    Example({"oauth.py": _CLASS}, floor="2026.10", at=("oauth.py:5:25",)),
    Example(
        {"oauth.py": _CLASS.replace("    token", "    def __init__(self):\n        self.token")},
        floor="2026.10",
        at=("oauth.py:6:34",),
    ),
)

_NAME: Final = "token_auth_method"
_BOTH: Final = ("async_resolve_external_data", "_async_refresh_token")
"""Between them they make every token request."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the attribute where nothing does its work on older releases."""
    code = oauth_code(integration)
    for member in code.implementations:
        found = _set(member)
        if found is None or code.text(member.module, found[1]) == "client_secret_post":
            continue
        if code.methods(member, "_token_request") is not None:
            continue
        if all(code.methods(member, name) is not None for name in _BOTH):
            continue
        yield RULE.at(
            member.module,
            found[0],
            "Home Assistant ignores token_auth_method before 2026.11; override _token_request for "
            "older releases",
        )


def _set(member: Member) -> tuple[cst.CSTNode, cst.BaseExpression | None] | None:
    """Return where a class sets the attribute, and to what: as its own, on self, as a property."""
    value = member.node.attributes.get(_NAME)
    if value is not None:
        return value, value
    method = member.node.methods.get(_NAME)
    if method is not None:
        values = [found.value for found in returned(method.node)]
        return method.node.name, values[0] if len(values) == 1 else None
    for node in walk(member.node.node):
        if isinstance(node, cst.Assign) and any(
            dotted(target.target) == f"self.{_NAME}" for target in node.targets
        ):
            return node.value, node.value
    return None
