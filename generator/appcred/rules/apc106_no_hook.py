"""The platform has neither of the two hooks.

`application_credentials.py` must have `async_get_authorization_server` or
`async_get_auth_implementation`. With neither there is no implementation, and no user can sign in.

The consequence depends on the manifest. With `application_credentials` among the dependencies (and
in core always), `ValueError` is raised where nobody catches it: the credentials dialog of *every*
integration of that Home Assistant ends in `unknown_error`. Without it Home Assistant does not ask
the integration, and only its own users cannot sign in; adding the dependency alone would break the
dialog for all, so write the hook first. Where the code creates an implementation itself and the
dependency is missing, users do sign in, and this is information.

Source: _get_platform in homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import IMPLEMENTATION_HOOK, SERVER_HOOK
from appcred.oauth.hooks import depends_on_credentials, near_misses
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule("APC106", "no-hook", Severity.ERROR, consequences=("APC117",))

_BY_HAND = """\
from homeassistant.helpers.config_entry_oauth2_flow import *


async def async_setup(hass, config):
    async_register_implementation(hass, "example", LocalOAuth2Implementation(hass, "example"))
"""
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
    Example(
        {
            "application_credentials.py": "",
            MANIFEST: json.dumps({**EXAMPLE_MANIFEST, "dependencies": []}),
            "__init__.py": _BY_HAND,
        },
        at=("application_credentials.py:1:1",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the two names."""
    code = oauth_code(integration)
    if code.platform is None:
        return
    if not code.provides(SERVER_HOOK) and not code.provides(IMPLEMENTATION_HOOK):
        asked = depends_on_credentials(code)
        todo = next(
            (f"rename {one.name} to {meant}" for one, meant in near_misses(code)),
            f"write {SERVER_HOOK}",
        )
        yield RULE.on(
            code.platform.path,
            1,
            1,
            "the platform has no hook, so the credentials dialog fails for every integration; "
            f"{todo}"
            if asked
            else "the platform has no hook, so nobody can enter a credential; "
            f"{todo}, then add application_credentials to the dependencies",
            # Without the dependency it is not asked, and a client of the code's own signs in.
            severity=None if asked or not _has_own_client(code) else Severity.INFO,
        )


def _has_own_client(code: OAuthCode) -> bool:
    """Whether the code creates an implementation itself, registered or given to the flow."""
    return code.registers_by_hand or bool(code.constructions or code.implementations)
