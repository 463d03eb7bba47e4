"""The integration has a built-in client and registers it by hand.

Users cannot see such a client or replace it with their own, and it has to be registered again
wherever a flow or an entry may need it. Imported as an application credential, it is listed like
any other.

Fix: `appcred retrofit` writes `application_credentials.py` with one function that imports the
client, and calls it in `async_setup` and when a user starts a flow, because a flow can start before
any set-up. A class that only gave the client its name is removed; the credential has that name from
then on.

Source: homeassistant/components/ondilo_ico of 2025.4 and teslemetry of 2025.8 do so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.documents.python import dotted
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.registration import Source, registrations
from appcred.rules.examples import CONST, PLATFORM, TEXTS
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.registration import Registration
    from appcred.release import Span

RULE = Rule(
    "APC402",
    "hard-coded-client",
    Severity.WARNING,
    FixKind.MIGRATION,
    since="application_credentials",
    moves=("APC115",),  # a secret that is written into the call
    reveals=("APC501",),  # the entry's implementation takes the place of one that was made
)

_INIT = '''\
"""The example integration."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN
from .oauth import ExampleImplementation


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up an entry."""
    config_entry_oauth2_flow.async_register_implementation(
        hass, DOMAIN, ExampleImplementation(hass)
    )
    await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
    return True
'''

_OAUTH = '''\
"""The client of the example."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation

from .const import DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN


class ExampleImplementation(LocalOAuth2Implementation):
    """Signs in with the client of the example."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize it."""
        super().__init__(hass, DOMAIN, "public", "", OAUTH2_AUTHORIZE, OAUTH2_TOKEN)

    @property
    def name(self) -> str:
        """Return its name."""
        return "Example cloud"
'''

_FLOW = '''\
"""Config flow of the example."""

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class ExampleFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Sign in to the example."""

    DOMAIN = DOMAIN
'''

_INIT_AFTER = '''\
"""The example integration."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .application_credentials import async_import_client
from .const import DOMAIN

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up Example."""
    await async_import_client(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up an entry."""
    await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
    return True
'''

_FLOW_AFTER = '''\
"""Config flow of the example."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers import config_entry_oauth2_flow

from .application_credentials import async_import_client
from .const import DOMAIN


class ExampleFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Sign in to the example."""

    DOMAIN = DOMAIN

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Handle a flow that a user starts."""
        await async_import_client(self.hass)
        return await super().async_step_user(user_input)
'''

_PLATFORM_AFTER = '''\
"""Application credentials platform of the Example integration."""

from homeassistant.components.application_credentials import (
    AuthorizationServer,
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.core import HomeAssistant

from .const import DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN


async def async_get_authorization_server(hass: HomeAssistant) -> AuthorizationServer:
    """Return the authorization server."""
    return AuthorizationServer(
        authorize_url=OAUTH2_AUTHORIZE,
        token_url=OAUTH2_TOKEN,
    )


async def async_import_client(hass: HomeAssistant) -> None:
    """Import the client of Example as an application credential."""
    await async_import_client_credential(
        hass,
        DOMAIN,
        ClientCredential(
            "public",
            "",
            "Example cloud",
        ),
    )
'''

EXAMPLES = (
    Example({"config_flow.py": _FLOW, "application_credentials.py": PLATFORM, "const.py": CONST}),
    Example(
        {
            "__init__.py": _INIT,
            "oauth.py": _OAUTH,
            "config_flow.py": _FLOW,
            "const.py": CONST,
        },
        at=("__init__.py:13:5",),
        after={
            "__init__.py": _INIT_AFTER,
            "oauth.py": None,
            "config_flow.py": _FLOW_AFTER,
            "application_credentials.py": _PLATFORM_AFTER,
            "translations/en.json": TEXTS,
        },
    ),
    Example(
        {
            "__init__.py": _INIT,
            "oauth.py": _OAUTH.replace('"public"', "CLIENT_ID").replace(
                "from .const", "from vendor.settings import CLIENT_ID\n\nfrom .const"
            ),
            "config_flow.py": _FLOW,
            "const.py": CONST,
        },
        at=("__init__.py:13:5",),
    ),
    # The server is the user's own: application credentials have one for all.
    Example(
        {
            "__init__.py": _INIT.replace("mentation(hass)", "mentation(hass, entry.data['host'])"),
            "oauth.py": _OAUTH.replace("hass: HomeAssistant", "hass: HomeAssistant, host: str")
            .replace("OAUTH2_AUTHORIZE, OAUTH2_TOKEN)", 'f"https://{host}/a", f"https://{host}/t")')
            .replace(", OAUTH2_AUTHORIZE, OAUTH2_TOKEN", ""),
            "config_flow.py": _FLOW,
            "const.py": CONST,
        },
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for registrations of a client that is written in the source, or in a library's."""
    for registration in registrations(integration).understood:
        if _is_of_entry(integration, registration):
            continue
        if registration.source is Source.CONSTANT or _is_a_librarys(registration):
            yield RULE.at(
                registration.module,
                registration.used.call.node,
                "a built-in client is registered by hand; run `appcred retrofit` "
                "to import it as an application credential",
                fixable=registration.source is Source.CONSTANT,
            )


def _is_of_entry(integration: Integration, registration: Registration) -> bool:
    # Imported here: most integrations register nothing, and following values takes a large module.
    from appcred.oauth.sources import is_server_of_entry

    return is_server_of_entry(integration, registration.authorize_url, registration.token_url)


def _is_a_librarys(registration: Registration) -> bool:
    """Whether the client's id is a constant of some library."""
    node = registration.client_id.node
    name = registration.client_id.module.index.resolve(node)
    imported = registration.client_id.module.index.imports.get(dotted(node).partition(".")[0])
    return (
        registration.source is Source.UNKNOWN
        and imported is not None
        and not imported.startswith(".")
        and name.rpartition(".")[2].isupper()
    )
