"""Müllplan: when the bins are collected."""
import logging

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
import homeassistant.helpers.config_validation as cv
from homeassistant.helpers import config_entry_oauth2_flow

from . import config_flow
from .const import (
    AUTH_URLS,
    CONF_CALENDARS,
    CONF_REMIND,
    DATA_CONFIG,
    DATA_ENTRIES,
    DEFAULT_REMIND,
    DOMAIN,
)

_LOGGER = logging.getLogger(__name__)

CALENDAR_SCHEMA = vol.Schema(
    {
        vol.Required("name"): cv.string,
        vol.Optional("kinds", default=[]): vol.All(cv.ensure_list, [cv.string]),
    }
)

CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID): cv.string,
                vol.Required(CONF_CLIENT_SECRET): cv.string,
                # hours before the collection
                vol.Optional(CONF_REMIND, default=DEFAULT_REMIND): cv.positive_int,
                vol.Optional(CONF_CALENDARS, default=[]): vol.All(
                    cv.ensure_list, [CALENDAR_SCHEMA]
                ),
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass: HomeAssistant, config: dict) -> bool:
    """Set up from configuration.yaml."""
    hass.data[DOMAIN] = {DATA_CONFIG: {}, DATA_ENTRIES: {}}

    if DOMAIN not in config:
        return True

    conf = config[DOMAIN]
    hass.data[DOMAIN][DATA_CONFIG] = {
        CONF_REMIND: conf[CONF_REMIND],
        CONF_CALENDARS: conf[CONF_CALENDARS],
    }

    config_flow.MuellplanFlow.async_register_implementation(
        hass,
        config_entry_oauth2_flow.LocalOAuth2Implementation(
            hass,
            DOMAIN,
            conf[CONF_CLIENT_ID],
            conf[CONF_CLIENT_SECRET],
            AUTH_URLS["authorize"],
            AUTH_URLS["token"],
        ),
    )

    async def next_collection(call: ServiceCall) -> dict:
        """Answer when the next collection of a calendar is."""
        name = call.data["calendar"]
        found = [c for c in conf[CONF_CALENDARS] if c["name"] == name]
        return {"calendars": found, "remind": conf[CONF_REMIND]}

    # Only those who list calendars have the service.
    hass.services.async_register(
        DOMAIN,
        "next_collection",
        next_collection,
        schema=vol.Schema({vol.Required("calendar"): cv.string}),
        supports_response=SupportsResponse.ONLY,
    )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up an entry."""
    implementation = (
        await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
    )
    session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    hass.data[DOMAIN][DATA_ENTRIES][entry.entry_id] = session
    # 12 hours unless the YAML says otherwise
    remind = hass.data[DOMAIN][DATA_CONFIG].get(CONF_REMIND, DEFAULT_REMIND)
    hass.states.async_set(f"{DOMAIN}.remind", remind)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload an entry."""
    hass.data[DOMAIN][DATA_ENTRIES].pop(entry.entry_id)
    return True
