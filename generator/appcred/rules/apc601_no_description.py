"""The credentials dialog says nothing about where to get a credential.

The user is asked for a client ID and a client secret, but the dialog does not say where to create
them and which redirect URL to enter there: without a text, it only links to the integration's
documentation. Write `application_credentials.description`.

Integrations whose users need no credential of their own are not reported: those with a built-in
client, and those that need Home Assistant Cloud (`cloud` is among the dependencies, or the flow
aborts without it). An integration whose flow names the redirect URL in the text of a step is not
reported either.

Source: homeassistant/components/google_drive/strings.json;
homeassistant/components/cloud/account_link.py; the dialog of home-assistant-frontend of 2026.11.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import text, walk
from appcred.finding import Finding, Severity
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source
from appcred.oauth.texts import description
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule("APC601", "no-description", Severity.INFO)

_PLATFORM = {"application_credentials.py": "async def async_get_authorization_server(hass): ...\n"}
_TEXTS = json.dumps({"application_credentials": {"description": "Create one with Example."}})
_STEP = "Create an app registration and set its redirect URI to `{redirect_url}`."
_FLOW_TEXTS = json.dumps({"config": {"step": {"pick_tenant": {"description": _STEP}}}})
_ON_CLOUD = json.dumps({**EXAMPLE_MANIFEST, "dependencies": ["application_credentials", "cloud"]})
_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_user(self, user_input=None):
        if "{}" not in self.hass.config.components:
            return self.async_abort(reason="cloud_not_enabled")
        return await super().async_step_user(user_input)
"""

EXAMPLES = (
    Example({**_PLATFORM, "translations/en.json": _TEXTS}),
    Example({**_PLATFORM, "translations/en.json": _FLOW_TEXTS}),
    Example({**_PLATFORM, MANIFEST: _ON_CLOUD}),
    Example({**_PLATFORM, "config_flow.py": _FLOW.format("cloud")}),
    Example(
        {**_PLATFORM, "config_flow.py": _FLOW.format("zha")},
        at=("application_credentials.py:1:1",),
    ),
    Example({**_PLATFORM, "translations/en.json": "{}"}, at=("application_credentials.py:1:1",)),
)

_REDIRECT: Final = r"(?i)redirect[ _-]?ur[il]"


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the text where a user has to enter a credential."""
    code = oauth_code(integration)
    if code.platform is None or code.registers_by_hand:
        return
    if code.broken or _brings_a_client(code):
        return
    if description(integration) or _told_by_a_step(integration) or _needs_cloud(code):
        return
    yield RULE.on(
        code.platform.path,
        1,
        1,
        "the credentials dialog has no text; write application_credentials.description in "
        f"{integration.strings_name}",
    )


def _brings_a_client(code: OAuthCode) -> bool:
    """Whether it imports a client, other than what a user has in YAML."""
    known = credential_imports(code.integration)
    from_yaml = all(each.source in (Source.YAML, Source.LIST) for each in known)
    return len(code.calls.get("async_import_client_credential", ())) > len(known) or not from_yaml


def _told_by_a_step(integration: Integration) -> bool:
    """Whether a step of the flow tells what to enter at the vendor's."""
    config = integration.strings.get("config")
    steps = config.get("step") if isinstance(config, dict) else None
    return any(
        isinstance(told := step.get("description"), str) and re.search(_REDIRECT, told)
        for step in (steps.values() if isinstance(steps, dict) else ())
        if isinstance(step, dict)
    )


def _needs_cloud(code: OAuthCode) -> bool:
    """Whether it cannot be set up where Home Assistant Cloud does not provide the client."""
    dependencies = code.integration.manifest.get("dependencies")
    if isinstance(dependencies, list) and "cloud" in dependencies:
        return True
    return any(
        isinstance(node, cst.Comparison)
        and text(node.left) == "cloud"
        and dotted(node.comparisons[0].comparator).endswith("config.components")
        for flow in code.flows
        for node in walk(flow.node.node)
    )
