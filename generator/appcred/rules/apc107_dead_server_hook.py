"""The platform has both hooks; Home Assistant never calls the one for the server.

Where there is `async_get_auth_implementation`, `async_get_authorization_server` is not asked. A
changed URL there has no effect, and users keep signing in at the old one. If the implementation
hook itself calls it, it works as a helper with a misleading name: that is reported as information.

Source: _async_provide_implementation in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import IMPLEMENTATION_HOOK, SERVER_HOOK
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC107", "dead-server-hook", Severity.WARNING)

_IMPLEMENTATION = "async def async_get_auth_implementation(hass, auth_domain, credential): ...\n"
_SERVER = "async def async_get_authorization_server(hass): ...\n"

_CONSTANTS = {"const.py": 'DOMAIN = "example"\n'}

EXAMPLES = (
    Example({"application_credentials.py": _SERVER}),
    Example({"application_credentials.py": _IMPLEMENTATION}),
    Example({**_CONSTANTS, "application_credentials.py": "from .const import *\n" + _SERVER}),
    Example(
        {"application_credentials.py": _IMPLEMENTATION + _SERVER},
        at=("application_credentials.py:2:11",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for both."""
    code = oauth_code(integration)
    hook = code.hook(SERVER_HOOK)
    if code.platform is None or hook is None or not code.certainly_provides(IMPLEMENTATION_HOOK):
        return
    if any(_uses_hook(module, hook) for module in code.modules):
        yield RULE.at(
            code.platform,
            hook.node.name,
            f"Home Assistant does not call {SERVER_HOOK} if there is {IMPLEMENTATION_HOOK}, "
            "only the integration does; rename it",
            severity=Severity.INFO,
        )
    else:
        yield RULE.at(
            code.platform,
            hook.node.name,
            f"{SERVER_HOOK} is never called, because {IMPLEMENTATION_HOOK} takes its place; "
            "remove it",
        )


def _uses_hook(module: Module, hook: Function) -> bool:
    """Whether a module does something with the hook, other than define it."""
    if not module.document.mentions(SERVER_HOOK):
        return False
    return any(
        isinstance(node, cst.Name) and node.value == SERVER_HOOK and node is not hook.node.name
        for node in walk(module.document.module)
        if not isinstance(node, cst.ImportFrom)
    )
