"""Gartenhaus: sprinklers. Every user registers an app with the vendor, and types it into the flow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    OAuth2Session,
    async_get_config_entry_implementation,
    async_register_implementation,
)
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import (
    AUTHORIZE,
    CONF_ID,
    CONF_INTERVAL,
    CONF_KEY,
    DEFAULT_INTERVAL,
    DOMAIN,
    GARDEN,
    LOGGER,
    TOKEN,
)


@dataclass
class Garden:
    """What is known about a garden."""

    session: OAuth2Session
    coordinator: DataUpdateCoordinator[dict[str, Any]]


type GardenEntry = ConfigEntry[Garden]


async def async_setup_entry(hass: HomeAssistant, entry: GardenEntry) -> bool:
    """Set up a garden."""
    try:
        implementation = await async_get_config_entry_implementation(hass, entry)
    except ValueError:
        # After a restart nothing is registered.
        async_register_implementation(
            hass,
            DOMAIN,
            LocalOAuth2Implementation(
                hass,
                entry.data["auth_implementation"],
                entry.data[CONF_ID],
                entry.data[CONF_KEY],
                AUTHORIZE,
                TOKEN,
            ),
        )
        implementation = await async_get_config_entry_implementation(hass, entry)

    session = OAuth2Session(hass, entry, implementation)

    async def _update() -> dict[str, Any]:
        response = await session.async_request("get", GARDEN)
        response.raise_for_status()
        return await response.json()

    coordinator = DataUpdateCoordinator(
        hass,
        LOGGER,
        config_entry=entry,
        name=entry.title,
        update_interval=timedelta(
            minutes=entry.options.get(CONF_INTERVAL, DEFAULT_INTERVAL)
        ),
        update_method=_update,
    )
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = Garden(session, coordinator)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: GardenEntry) -> bool:
    """Unload a garden."""
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: GardenEntry) -> bool:
    """Entries of version 1 had the interval among the data."""
    if entry.version == 1:
        data = dict(entry.data)
        interval = data.pop(CONF_INTERVAL, DEFAULT_INTERVAL)
        hass.config_entries.async_update_entry(
            entry, data=data, options={CONF_INTERVAL: interval}, version=2
        )
    return True
