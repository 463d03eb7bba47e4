"""Flow."""
import logging

import homeassistant.helpers.config_entry_oauth2_flow as oauth2

from . import const as k


class Flow(oauth2.AbstractOAuth2FlowHandler, domain=k.DOMAIN):
    """Flow of Lichtblick."""

    DOMAIN = k.DOMAIN

    logger = logging.getLogger(__package__)

    async def async_step_reauth(self, _entry_data):
        """Straight to the sign-in."""
        return await self.async_step_user()

    async def async_oauth_create_entry(self, data: dict):
        """Make or renew the only entry."""
        if entry := await self.async_set_unique_id("lichtblick"):
            self.hass.config_entries.async_update_entry(entry, data=data)
            await self.hass.config_entries.async_reload(entry.entry_id)
            return self.async_abort(reason="reauth_successful")
        return self.async_create_entry(title="Lichtblick", data=data)
