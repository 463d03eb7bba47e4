"""The asynchronous client; `acmelib.blocking` is the other one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientResponseError

from acmelib.models import Account, ApiError, AuthenticationError, Device, Status

if TYPE_CHECKING:
    from aiohttp import ClientSession

__all__ = [
    "AbstractAuth",
    "Account",
    "ApiError",
    "AuthenticationError",
    "Client",
    "Device",
    "Status",
]

HOST = "https://api.acme.example"


class AbstractAuth(ABC):
    """What makes requests with an access token."""

    def __init__(self, websession: ClientSession) -> None:
        self.websession = websession

    @abstractmethod
    async def async_get_access_token(self) -> str:
        """Return an access token that has not expired."""

    async def request(self, method: str, path: str, **kwargs: Any) -> Any:
        """Return the JSON that answers a request. Raises ApiError."""
        token = await self.async_get_access_token()
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self.websession.request(
                method, f"{HOST}/{path}", headers=headers, **kwargs
            ) as response:
                response.raise_for_status()
                return await response.json()
        except ClientResponseError as error:
            if error.status == 401:
                raise AuthenticationError(error.message) from error
            raise ApiError(f"{error.status} {error.message}") from error
        except (ClientError, TimeoutError, ValueError) as error:
            raise ApiError(repr(error)) from error


class Client:
    """The service, on behalf of one account."""

    def __init__(self, auth: AbstractAuth) -> None:
        self._auth = auth

    async def get_account(self) -> Account:
        """Return the account that the access token belongs to."""
        return Account(**await self._auth.request("GET", "account"))

    async def get_status(self) -> Status:
        """Return what the service reports."""
        return Status(**await self._auth.request("GET", "status"))

    async def get_devices(self) -> list[Device]:
        """Return the devices of the account."""
        return [Device(**each) for each in await self._auth.request("GET", "devices")]

    async def send_command(self, *arguments: str | bool | None) -> None:
        """Send a command: of a device its ID, then the command, and its value."""
        await self._auth.request("POST", "commands", json=arguments)
