"""Config flow of Tonband."""
import logging

from homeassistant.helpers import config_entry_oauth2_flow


class TonbandFlow(
    config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain="tonband"
):
    """Sign in to Tonband."""

    DOMAIN = "tonband"

    @property
    def logger(self):
        """Return the logger."""
        return logging.getLogger(__name__)

    async def async_step_reauth(self, entry_data):
        """Renew the sign-in with the implementation of the entry."""
        self._implementation = entry_data["auth_implementation"]
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input=None):
        """Ask before the vendor's page is opened."""
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm")
        return await self.async_step_pick_implementation(
            {"implementation": self._implementation}
        )

    async def async_oauth_create_entry(self, data):
        """Create or update the entry."""
        if self.source == "reauth":
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
        return self.async_create_entry(title="Tonband", data=data)
