"""Config flow."""

import logging

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_entry_oauth2_flow as oauth2

from .const import AUTHORIZE, DOMAIN, TOKEN


class MaehwerkFlow(oauth2.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Flow."""

    DOMAIN = DOMAIN
    VERSION = 1
    MINOR_VERSION = 2

    def __init__(self):
        """Start empty."""
        super().__init__()
        self.client_id = None
        self.client_secret = None

    @property
    def logger(self):
        """Logger."""
        return logging.getLogger(__name__)

    async def async_step_user(self, user_input=None):
        """Ask."""
        if user_input:
            self.client_id = user_input[CONF_CLIENT_ID]
            self.client_secret = user_input[CONF_CLIENT_SECRET]
            # each application is an implementation of its own
            self.async_register_implementation(
                self.hass,
                oauth2.LocalOAuth2Implementation(
                    self.hass,
                    self.client_id,
                    self.client_id,
                    self.client_secret,
                    AUTHORIZE,
                    TOKEN,
                ),
            )
            return await self.async_step_pick_implementation({"implementation": self.client_id})
        return self.async_show_form(
            step_id="user",
            data_schema=vol.Schema(
                {vol.Required(CONF_CLIENT_ID): str, vol.Required(CONF_CLIENT_SECRET): str}
            ),
        )

    async def async_oauth_create_entry(self, data):
        """Create."""
        data[CONF_CLIENT_ID] = self.client_id
        data[CONF_CLIENT_SECRET] = self.client_secret
        return self.async_create_entry(title="Mähwerk", data=data)
