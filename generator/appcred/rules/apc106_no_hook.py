"""The platform has neither of the two hooks.

`application_credentials.py` must have `async_get_authorization_server` or
`async_get_auth_implementation`. With neither, `ValueError` is raised where nobody catches it:
the credentials dialog of *every* integration of that Home Assistant ends in `unknown_error`.

Source: _get_platform in homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import IMPLEMENTATION_HOOK, SERVER_HOOK, oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC106", "no-hook", Severity.ERROR)

_HOOK = "async def async_get_authorization_server(hass): ...\n"

EXAMPLES = (
    Example({"application_credentials.py": _HOOK}),
    Example({"application_credentials.py": f"from .auth import {SERVER_HOOK}\n"}),
    Example({"application_credentials.py": f"if 1:\n    {_HOOK}"}),
    Example(
        {"application_credentials.py": _HOOK.replace("authorization", "authorisation")},
        at=("application_credentials.py:1:1",),
    ),
    Example({"application_credentials.py": ""}, at=("application_credentials.py:1:1",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the two names."""
    code = oauth_code(integration)
    if code.platform is None:
        return
    if not code.provides(SERVER_HOOK) and not code.provides(IMPLEMENTATION_HOOK):
        yield RULE.on(
            code.platform.path,
            1,
            1,
            f"neither {SERVER_HOOK} nor {IMPLEMENTATION_HOOK}: the credentials dialog fails for "
            "every integration",
        )
