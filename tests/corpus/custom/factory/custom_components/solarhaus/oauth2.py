"""OAuth2 of Solarhaus.

Solarhaus hands out client credentials to the owners of an installation, who write them to
configuration.yaml. The token endpoint wants its own header.
"""

from __future__ import annotations

import logging
from typing import Any, cast

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

AUTH_SERVER = "https://sso.solarhaus.example"


class SolarhausOAuth2Implementation(config_entry_oauth2_flow.LocalOAuth2Implementation):
    """Sends the version of the API with every token request."""

    async def _token_request(self, data: dict[str, Any]) -> dict[str, Any]:
        """Make a token request."""
        session = async_get_clientsession(self.hass)
        data["client_id"] = self.client_id
        data["client_secret"] = self.client_secret
        resp = await session.post(
            self.token_url, data=data, headers={"Solarhaus-Version": "4"}
        )
        resp.raise_for_status()
        return cast(dict, await resp.json())


def make_implementation(
    hass: HomeAssistant, client_id: str, client_secret: str
) -> SolarhausOAuth2Implementation:
    """Make the implementation of the flow."""
    return SolarhausOAuth2Implementation(
        hass,
        DOMAIN,
        client_id,
        client_secret,
        f"{AUTH_SERVER}/connect/authorize",
        f"{AUTH_SERVER}/connect/token",
    )
