"""Config flow for Wetterhof."""

from __future__ import annotations

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import API_ENDPOINT, DOMAIN


class WetterhofConfigFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Wetterhof's config flow."""

    DOMAIN = DOMAIN
    VERSION = 2

    @property
    def logger(self) -> logging.Logger:
        """Return the logger."""
        return logging.getLogger(__name__)

    @property
    def extra_authorize_data(self) -> dict[str, str]:
        """The stations' scope."""
        return {"scope": "openid stations", "prompt": "consent"}

    async def async_step_reauth(self, entry_data: Mapping[str, Any]):
        """Ask for confirmation."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input=None):
        """Confirm."""
        if user_input is None:
            return self.async_show_form(
                step_id="reauth_confirm",
                description_placeholders={"account": self._get_reauth_entry().title},
            )
        return await self.async_step_user()

    async def async_oauth_create_entry(self, data: dict[str, Any]):
        """Create an entry for the account."""
        async with async_get_clientsession(self.hass).get(
            f"{API_ENDPOINT}/owner",
            headers={"Authorization": f"Bearer {data['token']['access_token']}"},
        ) as response:
            owner = await response.json()
        await self.async_set_unique_id(owner["uuid"])
        if self.source == SOURCE_REAUTH:
            self._abort_if_unique_id_mismatch()
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=owner["name"], data=data)
