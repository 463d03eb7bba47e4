"""The Solarhaus integration."""

from __future__ import annotations

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv
from homeassistant.helpers.typing import ConfigType

from . import config_flow
from .const import DOMAIN
from .oauth2 import make_implementation

CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID): cv.string,
                vol.Required(CONF_CLIENT_SECRET): cv.string,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)

type SolarhausConfigEntry = ConfigEntry[config_entry_oauth2_flow.OAuth2Session]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the Solarhaus component."""
    if DOMAIN not in config:
        return True

    config_flow.OAuth2FlowHandler.async_register_implementation(
        hass,
        make_implementation(
            hass,
            config[DOMAIN][CONF_CLIENT_ID],
            config[DOMAIN][CONF_CLIENT_SECRET],
        ),
    )

    return True


async def async_setup_entry(hass: HomeAssistant, entry: SolarhausConfigEntry) -> bool:
    """Set up Solarhaus from a config entry."""
    implementation = (
        await config_entry_oauth2_flow.async_get_config_entry_implementation(
            hass, entry
        )
    )
    entry.runtime_data = config_entry_oauth2_flow.OAuth2Session(
        hass, entry, implementation
    )
    await entry.runtime_data.async_ensure_token_valid()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SolarhausConfigEntry) -> bool:
    """Unload a config entry."""
    return True
