"""Config flow for Fahrtenbuch."""

from __future__ import annotations

import logging
from typing import Any

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)


class FahrtenbuchFlowHandler(
    config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN
):
    """Config flow to handle Fahrtenbuch."""

    DOMAIN = DOMAIN
    MINOR_VERSION = 2

    @property
    def logger(self) -> logging.Logger:
        """Return logger."""
        return _LOGGER

    async def async_oauth_create_entry(self, data: dict[str, Any]):
        """Create an entry for the driver."""
        await self.async_set_unique_id(str(data["token"]["driver"]))
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=self.flow_impl.name, data=data)
