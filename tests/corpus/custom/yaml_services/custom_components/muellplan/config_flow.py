"""Config flow."""
import logging

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)


class MuellplanFlow(
    config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN
):
    """Sign in to Müllplan."""

    DOMAIN = DOMAIN

    @property
    def logger(self) -> logging.Logger:
        """Return logger."""
        return _LOGGER

    async def async_step_user(self, user_input=None):
        """Only one is possible."""
        if self._async_current_entries():
            return self.async_abort(reason="single_instance_allowed")
        return await super().async_step_user(user_input)

    async def async_oauth_create_entry(self, data: dict):
        """Create the entry."""
        return self.async_create_entry(title="Müllplan", data=data)
