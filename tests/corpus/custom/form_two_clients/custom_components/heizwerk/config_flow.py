"""Config flow for Heizwerk."""

from __future__ import annotations

import logging
from typing import Any

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_entry_oauth2_flow

from .const import CONF_BUILDING, DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN

_LOGGER = logging.getLogger(__name__)

USER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_CLIENT_ID): str,
        vol.Required(CONF_CLIENT_SECRET): str,
        vol.Required(CONF_BUILDING): str,
    }
)


class HeizwerkFlowHandler(
    config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN
):
    """Ask for the client, then send the user to Heizwerk."""

    VERSION = 1
    DOMAIN = DOMAIN

    def __init__(self) -> None:
        """Set up."""
        super().__init__()
        self._client_id: str | None = None
        self._client_secret: str | None = None
        self._building: str | None = None

    @property
    def logger(self) -> logging.Logger:
        """Return logger."""
        return _LOGGER

    @property
    def extra_authorize_data(self) -> dict[str, Any]:
        """Extra data that needs to be appended to the authorize url."""
        return {"scope": "thermostats.read thermostats.write"}

    async def async_step_user(self, user_input: dict[str, Any] | None = None):
        """Ask for the client id and secret of the user's application."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=USER_SCHEMA)

        self._client_id = user_input[CONF_CLIENT_ID]
        self._client_secret = user_input[CONF_CLIENT_SECRET]
        self._building = user_input[CONF_BUILDING]

        # One entry per building
        await self.async_set_unique_id(self._building.lower())
        self._abort_if_unique_id_configured()

        config_entry_oauth2_flow.async_register_implementation(
            self.hass,
            DOMAIN,
            config_entry_oauth2_flow.LocalOAuth2Implementation(
                self.hass,
                DOMAIN,
                self._client_id,
                self._client_secret,
                OAUTH2_AUTHORIZE,
                OAUTH2_TOKEN,
            ),
        )
        return await self.async_step_pick_implementation()

    async def async_oauth_create_entry(self, data: dict[str, Any]):
        """Create an entry for the building."""
        return self.async_create_entry(
            title=f"Heizwerk {self._building}",
            data={
                **data,
                CONF_CLIENT_ID: self._client_id,
                CONF_CLIENT_SECRET: self._client_secret,
                CONF_BUILDING: self._building,
            },
        )
