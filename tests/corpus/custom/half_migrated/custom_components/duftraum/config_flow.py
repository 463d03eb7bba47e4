"""Config flow of Duftraum."""

import logging

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import DOMAIN


class DuftraumFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Handle it."""

    DOMAIN = DOMAIN

    @property
    def logger(self):
        """Return the logger."""
        return logging.getLogger(__name__)

    async def async_oauth_create_entry(self, data):
        """One account only."""
        await self.async_set_unique_id(DOMAIN)
        self._abort_if_unique_id_configured(updates=data)
        return self.async_create_entry(title="Duftraum", data=data)
