"""PKCE for Sternwarte."""
import base64
import hashlib
import secrets
from typing import Any, cast

from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation

from .const import AUTHORIZE, CLIENT_ID, DOMAIN, SCOPES, TOKEN


class PkceImplementation(LocalOAuth2Implementation):
    """Authorization code with PKCE, before Home Assistant had it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize with a fresh verifier."""
        super().__init__(
            hass=hass,
            domain=DOMAIN,
            client_id=CLIENT_ID,
            client_secret="",
            authorize_url=AUTHORIZE,
            token_url=TOKEN,
        )
        self._code_verifier = secrets.token_urlsafe(64)

    @property
    def name(self) -> str:
        """Name."""
        return "Sternwarte"

    @property
    def extra_authorize_data(self) -> dict[str, Any]:
        """Challenge."""
        digest = hashlib.sha256(self._code_verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return {
            "scope": " ".join(SCOPES),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }

    async def async_resolve_external_data(self, external_data: Any) -> dict:
        """Send the verifier."""
        return cast(
            dict,
            await self._token_request(
                {
                    "grant_type": "authorization_code",
                    "code": external_data["code"],
                    "redirect_uri": external_data["state"]["redirect_uri"],
                    "code_verifier": self._code_verifier,
                }
            ),
        )
