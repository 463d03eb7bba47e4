"""A small OAuth2 client (client credentials grant), also used by our command line tool."""

from __future__ import annotations

import time

from aiohttp import ClientSession

TOKEN_URL = "https://kesselhaus.example/oauth2/token"


class OAuth2Client:
    """Gets tokens with a client_id and a client_secret; nobody signs in."""

    def __init__(self, session: ClientSession, client_id: str, client_secret: str) -> None:
        """Remember the client."""
        self._session = session
        self._client_id = client_id
        self._client_secret = client_secret
        self._token: dict | None = None

    async def token(self) -> str:
        """Return a valid access token."""
        if self._token is None or self._token["expires_at"] < time.time():
            response = await self._session.post(
                TOKEN_URL,
                data={
                    "grant_type": "client_credentials",
                    "client_id": self._client_id,
                    "client_secret": self._client_secret,
                },
            )
            response.raise_for_status()
            self._token = await response.json()
            self._token["expires_at"] = time.time() + self._token["expires_in"]
        return self._token["access_token"]
