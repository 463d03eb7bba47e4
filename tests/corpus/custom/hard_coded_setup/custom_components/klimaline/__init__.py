"""Klimaline air conditioners."""
import logging
from datetime import timedelta

from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    OAuth2Session,
    async_get_config_entry_implementation,
)
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from . import config_flow

_LOGGER = logging.getLogger(__name__)

DOMAIN = "klimaline"
PLATFORMS = ["sensor"]

# The client of the mobile app. Klimaline has no developer programme.
CLIENT_ID = "klimaline-android"
CLIENT_SECRET = "e7Vq0-not-really-secret"

AUTHORIZE_URL = "https://login.klimaline.example/authorize"
TOKEN_URL = "https://login.klimaline.example/token"


async def async_setup(hass, config):
    """Register the client of the app."""
    hass.data.setdefault(DOMAIN, {})

    config_flow.OAuth2FlowHandler.async_register_implementation(
        hass,
        LocalOAuth2Implementation(
            hass,
            DOMAIN,
            CLIENT_ID,
            CLIENT_SECRET,
            AUTHORIZE_URL,
            TOKEN_URL,
        ),
    )

    async def boost(call):
        """Run every unit at full power."""
        for coordinator in hass.data[DOMAIN].values():
            await coordinator.session.async_request(
                "post", "https://api.klimaline.example/boost", json={"minutes": call.data["minutes"]}
            )

    hass.services.async_register(DOMAIN, "boost", boost)
    return True


async def async_setup_entry(hass, entry):
    """Set up one account."""
    implementation = await async_get_config_entry_implementation(hass, entry)
    session = OAuth2Session(hass, entry, implementation)

    async def update():
        response = await session.async_request("get", "https://api.klimaline.example/units")
        if response.status != 200:
            raise UpdateFailed(response.status)
        return await response.json()

    coordinator = DataUpdateCoordinator(
        hass,
        _LOGGER,
        config_entry=entry,
        name=DOMAIN,
        update_method=update,
        update_interval=timedelta(minutes=5),
    )
    coordinator.session = session
    await coordinator.async_config_entry_first_refresh()
    hass.data[DOMAIN][entry.entry_id] = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass, entry):
    """Forget one account."""
    ok = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if ok:
        hass.data[DOMAIN].pop(entry.entry_id)
    return ok
