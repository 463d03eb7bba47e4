"""Everything about signing in to Wetterhof."""

from __future__ import annotations

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation

from .config_flow import WetterhofConfigFlow
from .const import AUTHORIZATION_ENDPOINT, DOMAIN, TOKEN_ENDPOINT


@callback
def register_client(hass: HomeAssistant, client_id: str, client_secret: str) -> None:
    """Register the client from configuration.yaml with the config flow."""
    WetterhofConfigFlow.async_register_implementation(
        hass,
        LocalOAuth2Implementation(
            hass=hass,
            domain=DOMAIN,
            client_id=client_id,
            client_secret=client_secret,
            authorize_url=AUTHORIZATION_ENDPOINT,
            token_url=TOKEN_ENDPOINT,
        ),
    )
