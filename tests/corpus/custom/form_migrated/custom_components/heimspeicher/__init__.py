"""The Heimspeicher integration."""

from __future__ import annotations

import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    OAuth2Session,
    async_get_config_entry_implementation,
    async_register_implementation,
)

from .api import HeimspeicherApi, HeimspeicherError
from .const import (
    CONF_PLANT_ID,
    CONF_SCAN_INTERVAL,
    DOMAIN,
    OAUTH2_AUTHORIZE,
    OAUTH2_TOKEN,
)

_LOGGER = logging.getLogger(__name__)

PLATFORMS: list[Platform] = [Platform.SENSOR]


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up Heimspeicher from a config entry."""
    try:
        implementation = await async_get_config_entry_implementation(hass, entry)
    except ValueError:
        # After a restart nothing is registered yet
        async_register_implementation(
            hass,
            DOMAIN,
            LocalOAuth2Implementation(
                hass,
                DOMAIN,
                entry.data[CONF_CLIENT_ID],
                entry.data[CONF_CLIENT_SECRET],
                OAUTH2_AUTHORIZE,
                OAUTH2_TOKEN,
            ),
        )
        implementation = await async_get_config_entry_implementation(hass, entry)

    session = OAuth2Session(hass, entry, implementation)
    api = HeimspeicherApi(session)
    try:
        plant = await api.plant(entry.data[CONF_PLANT_ID])
    except HeimspeicherError as err:
        raise ConfigEntryNotReady from err

    entry.runtime_data = plant
    hass.states.async_set(
        f"{DOMAIN}.interval", entry.options.get(CONF_SCAN_INTERVAL, 60)
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload a config entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_migrate_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Migrate old entry."""
    _LOGGER.debug("Migrating from version %s", entry.version)

    if entry.version > 2:
        # Downgraded from a future version
        return False

    if entry.version == 1:
        # The interval was in data before it was in options
        data = {**entry.data}
        options = {**entry.options}
        options[CONF_SCAN_INTERVAL] = data.pop(CONF_SCAN_INTERVAL, 60)
        hass.config_entries.async_update_entry(
            entry, data=data, options=options, version=2
        )

    _LOGGER.info("Migration to version %s successful", entry.version)
    return True
