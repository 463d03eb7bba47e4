"""Dorfnetz: every village runs a server of its own."""

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_URL
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    OAuth2Session,
    async_get_config_entry_implementation,
)

from .config_flow import DorfnetzFlow

DOMAIN = "dorfnetz"

CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_URL): cv.url,
                vol.Required(CONF_CLIENT_ID): cv.string,
                vol.Required(CONF_CLIENT_SECRET): cv.string,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass, config):
    """Set up the village."""
    if DOMAIN not in config:
        return True

    url = config[DOMAIN][CONF_URL].rstrip("/")
    DorfnetzFlow.async_register_implementation(
        hass,
        LocalOAuth2Implementation(
            hass,
            DOMAIN,
            config[DOMAIN][CONF_CLIENT_ID],
            config[DOMAIN][CONF_CLIENT_SECRET],
            f"{url}/oauth/authorize",
            f"{url}/oauth/token",
        ),
    )
    return True


async def async_setup_entry(hass, entry):
    """Set up an inhabitant."""
    implementation = await async_get_config_entry_implementation(hass, entry)
    await OAuth2Session(hass, entry, implementation).async_ensure_token_valid()
    return True


async def async_unload_entry(hass, entry):
    """Unload an inhabitant."""
    return True
