"""The Wasserstand integration."""

from __future__ import annotations

import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    OAuth2Session,
    async_get_config_entry_implementation,
)
from homeassistant.helpers import aiohttp_client

from .config_flow import WasserstandConfigFlow
from .const import (
    API_URL,
    AUTH_URL,
    CLIENT_ID,
    CLIENT_SECRET,
    DOMAIN,
    TOKEN_URL,
)

_LOGGER = logging.getLogger(__name__)
PLATFORMS: list[Platform] = []


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up Wasserstand from a config entry."""
    hass.data.setdefault(DOMAIN, {})

    WasserstandConfigFlow.async_register_implementation(  # needed after a restart
        hass,
        LocalOAuth2Implementation(
            hass, DOMAIN, CLIENT_ID, CLIENT_SECRET, AUTH_URL, TOKEN_URL
        ),
    )

    implementation = await async_get_config_entry_implementation(hass, entry)
    session = OAuth2Session(hass, entry, implementation)
    try:
        await session.async_ensure_token_valid()
    except Exception as err:  # noqa: BLE001
        raise ConfigEntryAuthFailed from err

    hass.data[DOMAIN][entry.entry_id] = session
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_update_listener))
    return True


async def _async_update_listener(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Reload on changed options."""
    await hass.config_entries.async_reload(entry.entry_id)


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload a config entry."""
    if unload_ok := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        hass.data[DOMAIN].pop(entry.entry_id)
    return unload_ok
