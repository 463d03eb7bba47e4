"""There are tests, but none of them starts the flow.

Every user goes through the flow first, and changes in Home Assistant break it first: no other test
notices a renamed helper or a new abort reason. Start it with `hass.config_entries.flow.async_init`.
Tests that create the flow and call its steps also count.

Fix: `appcred retrofit` writes tests of application credentials, and the fixture that they need, in
a file of their own: without a credential the flow says that one is missing, with one it opens the
vendor's page, and one in YAML is imported. A migration to application credentials also writes these
tests.

Source: quality scale rule config-flow-test-coverage.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule(
    "APC701", "flow-untested", Severity.WARNING, FixKind.MIGRATION, consequences=("APC703",)
)

_FLOW = {
    "config_flow.py": "from homeassistant.helpers.config_entry_oauth2_flow import "
    "AbstractOAuth2FlowHandler\n\n\nclass Flow(AbstractOAuth2FlowHandler, domain='example'):\n"
    "    ...\n"
}
_OTHER = {"/tests/test_init.py": "def test_setup(): ...\n"}

_PLATFORM = """\
from homeassistant.components.application_credentials import AuthorizationServer


async def async_get_authorization_server(hass):
    return AuthorizationServer("https://example.com/authorize", "https://example.com/token")
"""

_TEST = '''\
"""Tests of the application credentials of the Example integration."""

import pytest
from yarl import URL

import custom_components.example  # noqa: F401 - else the tests' own configuration folder hides it
from homeassistant.components.application_credentials import (
    DOMAIN as APPLICATION_CREDENTIALS_DOMAIN,
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

AUTHORIZE_URL = "https://example.com/authorize"
DOMAIN = "example"
CLIENT_ID = "client-id"
CLIENT_SECRET = "client-secret"
REDIRECT_URL = "https://example.com/auth/external/callback"

pytestmark = pytest.mark.usefixtures(
    "enable_custom_integrations", "current_request_with_host"
)


@pytest.fixture
async def setup_credentials(
    hass: HomeAssistant, enable_custom_integrations: None
) -> None:
    """Set up the application credentials, and one of them."""
    assert await async_setup_component(hass, APPLICATION_CREDENTIALS_DOMAIN, {})
    await async_import_client_credential(
        hass,
        DOMAIN,
        ClientCredential(CLIENT_ID, CLIENT_SECRET, "Test credential"),
        DOMAIN,
    )


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Start a flow as a user does."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def assert_goes_to_the_vendor(hass: HomeAssistant) -> None:
    """Start a flow, and check the page and the client that it opens."""
    result = await start(hass)
    assert result["type"] is FlowResultType.EXTERNAL_STEP
    url = URL(result["url"])
    assert url.with_query(None) == URL(AUTHORIZE_URL)
    assert url.query["client_id"] == CLIENT_ID
    assert url.query["redirect_uri"] == REDIRECT_URL


@pytest.mark.usefixtures("setup_credentials")
async def test_stored_credential(hass: HomeAssistant) -> None:
    """Test signing in with a credential that is stored."""
    await assert_goes_to_the_vendor(hass)


async def test_missing_credentials(hass: HomeAssistant) -> None:
    """Test starting a flow without credentials."""
    result = await start(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "missing_credentials"
'''

_FLOW_TEST = "async def test_flow(flow, entry):\n    start = {}\n    await start('example')\n"

_STEPS = """\
async def test_steps(hass):
    flow = Flow()
    flow.hass = hass
    await flow.async_step_user()
"""

EXAMPLES = (
    Example(_FLOW),
    Example({**_FLOW, "/tests/test_config_flow.py": _FLOW_TEST.format("flow.async_init")}),
    Example({**_FLOW, "/tests/test_config_flow.py": _FLOW_TEST.format("entry.start_reauth_flow")}),
    Example({**_FLOW, "/tests/__init__.py": ""}),
    # The tests make the flow and call its steps.
    Example({**_FLOW, "/tests/test_config_flow.py": _STEPS}),
    Example({**_FLOW, "/tests/test_config_flow.py": _STEPS.replace("user()", "reauth({})")}),
    Example(
        {**_FLOW, "/tests/test_config_flow.py": _STEPS.partition("    await")[0]},
        at=("config_flow.py:4:7",),
    ),
    Example({**_FLOW, **_OTHER}, at=("config_flow.py:4:7",)),
    Example(
        {**_FLOW, **_OTHER, "application_credentials.py": _PLATFORM},
        at=("config_flow.py:4:7",),
        after={"/tests/test_application_credentials.py": _TEST},
    ),
)

_STARTS: Final = (
    rb"\bflow\s*\.\s*async_init\b|\.start_re(auth|configure)_flow\b|\.async_step_\w+\s*\("
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the start of a flow in any test."""
    code = oauth_code(integration)
    tests = integration.test_modules.values()
    if not any(document.mentions("def test") for document in tests):
        return
    if any(re.search(_STARTS, document.content) for document in tests):
        return
    for flow in code.handlers:
        yield RULE.at(
            flow.module,
            flow.node.node.name,
            (
                f"no test runs {flow.name}; add one that starts it with "
                "hass.config_entries.flow.async_init"
            ),
            fixable=_can_be_written(integration),
        )


def _can_be_written(integration: Integration) -> bool:
    # Only where something is found, which is rare.
    from appcred.oauth.testing import has_flow_tests, hindrance

    return not has_flow_tests(integration) and hindrance(integration) is None
