"""The Wetterhof weather stations."""

from __future__ import annotations

import logging
from typing import Any

from aiohttp.web import Request
import voluptuous as vol

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow as oauth2_flow, config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .auth import register_client
from .const import API_ENDPOINT, DOMAIN

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = vol.Schema(
    {
        vol.Optional(DOMAIN): {
            vol.Inclusive(CONF_CLIENT_ID, "client"): cv.string,
            vol.Inclusive(CONF_CLIENT_SECRET, "client"): cv.string,
        }
    },
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the component: the client, and the webhook that stations push to."""
    conf: dict[str, Any] = config.get(DOMAIN, {})

    if CONF_CLIENT_ID in conf:
        register_client(hass, conf[CONF_CLIENT_ID], conf[CONF_CLIENT_SECRET])

    async def pushed(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
        """Take what a station says."""
        hass.bus.async_fire(f"{DOMAIN}_measurement", await request.json())

    webhook.async_register(hass, DOMAIN, "Wetterhof", DOMAIN, pushed)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up a station owner's account."""
    implementation = await oauth2_flow.async_get_config_entry_implementation(hass, entry)
    session = oauth2_flow.OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    response = await session.async_request("GET", f"{API_ENDPOINT}/stations")
    entry.runtime_data = await response.json()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload it."""
    return True
