"""Config flow of Gartenhaus."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import SOURCE_REAUTH, ConfigFlowResult
from homeassistant.helpers.config_entry_oauth2_flow import (
    AbstractOAuth2FlowHandler,
    LocalOAuth2Implementation,
)
from homeassistant.util import slugify

from .const import AUTHORIZE, CONF_ID, CONF_KEY, DOMAIN, LOGGER, TITLE, TOKEN


class GartenhausFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Ask for the app, then let the user sign in."""

    DOMAIN = DOMAIN
    VERSION = 2

    _app: dict[str, str]

    @property
    def logger(self) -> logging.Logger:
        """Return logger."""
        return LOGGER

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the app."""
        if user_input is not None:
            self._app = user_input
            return await self._sign_in()
        return self.async_show_form(
            step_id="user",
            data_schema=vol.Schema(
                {vol.Required(CONF_ID): str, vol.Required(CONF_KEY): str}
            ),
        )

    async def _sign_in(self) -> ConfigFlowResult:
        """Send the user to Gartenhaus with the app."""
        name = f"{DOMAIN}_{slugify(self._app[CONF_ID])}"
        self.async_register_implementation(
            self.hass,
            LocalOAuth2Implementation(
                self.hass,
                name,
                self._app[CONF_ID],
                self._app[CONF_KEY],
                AUTHORIZE,
                TOKEN,
            ),
        )
        return await self.async_step_pick_implementation({"implementation": name})

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """The app is still the same."""
        self._app = {CONF_ID: entry_data[CONF_ID], CONF_KEY: entry_data[CONF_KEY]}
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Confirm."""
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm")
        return await self._sign_in()

    async def async_oauth_create_entry(self, data: dict[str, Any]) -> ConfigFlowResult:
        """Create an entry per gardener."""
        data |= self._app
        await self.async_set_unique_id(data["token"]["access_token"].split()[-1])
        if self.source == SOURCE_REAUTH:
            self._abort_if_unique_id_mismatch(reason="wrong_gardener")
            return self.async_update_reload_and_abort(
                self._get_reauth_entry(), data_updates=data
            )
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=f"{TITLE} ({self.unique_id})", data=data)
