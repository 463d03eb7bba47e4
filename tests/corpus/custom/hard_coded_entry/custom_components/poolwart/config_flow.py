"""Config flow for Poolwart."""

import logging
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import DOMAIN
from .oauth_impl import PoolwartOAuth2Implementation


class PoolwartFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Config flow to handle Poolwart OAuth2 authentication."""

    DOMAIN = DOMAIN

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Handle a flow started by a user."""
        await self.async_set_unique_id(DOMAIN)
        self._abort_if_unique_id_configured()

        self.async_register_implementation(
            self.hass,
            PoolwartOAuth2Implementation(self.hass),
        )

        return await super().async_step_user(user_input)

    @property
    def logger(self) -> logging.Logger:
        """Return logger."""
        return logging.getLogger(__name__)
