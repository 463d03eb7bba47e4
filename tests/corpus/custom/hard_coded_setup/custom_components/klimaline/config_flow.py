"""Sign in to Klimaline."""
import logging

from homeassistant.helpers import config_entry_oauth2_flow
from homeassistant.helpers.aiohttp_client import async_get_clientsession


class OAuth2FlowHandler(
    config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain="klimaline"
):
    """Handle the flow."""

    DOMAIN = "klimaline"
    VERSION = 1

    reauth_entry = None

    @property
    def logger(self):
        """Return the logger."""
        return logging.getLogger(__name__)

    async def async_step_reauth(self, entry_data):
        """The refresh token was refused."""
        self.reauth_entry = self.hass.config_entries.async_get_entry(self.context["entry_id"])
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input=None):
        """Ask first."""
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm")
        return await self.async_step_user()

    async def async_oauth_create_entry(self, data):
        """Name the entry after the account."""
        session = async_get_clientsession(self.hass)
        response = await session.get(
            "https://api.klimaline.example/me",
            headers={"Authorization": f"Bearer {data['token']['access_token']}"},
        )
        me = await response.json()
        if self.reauth_entry:
            return self.async_update_reload_and_abort(self.reauth_entry, data=data)
        await self.async_set_unique_id(str(me["id"]))
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=me["email"], data=data)
