"""The Fahrtenbuch integration."""

from __future__ import annotations

import logging

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.typing import ConfigType

from .auth import BASE_URL, FahrtenbuchImplementation
from .config_flow import FahrtenbuchFlowHandler
from .const import CONF_MARKET, DOMAIN, MARKETS, PLATFORMS

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID): cv.string,
                vol.Required(CONF_CLIENT_SECRET): cv.string,
                vol.Optional(CONF_MARKET, default="de"): vol.In(MARKETS),
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up Fahrtenbuch from YAML."""
    hass.data.setdefault(DOMAIN, {})
    if (conf := config.get(DOMAIN)) is None:
        hass.data[DOMAIN]["locale"] = MARKETS["de"]
        return True

    hass.data[DOMAIN]["locale"] = MARKETS[conf[CONF_MARKET]]
    FahrtenbuchFlowHandler.async_register_implementation(
        hass,
        FahrtenbuchImplementation(hass, conf[CONF_CLIENT_ID], conf[CONF_CLIENT_SECRET]),
    )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up a driver."""
    implementation = (
        await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
    )
    session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    async with async_get_clientsession(hass).get(
        f"{BASE_URL}/cars",
        headers={
            "Authorization": f"Bearer {session.token['access_token']}",
            "Accept-Language": hass.data[DOMAIN]["locale"],
        },
    ) as response:
        response.raise_for_status()
        entry.runtime_data = await response.json()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload a driver."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
