"""The Rollenwerk shutters integration."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import ClientResponseError

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.config_entry_oauth2_flow import (
    OAuth2Session,
    async_get_config_entry_implementation,
    async_register_implementation,
)
from homeassistant.helpers.typing import ConfigType

from .const import API_BASE, DOMAIN
from .oauth import RollenwerkImplementation

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


@dataclass
class RollenwerkData:
    """What an entry keeps while it is loaded."""

    session: OAuth2Session
    shutters: list[dict] = field(default_factory=list)


type RollenwerkConfigEntry = ConfigEntry[RollenwerkData]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the public client."""
    async_register_implementation(hass, DOMAIN, RollenwerkImplementation(hass, DOMAIN))
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RollenwerkConfigEntry) -> bool:
    """Set up an account."""
    implementation = await async_get_config_entry_implementation(hass, entry)
    session = OAuth2Session(hass, entry, implementation)
    try:
        await session.async_ensure_token_valid()
    except ClientResponseError as err:
        if err.status in (400, 401, 403):
            raise ConfigEntryAuthFailed from err
        raise ConfigEntryNotReady from err
    response = await session.async_request("get", f"{API_BASE}/shutters")
    entry.runtime_data = RollenwerkData(session, await response.json())
    return True


async def async_unload_entry(hass: HomeAssistant, entry: RollenwerkConfigEntry) -> bool:
    """Unload an account."""
    return True
