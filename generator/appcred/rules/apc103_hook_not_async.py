"""A hook of the platform is not `async`.

Home Assistant awaits what the hook returns. Of a plain function that is the authorization server
itself, which cannot be awaited: `TypeError` when a user starts the flow or opens the credentials
dialog, and nothing before.

Fix: `async` is put before `def`.

Source: _async_provide_implementation in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import returned
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import HOOKS, oauth_code
from appcred.rules.form import Example, Rule, gone, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.oauth.code import Module, OAuthCode
    from appcred.release import Span

RULE = Rule("APC103", "hook-not-async", Severity.ERROR, fix=FixKind.SAFE)

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

EXAMPLES = (
    Example({"application_credentials.py": _GOOD}),
    Example({"application_credentials.py": _AWAITABLE}),
    Example(
        {"application_credentials.py": _GOOD.replace("async def", "def")},
        at=("application_credentials.py:4:1",),
        after={"application_credentials.py": _GOOD},
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a plain `def`."""
    for module, hook in _wrong(oauth_code(integration)):
        name = hook.name.value
        yield RULE.at(module, hook, f"{name} must be async: Home Assistant awaits it")


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Write `async def`."""
    for module, hook in _wrong(oauth_code(integration)):
        if module.document.position(hook) == (finding.line, finding.column):
            changed = hook.with_changes(asynchronous=cst.Asynchronous())
            return replaced(integration, module, hook, changed)
    return gone(finding)


def _wrong(code: OAuthCode) -> Iterator[tuple[Module, cst.FunctionDef]]:
    for name in HOOKS:
        hook = code.hook(name)
        if code.platform is None or hook is None or hook.node.asynchronous is not None:
            continue
        if not any(_may_be_awaited(code.platform, found) for found in returned(hook.node)):
            yield code.platform, hook.node


def _may_be_awaited(module: Module, statement: cst.Return) -> bool:
    """Say whether a plain function may return a coroutine: a call of something not known."""
    value = statement.value
    if not isinstance(value, cst.Call):
        return isinstance(value, (cst.Name, cst.Attribute))
    name = module.index.resolve(value.func)
    known = module.index.function(name)
    if known is not None:
        return known.node.asynchronous is not None
    return not name.rpartition(".")[2][:1].isupper()  # a class is not a coroutine function
