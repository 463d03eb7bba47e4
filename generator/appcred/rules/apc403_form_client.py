"""The client ID and secret are entered in the integration's own form and registered by hand.

Every entry then stores a secret in its data, and each set-up registers it again, usually under one
name: with two entries, both use the client that was registered last. Users cannot change the client
without removing the entry.

Fix: `appcred retrofit` removes the two fields from the flow, writes `application_credentials.py`,
and adds `async_migrate_entry`, which imports each entry's client under a name of its own, so that
every entry keeps its own client. The major version of the flow is raised: after a downgrade, an old
version refuses the entry and does not fail on missing data. Other fields of the form stay.

Source: homeassistant/components/vicare of 2026.7 migrates its entries so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.registration import Source, registrations
from appcred.rules.examples import CONST, PLATFORM, TEXTS
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule(
    "APC403",
    "form-client",
    Severity.WARNING,
    FixKind.MIGRATION,
    since="application_credentials",
    reveals=("APC501",),  # the entry's implementation takes the place of one that was made
)

_INIT = '''\
"""The example integration."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow as oauth

from .const import DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up an entry."""
    try:
        await oauth.async_get_config_entry_implementation(hass, entry)
    except ValueError:
        oauth.async_register_implementation(
            hass,
            DOMAIN,
            oauth.LocalOAuth2Implementation(
                hass,
                DOMAIN,
                entry.data[CONF_CLIENT_ID],
                entry.data[CONF_CLIENT_SECRET],
                OAUTH2_AUTHORIZE,
                OAUTH2_TOKEN,
            ),
        )
        await oauth.async_get_config_entry_implementation(hass, entry)
    return True
'''

_FLOW = '''\
"""Config flow of the example."""

import voluptuous as vol

from homeassistant.helpers import config_entry_oauth2_flow as oauth

from .const import DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN

CLIENT = vol.Schema({vol.Required("client_id"): str, vol.Required("client_secret"): str})


class ExampleFlow(oauth.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Sign in to the example."""

    DOMAIN = DOMAIN

    async def async_step_user(self, user_input=None):
        """Ask for the client."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=CLIENT)
        self.client = user_input
        self.async_register_implementation(
            self.hass,
            oauth.LocalOAuth2Implementation(
                self.hass,
                DOMAIN,
                user_input["client_id"],
                user_input["client_secret"],
                OAUTH2_AUTHORIZE,
                OAUTH2_TOKEN,
            ),
        )
        return await self.async_step_pick_implementation()

    async def async_oauth_create_entry(self, data):
        """Keep the client in the entry."""
        return self.async_create_entry(title="Example", data={**data, **self.client})
'''

_INIT_AFTER = '''\
"""The example integration."""

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow as oauth
from homeassistant.util import slugify

from .const import DOMAIN


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up an entry."""
    await oauth.async_get_config_entry_implementation(hass, entry)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Migrate an entry of an older version."""
    if entry.version > 2:
        # It was written by a newer version of the integration
        return False
    if entry.version < 2:
        # The client that users entered in the flow becomes an application credential.
        # It gets an auth domain of its own: credentials are looked up by that, so two
        # entries with a common one would both use the last client.
        data = dict(entry.data)
        client_id = data.pop(CONF_CLIENT_ID)
        client_secret = data.pop(CONF_CLIENT_SECRET)
        auth_domain = slugify(f"{DOMAIN}.{client_id}")
        await async_import_client_credential(
            hass,
            DOMAIN,
            ClientCredential(
                client_id, client_secret, f"{entry.title} ({client_id})"
            ),
            auth_domain,
        )
        data["auth_implementation"] = auth_domain
        hass.config_entries.async_update_entry(entry, data=data, version=2)
    return True
'''

_FLOW_AFTER = '''\
"""Config flow of the example."""

from homeassistant.helpers import config_entry_oauth2_flow as oauth

from .const import DOMAIN


class ExampleFlow(oauth.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Sign in to the example."""

    VERSION = 2

    DOMAIN = DOMAIN

    async def async_oauth_create_entry(self, data):
        """Keep the client in the entry."""
        return self.async_create_entry(title="Example", data=data)
'''

EXAMPLES = (
    Example(
        {
            "__init__.py": _INIT_AFTER,
            "config_flow.py": _FLOW_AFTER,
            "application_credentials.py": PLATFORM,
            "const.py": CONST,
        }
    ),
    Example(
        {"__init__.py": _INIT, "config_flow.py": _FLOW, "const.py": CONST},
        at=("__init__.py:16:9", "config_flow.py:22:9"),
        after={
            "__init__.py": _INIT_AFTER,
            "config_flow.py": _FLOW_AFTER,
            "application_credentials.py": PLATFORM,
            "translations/en.json": TEXTS,
        },
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for registrations of what was typed into a form."""
    for registration in registrations(integration).understood:
        if registration.source in (Source.FORM, Source.ENTRY):
            yield RULE.at(
                registration.module,
                registration.used.call.node,
                "a client entered in the flow is registered by hand; run `appcred retrofit` to "
                "keep it as an application credential",
            )
