"""A function of the platform is named like a hook, and Home Assistant never calls it.

Home Assistant looks for three names: `async_get_authorization_server`,
`async_get_auth_implementation` and `async_get_description_placeholders`. A function whose name is
nearly one of them runs for nobody: what it returns never reaches a user, and nothing is logged.

A function that the integration itself uses is not reported.

Source: ApplicationCredentialsProtocol in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import HOOKS, oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC117", "unknown-hook", Severity.WARNING)

_HOOK = "async def {}(hass):\n    return None\n"
_GOOD = _HOOK.format("async_get_authorization_server")

EXAMPLES = (
    Example({"application_credentials.py": _GOOD}),
    Example({"application_credentials.py": _GOOD + "\n\n" + _HOOK.format("async_get_console_url")}),
    Example(
        {
            "application_credentials.py": _GOOD
            + "\n\n"
            + _HOOK.format("async_get_authorize_server"),
            "config_flow.py": "from .application_credentials import async_get_authorize_server\n",
        }
    ),
    Example(
        {"application_credentials.py": _HOOK.format("async_get_authorize_server")},
        at=("application_credentials.py:1:11",),
    ),
    Example(
        {
            "application_credentials.py": _GOOD
            + "\n\n"
            + _HOOK.format("async_get_application_credentials")
        },
        at=("application_credentials.py:5:11",),
    ),
    Example(
        {
            "application_credentials.py": _GOOD
            + "\n\n"
            + _HOOK.format("get_description_placeholders")
        },
        at=("application_credentials.py:5:11",),
    ),
    Example(
        {"application_credentials.py": _GOOD + "\n\n" + _HOOK.format("async_get_implementations")},
        at=("application_credentials.py:5:11",),
    ),
)

_OTHER: Final = frozenset({"async_get_application_credentials", "async_get_implementations"})
"""Functions of Home Assistant itself, which are taken for hooks."""
_NEAR: Final = 0.78
"""How alike two names are from which on one is taken for a slip of the other, of 1."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for functions of the platform that nothing calls, and compare their names."""
    code = oauth_code(integration)
    if code.platform is None:
        return
    for function in code.platform.index.functions:
        if function.owner is not None or function.outer is not None or function.name in HOOKS:
            continue
        meant = _meant(function.name)
        if meant is None or _is_used(integration, function.name):
            continue
        yield RULE.at(
            code.platform,
            function.node.name,
            f"Home Assistant never calls {function.name}; name it {meant}, or remove it",
        )


def _meant(name: str) -> str | None:
    """Return the hook that a name is nearly one of."""
    if name in _OTHER:
        return "async_get_auth_implementation"
    if not re.match(r"_?(async_)?get_", name):
        return None
    from difflib import SequenceMatcher  # for the rare function that is no hook

    alike = {hook: SequenceMatcher(None, name, hook).ratio() for hook in HOOKS}
    best = max(alike, key=lambda hook: alike[hook])
    return best if alike[best] >= _NEAR else None


def _is_used(integration: Integration, name: str) -> bool:
    word = re.compile(rb"\b%b\b" % name.encode())
    return sum(len(word.findall(d.content)) for d in integration.modules.values()) > 1
