"""API for Poolwart bound to Home Assistant OAuth."""

from aiohttp import ClientSession

from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session

from .const import API_HOST


class PoolwartClient:
    """Asks Poolwart about pools."""

    def __init__(self, session: ClientSession, oauth: OAuth2Session) -> None:
        """Keep the sessions."""
        self._session = session
        self._oauth = oauth

    async def pools(self) -> list[dict]:
        """Return the pools."""
        await self._oauth.async_ensure_token_valid()
        token = self._oauth.token["access_token"]
        async with self._session.get(
            f"{API_HOST}/pools", headers={"Authorization": f"Bearer {token}"}
        ) as response:
            response.raise_for_status()
            return await response.json()
