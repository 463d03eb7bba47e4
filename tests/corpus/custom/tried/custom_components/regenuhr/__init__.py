"""
Regenuhr: how much rain fell.

Configuration:

    regenuhr:
      client_id: !secret regenuhr_id
      client_secret: !secret regenuhr_secret
"""
import logging

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import config_entry_oauth2_flow as oauth

from . import config_flow
from .const import DOMAIN, AUTHORIZE, TOKEN

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = vol.Schema({
    DOMAIN: {
        vol.Required(CONF_CLIENT_ID): cv.string,
        vol.Required(CONF_CLIENT_SECRET): cv.string,
    },
}, extra=vol.ALLOW_EXTRA)


async def async_setup(hass, config):
    # type: (HomeAssistant, dict) -> bool
    hass.data[DOMAIN] = {}
    try:
        conf = config[DOMAIN]
    except KeyError:
        return True

    config_flow.RegenuhrFlow.async_register_implementation(hass, oauth.LocalOAuth2Implementation(
        hass, DOMAIN, conf[CONF_CLIENT_ID], conf[CONF_CLIENT_SECRET], AUTHORIZE, TOKEN))

    def empty(call):
        # the gauge is emptied by hand
        hass.states.async_set("regenuhr.level", 0)

    hass.services.async_register(DOMAIN, "empty", empty)
    return True


async def async_setup_entry(hass, entry):
    # type: (HomeAssistant, ConfigEntry) -> bool
    impl = await oauth.async_get_config_entry_implementation(hass, entry)
    session = oauth.OAuth2Session(hass, entry, impl)
    await session.async_ensure_token_valid()
    hass.data[DOMAIN][entry.entry_id] = session
    return True


async def async_unload_entry(hass, entry):
    hass.data[DOMAIN].pop(entry.entry_id)
    return True
