"""Turmuhr rings the bells."""

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    OAuth2Session,
    async_get_config_entry_implementation,
)

from .config_flow import TurmuhrFlow

DOMAIN = "turmuhr"
AUTHORIZE = "https://turmuhr.example/auth"

CONFIG_SCHEMA = vol.Schema(
    {
        vol.Optional(DOMAIN): vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID): vol.All(cv.string, vol.Length(min=4)),
                vol.Required(CONF_CLIENT_SECRET): cv.string,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass, config):
    """Set up the bells."""

    def ring(call):
        """Ring, if anybody can hear it."""
        hass.bus.fire("turmuhr_rung", {"times": call.data.get("times", 1)})

    if DOMAIN in config:
        TurmuhrFlow.async_register_implementation(
            hass,
            LocalOAuth2Implementation(
                hass,
                DOMAIN,
                config[DOMAIN][CONF_CLIENT_ID],
                config[DOMAIN][CONF_CLIENT_SECRET],
                AUTHORIZE,
                token_url="https://turmuhr.example/token",
            ),
        )

    hass.services.async_register(DOMAIN, "ring", ring)
    return True


async def async_setup_entry(hass, entry):
    """Set up a tower."""
    implementation = await async_get_config_entry_implementation(hass, entry)
    session = OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    return True


async def async_unload_entry(hass, entry):
    """Nothing to unload."""
    return True
