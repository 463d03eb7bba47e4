"""Clients whose id ends in -test live on the test system."""

from __future__ import annotations

from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation

from .const import DOMAIN, PRODUCTION, TEST, TEST_SUFFIX


def auth_server(client_id: str) -> str:
    """Return the server that knows a client."""
    return TEST if client_id.endswith(TEST_SUFFIX) else PRODUCTION


class PegelstandImplementation(LocalOAuth2Implementation):
    """Uses the server of the client."""

    def __init__(self, hass: HomeAssistant, client_id: str, client_secret: str) -> None:
        """Choose the server."""
        server = auth_server(client_id)
        super().__init__(
            hass,
            DOMAIN,
            client_id,
            client_secret,
            f"{server}/authorize",
            f"{server}/token",
        )
