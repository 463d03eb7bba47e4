"""Torwart."""
import logging

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow
import homeassistant.helpers.config_validation as cv

from . import config_flow
from .const import DOMAIN, OAUTH_AUTHORIZE, OAUTH_TOKEN

_LOGGER = logging.getLogger(__name__)

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


async def async_setup(hass: HomeAssistant, config: dict) -> bool:
    """Set up Torwart."""
    if DOMAIN not in config:
        _LOGGER.error("Torwart needs a section in configuration.yaml")
        return False

    hass.data[DOMAIN] = {}

    local = config_entry_oauth2_flow.LocalOAuth2Implementation(
        hass,
        DOMAIN,
        config[DOMAIN].get(CONF_CLIENT_ID),
        config[DOMAIN].get(CONF_CLIENT_SECRET),
        OAUTH_AUTHORIZE,
        OAUTH_TOKEN,
    )
    config_flow.TorwartFlow.async_register_implementation(hass, local)

    return True


async def async_setup_entry(hass, entry):
    """Set up an entry."""
    implementation = await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
    session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    hass.data[DOMAIN][entry.entry_id] = session
    return True
