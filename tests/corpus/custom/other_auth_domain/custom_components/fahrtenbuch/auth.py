"""OAuth2 of Fahrtenbuch."""

from __future__ import annotations

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow

from .const import LEGACY_IMPLEMENTATION

BASE_URL = "https://fahrtenbuch.example/api"


class FahrtenbuchImplementation(config_entry_oauth2_flow.LocalOAuth2Implementation):
    """Fahrtenbuch calls the scope `permissions`, and separates them with semicolons."""

    def __init__(
        self, hass: HomeAssistant, client_id: str, client_secret: str
    ) -> None:
        """Initialize with the client from YAML."""
        super().__init__(
            hass,
            LEGACY_IMPLEMENTATION,
            client_id,
            client_secret,
            authorize_url=f"{BASE_URL}/oauth/authorize",
            token_url=f"{BASE_URL}/oauth/token",
        )

    @property
    def name(self) -> str:
        """Name of the implementation."""
        return "Fahrtenbuch Cloud"

    @property
    def extra_authorize_data(self) -> dict:
        """Extra data that needs to be appended to the authorize url."""
        return {"permissions": "trips;position"}

    async def async_resolve_external_data(self, external_data) -> dict:
        """Resolve the authorization code, and forget what is not needed."""
        token = await super().async_resolve_external_data(external_data)
        token.pop("debug", None)
        return token
