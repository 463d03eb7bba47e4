"""A hook of the platform is not `async`.

Home Assistant awaits what the hook returns. A plain function returns the authorization server
itself, which cannot be awaited: `TypeError` when a user starts the flow or opens the credentials
dialog, and nothing before.

A decorated function, and one that returns what may be awaited, are not reported; `@callback` only
marks a function and does not make it awaitable, so such a function is reported.

Fix: writes `async` before `def`. Not offered if the integration calls the hook itself, because that
call would need an `await`, nor under `@callback`, which says that nothing is awaited.

Source: _async_provide_implementation in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HOOKS
from appcred.oauth.hooks import hook_site, is_plain
from appcred.rules.rule import Example, Rule, replaced, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC103", "hook-not-async", Severity.ERROR, fix=FixKind.SAFE, reveals=("APC201",))

_GOOD = """\
from homeassistant.components.application_credentials import AuthorizationServer


async def async_get_authorization_server(hass):
    # the vendor has one server
    return AuthorizationServer(authorize_url="https://a.example", token_url="https://t.example")
"""
_AWAITABLE = """\
def async_get_authorization_server(hass):
    return _find_server(hass)  # a coroutine: what is awaited in the end
"""
_EITHER = """\
def async_get_authorization_server(hass):
    return _find_server(hass) if hass else _other_server(hass)
"""
_CALLBACK = """\
from homeassistant import core as ha
from homeassistant.components.application_credentials import AuthorizationServer
from homeassistant.core import callback as plain


@plain
def async_get_authorization_server(hass):
    return AuthorizationServer(authorize_url="https://a.example", token_url="https://t.example")


@ha.callback
def async_get_description_placeholders(hass):
    return {"console": "https://c.example"}
"""
_LOCAL = """\
from homeassistant.components.application_credentials import AuthorizationServer


def async_get_authorization_server(hass):
    server = AuthorizationServer(authorize_url="https://a.example", token_url="https://t.example")
    return server
"""

EXAMPLES = (
    Example({"application_credentials.py": _GOOD}),
    Example({"application_credentials.py": _AWAITABLE}),
    Example({"application_credentials.py": _EITHER}),
    Example({"application_credentials.py": "@awaited\n" + _GOOD.replace("async def", "def")}),
    Example(
        {"application_credentials.py": _CALLBACK},
        at=("application_credentials.py:7:1", "application_credentials.py:12:1"),
    ),
    Example(
        {"application_credentials.py": _GOOD.replace("async def", "def")},
        at=("application_credentials.py:4:1",),
        after={"application_credentials.py": _GOOD},
    ),
    Example(
        {"application_credentials.py": _LOCAL},
        at=("application_credentials.py:4:1",),
        after={"application_credentials.py": _LOCAL.replace("def ", "async def ")},
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a plain `def`."""
    code = oauth_code(integration)
    for module, hook in _plain_hooks(code):
        name = hook.node.name.value
        yield RULE.at(
            module,
            hook.node,
            f"{name} is not async, but Home Assistant awaits it; write async def",
            fixable=not code.calls.get(name) and not hook.node.decorators,
        )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Write `async def`."""
    for module, hook in _plain_hooks(oauth_code(integration)):
        if module.document.position(hook.node) == (finding.line, finding.column):
            changed = hook.node.with_changes(asynchronous=cst.Asynchronous())
            return replaced(integration, module, hook.node, changed)
    return stale_finding(finding)


def _plain_hooks(code: OAuthCode) -> Iterator[tuple[Module, Function]]:
    for name in HOOKS:
        site = hook_site(code, name)
        if site is not None and is_plain(code, *site):
            yield site
