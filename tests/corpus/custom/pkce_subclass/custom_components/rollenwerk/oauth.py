"""OAuth2 for Rollenwerk: a public client with PKCE."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2ImplementationWithPkce,
)

from .const import OAUTH_BASE, OAUTH_CLIENT_ID, OAUTH_SCOPES


class RollenwerkImplementation(LocalOAuth2ImplementationWithPkce):
    """Rollenwerk wants PKCE, the scopes and an audience."""

    def __init__(self, hass: HomeAssistant, domain: str) -> None:
        """Set up with the client that Rollenwerk registered for Home Assistant."""
        super().__init__(
            hass,
            domain,
            OAUTH_CLIENT_ID,
            authorize_url=f"{OAUTH_BASE}/authorize",
            token_url=f"{OAUTH_BASE}/oauth/token",
        )

    @property
    def name(self) -> str:
        """Name of the implementation."""
        return "Rollenwerk account"

    @property
    def extra_authorize_data(self) -> dict[str, Any]:
        """Scopes and audience, beside what PKCE sends."""
        return {
            "scope": " ".join(OAUTH_SCOPES),
            "audience": "https://cloud.rollenwerk.example",
            **super().extra_authorize_data,
        }
