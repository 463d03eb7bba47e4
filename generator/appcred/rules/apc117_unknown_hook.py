"""A function of the platform is named like a hook, and Home Assistant never calls it.

Home Assistant looks for three names: `async_get_authorization_server`,
`async_get_auth_implementation` and `async_get_description_placeholders`. A function whose name is
almost one of them is never called, and nothing is logged.

A function that the integration itself uses is not reported.

Source: ApplicationCredentialsProtocol in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.hooks import near_misses
from appcred.rules.rule import Example, Rule

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


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for functions of the platform that nothing calls, and compare their names."""
    code = oauth_code(integration)
    for function, meant in near_misses(code):
        if code.platform is not None:
            yield RULE.at(
                code.platform,
                function.node.name,
                f"Home Assistant never calls {function.name}; name it {meant}, or remove it",
            )
