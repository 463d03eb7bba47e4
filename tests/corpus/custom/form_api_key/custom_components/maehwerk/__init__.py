"""Mähwerk."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow as oauth2

from .const import AUTHORIZE, DOMAIN, TOKEN


class Mower:
    """Talks to the vendor; every request carries the application key."""

    def __init__(self, session, api_key):
        """Keep both."""
        self.session = session
        self.api_key = api_key

    async def mowers(self):
        """Return the mowers."""
        response = await self.session.async_request(
            "get",
            "https://api.maehwerk.example/mowers",
            headers={"X-Api-Key": self.api_key},
        )
        response.raise_for_status()
        return await response.json()


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Einrichten."""
    oauth2.async_register_implementation(
        hass,
        DOMAIN,
        oauth2.LocalOAuth2Implementation(
            hass,
            entry.data["auth_implementation"],
            entry.data[CONF_CLIENT_ID],
            entry.data[CONF_CLIENT_SECRET],
            AUTHORIZE,
            TOKEN,
        ),
    )
    implementation = await oauth2.async_get_config_entry_implementation(hass, entry)
    session = oauth2.OAuth2Session(hass, entry, implementation)
    api = Mower(session, entry.data[CONF_CLIENT_ID])
    hass.data.setdefault(DOMAIN, {})[entry.entry_id] = await api.mowers()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Entfernen."""
    hass.data[DOMAIN].pop(entry.entry_id)
    return True
