"""Sternwarte."""
from homeassistant.helpers import config_entry_oauth2_flow

from .auth import PkceImplementation
from .const import DOMAIN


async def async_setup_entry(hass, entry):
    """Set up."""
    config_entry_oauth2_flow.async_register_implementation(hass, DOMAIN, PkceImplementation(hass))
    implementation = await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
    session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    return True
