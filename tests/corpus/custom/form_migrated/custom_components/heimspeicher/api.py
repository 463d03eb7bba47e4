"""API of Heimspeicher."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientError

from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session

from .const import API_BASE


class HeimspeicherError(Exception):
    """Something went wrong."""


class HeimspeicherApi:
    """Ask for plants."""

    def __init__(self, session: OAuth2Session) -> None:
        """Keep the session."""
        self._session = session

    async def plant(self, plant_id: str) -> dict[str, Any]:
        """Return a plant."""
        try:
            response = await self._session.async_request(
                "get", f"{API_BASE}/plants/{plant_id}"
            )
            response.raise_for_status()
            return await response.json()
        except ClientError as err:
            raise HeimspeicherError from err
