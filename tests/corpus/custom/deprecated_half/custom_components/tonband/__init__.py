"""Tonband."""
import logging

import voluptuous as vol

from homeassistant.const import (
    ATTR_CREDENTIALS,
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    CONF_SCAN_INTERVAL,
)
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv

from .config_flow import TonbandFlow

_LOGGER = logging.getLogger(__name__)

DOMAIN = "tonband"

# scan_interval did nothing since 4.0
CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.All(
            cv.deprecated(CONF_SCAN_INTERVAL),
            vol.Schema(
                {
                    vol.Inclusive(CONF_CLIENT_ID, ATTR_CREDENTIALS): cv.string,
                    vol.Inclusive(CONF_CLIENT_SECRET, ATTR_CREDENTIALS): cv.string,
                    vol.Optional(CONF_SCAN_INTERVAL): cv.time_period,
                    vol.Optional("volume", default=50): vol.All(
                        vol.Coerce(int), vol.Range(0, 100)
                    ),
                }
            ),
        )
    },
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass, config):
    """Set up Tonband."""
    conf = config.get(DOMAIN)
    hass.data[DOMAIN] = {"volume": conf["volume"] if conf else 50}

    if conf and CONF_CLIENT_ID in conf:
        _LOGGER.warning("One day the client will not be read from YAML any more")
        TonbandFlow.async_register_implementation(
            hass,
            config_entry_oauth2_flow.LocalOAuth2Implementation(
                hass,
                DOMAIN,
                conf[CONF_CLIENT_ID],
                conf[CONF_CLIENT_SECRET],
                "https://tonband.example/oauth/v2/auth",
                "https://tonband.example/oauth/v2/token",
            ),
        )

    return True


async def async_setup_entry(hass, entry):
    """Set up a player."""
    implementation = await config_entry_oauth2_flow.async_get_config_entry_implementation(
        hass, entry
    )
    session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    hass.states.async_set(f"{DOMAIN}.volume", hass.data[DOMAIN]["volume"])
    return True


async def async_unload_entry(hass, entry):
    """Unload a player."""
    hass.states.async_remove(f"{DOMAIN}.volume")
    return True
