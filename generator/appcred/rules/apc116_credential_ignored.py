"""The implementation does not use its credential.

Home Assistant creates one implementation for each stored credential, and offers the integration in
its credentials dialog. If the hook uses a built-in client for all of them, the client that a user
enters has no effect: it is shown as stored, but another client signs in. Create the implementation
from `credential`, and import the built-in client with `async_import_client_credential`, so that
users can see and replace it.

Source: _async_provide_implementation in
homeassistant/components/application_credentials/__init__.py; homeassistant/components/teslemetry
imports a client of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.documents.walk import names
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HOOKS, IMPLEMENTATION_HOOK
from appcred.oauth.hooks import hook_site
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC116", "credential-ignored", Severity.WARNING)

_HOOK = """\
async def async_get_auth_implementation(hass, auth_domain, credential):
    return ExampleImplementation(hass, auth_domain, {})
"""

EXAMPLES = (
    Example({"application_credentials.py": _HOOK.format("credential")}),
    Example({"application_credentials.py": _HOOK.format("credential.client_id")}),
    Example(
        {"application_credentials.py": _HOOK.format("CLIENT_ID")},
        at=("application_credentials.py:1:60",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look whether the third parameter is used."""
    code = oauth_code(integration)
    site = hook_site(code, IMPLEMENTATION_HOOK)
    if site is None:
        return
    module, hook = site
    params = hook.positional
    if len(params) != len(HOOKS[IMPLEMENTATION_HOOK]):
        return  # another rule's finding
    name = params[-1].name
    if not any(found.value in (name.value, "locals") for found in names(hook.node.body)):
        yield RULE.at(
            module,
            name,
            f"{name.value} is not used, so the client that a user enters has no effect; "
            "create the implementation with it",
        )
