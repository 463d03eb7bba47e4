"""The Brunnen integration: how deep the water stands in a well, and its pump."""

from __future__ import annotations

from datetime import timedelta
import logging

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from . import config_flow
from .const import DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN, PUMP

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID): cv.string,
                vol.Required(CONF_CLIENT_SECRET): cv.string,
                # How often the cloud is asked
                vol.Optional(
                    CONF_SCAN_INTERVAL, default=timedelta(minutes=5)
                ): cv.time_period,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the Brunnen component."""
    hass.data.setdefault(DOMAIN, {"sessions": {}})

    if DOMAIN not in config:
        return True

    conf = config[DOMAIN]

    # The developer portal shows both
    client_id = conf[CONF_CLIENT_ID]
    client_secret = conf[CONF_CLIENT_SECRET]
    hass.data[DOMAIN]["interval"] = conf[CONF_SCAN_INTERVAL]

    shown = f"{client_id[:4]}…"
    _LOGGER.debug("Registering the client %s", shown)
    config_flow.BrunnenFlowHandler.async_register_implementation(
        hass,
        config_entry_oauth2_flow.LocalOAuth2Implementation(
            hass,
            DOMAIN,
            client_id,
            client_secret,
            OAUTH2_AUTHORIZE,
            OAUTH2_TOKEN,
        ),
    )

    async def handle_stop_pump(call: ServiceCall) -> None:
        """Stop all pumps."""
        for session in hass.data[DOMAIN]["sessions"].values():
            await session.async_request("put", PUMP, json={"on": False})

    hass.services.async_register(DOMAIN, "stop_pump", handle_stop_pump)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up Brunnen from a config entry."""
    implementation = (
        await config_entry_oauth2_flow.async_get_config_entry_implementation(
            hass, entry
        )
    )
    session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)

    async def update() -> dict:
        response = await session.async_request("get", PUMP)
        return await response.json()

    coordinator = DataUpdateCoordinator(
        hass,
        _LOGGER,
        config_entry=entry,
        name=DOMAIN,
        # Not set if there was no YAML
        update_interval=hass.data[DOMAIN].get("interval", timedelta(minutes=5)),
        update_method=update,
    )
    await coordinator.async_config_entry_first_refresh()
    hass.data[DOMAIN]["sessions"][entry.entry_id] = session
    entry.runtime_data = coordinator
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload a config entry."""
    hass.data[DOMAIN]["sessions"].pop(entry.entry_id)
    return True
