"""Lichtblick bulbs."""
from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import voluptuous as v

import homeassistant.const as c
import homeassistant.helpers.config_entry_oauth2_flow as oauth2
import homeassistant.helpers.config_validation as cv

from . import const as k

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

LOG = logging.getLogger(__package__)

CONFIG_SCHEMA = v.Schema(
    {
        k.DOMAIN: v.Schema(
            {
                v.Required(c.CONF_CLIENT_ID): cv.string,
                v.Required(c.CONF_CLIENT_SECRET): cv.string,
            }
        )
    },
    extra=v.ALLOW_EXTRA,
)


async def async_setup(hass: HomeAssistant, yaml_config: dict) -> bool:
    """Register what the YAML names."""
    hass.data[k.DOMAIN] = {"bulbs": {}}

    settings = yaml_config.get(k.DOMAIN)
    if not settings:
        return True

    # Built here, for the registration below.
    implementation = oauth2.LocalOAuth2Implementation(
        hass,
        k.DOMAIN,
        client_id=settings[c.CONF_CLIENT_ID],
        client_secret=settings[c.CONF_CLIENT_SECRET],
        authorize_url=k.AUTH,
        token_url=k.TOKEN,
    )
    oauth2.async_register_implementation(hass, k.DOMAIN, implementation)
    LOG.debug("Client registered")
    return True


async def async_setup_entry(hass: HomeAssistant, config_entry: ConfigEntry) -> bool:
    """Set up."""
    impl = await oauth2.async_get_config_entry_implementation(hass, config_entry)
    session = oauth2.OAuth2Session(hass, config_entry, impl)
    answer = await session.async_request("get", k.API + "/bulbs")
    hass.data[k.DOMAIN]["bulbs"][config_entry.entry_id] = await answer.json()
    return True


async def async_unload_entry(hass: HomeAssistant, config_entry: ConfigEntry) -> bool:
    """Unload."""
    hass.data[k.DOMAIN]["bulbs"].pop(config_entry.entry_id)
    return True
