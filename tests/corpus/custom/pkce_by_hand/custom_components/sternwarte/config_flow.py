"""Flow."""
import logging

from homeassistant.helpers import config_entry_oauth2_flow

from .auth import PkceImplementation
from .const import DOMAIN


class SternFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Flow."""

    DOMAIN = DOMAIN

    @property
    def logger(self):
        """Logger."""
        return logging.getLogger(__name__)

    async def async_step_user(self, user_input=None):
        """Start."""
        self.async_register_implementation(self.hass, PkceImplementation(self.hass))
        return await super().async_step_user(user_input)
