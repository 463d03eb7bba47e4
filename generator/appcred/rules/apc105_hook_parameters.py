"""A hook of the platform does not take what Home Assistant passes.

`async_get_authorization_server` and `async_get_description_placeholders` are called with `hass`,
`async_get_auth_implementation` with `hass`, the auth domain and the credential, all by position.
Any other number is a `TypeError` when a user starts the flow or opens the credentials dialog.

Source: ApplicationCredentialsProtocol in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HOOKS
from appcred.oauth.hooks import hook_site, takes_other_arguments
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC105", "hook-parameters", Severity.ERROR, consequences=("APC108",))

_HOOK = "async def async_get_auth_implementation({}):\n    return Impl(auth_domain)\n"

EXAMPLES = (
    Example({"application_credentials.py": _HOOK.format("hass, auth_domain, credential")}),
    Example({"application_credentials.py": _HOOK.format("*args")}),
    Example({"application_credentials.py": _HOOK.format("hass, auth_domain, credential, x=1")}),
    Example(
        {"application_credentials.py": _HOOK.format("hass, credential")},
        at=("application_credentials.py:1:11",),
    ),
    Example(
        {"application_credentials.py": _HOOK.format("hass, auth_domain, credential, *, server")},
        at=("application_credentials.py:1:11",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Count what can be passed by position."""
    code = oauth_code(integration)
    for name, wanted in HOOKS.items():
        site = hook_site(code, name)
        if site is not None and site[1].name == name and takes_other_arguments(site[1]):
            yield RULE.at(
                site[0],
                site[1].node.name,
                f"{name} does not take what Home Assistant passes; write "
                f"{name}({', '.join(wanted)})",
            )
