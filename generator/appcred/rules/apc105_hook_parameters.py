"""A hook of the platform does not take what Home Assistant passes.

`async_get_authorization_server` and `async_get_description_placeholders` are called with `hass`,
`async_get_auth_implementation` with `hass`, the auth domain and the credential, all by position.
Any other number is a `TypeError` when a user starts the flow or opens the credentials dialog.

Source: ApplicationCredentialsProtocol in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.finding import Finding, Severity
from appcred.oauth.code import HOOKS, oauth_code
from appcred.rules.form import Example, Rule

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
        hook = code.hook(name)
        if hook is None or code.platform is None:
            continue
        parameters = hook.node.params
        plain = [*parameters.posonly_params, *parameters.params]
        if plain and plain[0].name.value == "self":
            continue  # APC102 says so
        least = sum(param.default is None for param in plain)
        most = 99 if isinstance(parameters.star_arg, cst.Param) else len(plain)
        keywords = any(param.default is None for param in parameters.kwonly_params)
        if not least <= len(wanted) <= most or keywords:
            yield RULE.at(
                code.platform,
                hook.node.name,
                f"{name} is called with ({', '.join(wanted)})",
            )
