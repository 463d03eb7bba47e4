"""Config flow of Kesselhaus."""

from aiohttp import ClientError
import voluptuous as vol

from homeassistant.config_entries import ConfigFlow
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .oauth2_client import OAuth2Client

SCHEMA = vol.Schema(
    {vol.Required(CONF_CLIENT_ID): str, vol.Required(CONF_CLIENT_SECRET): str}
)


class KesselhausFlow(ConfigFlow, domain="kesselhaus"):
    """Ask for the client of the boiler."""

    async def async_step_user(self, user_input=None):
        """Ask, and try."""
        errors = {}
        if user_input is not None:
            client = OAuth2Client(
                async_get_clientsession(self.hass),
                user_input[CONF_CLIENT_ID],
                user_input[CONF_CLIENT_SECRET],
            )
            try:
                await client.token()
            except ClientError:
                errors["base"] = "cannot_connect"
            else:
                await self.async_set_unique_id(user_input[CONF_CLIENT_ID])
                self._abort_if_unique_id_configured()
                return self.async_create_entry(title="Kesselhaus", data=user_input)
        return self.async_show_form(step_id="user", data_schema=SCHEMA, errors=errors)
