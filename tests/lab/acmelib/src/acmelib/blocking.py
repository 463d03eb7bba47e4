"""The client that blocks; its tokens are refreshed by whoever uses it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any

import requests

from acmelib.models import Account, ApiError, AuthenticationError, Device, Status

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
    """What makes requests with the access token of some tokens."""

    def __init__(self, token: dict[str, Any]) -> None:
        self._token = token

    @abstractmethod
    def refresh_tokens(self) -> dict[str, Any]:
        """Refresh the tokens, and return them."""

    def request(self, method: str, path: str, json: Any = None) -> Any:
        """Return the JSON that answers a request. Raises ApiError."""
        if self._token["expires_at"] < time.time():
            self._token = self.refresh_tokens()
        headers = {"Authorization": f"Bearer {self._token['access_token']}"}
        try:
            response = requests.request(
                method, f"{HOST}/{path}", headers=headers, json=json, timeout=30
            )
            if response.status_code == 401:
                raise AuthenticationError(response.reason)
            response.raise_for_status()
            return response.json()
        except (requests.RequestException, ValueError) as error:
            raise ApiError(repr(error)) from error


class Client:
    """The service, on behalf of one account."""

    def __init__(self, auth: AbstractAuth) -> None:
        self._auth = auth

    def get_account(self) -> Account:
        """Return the account that the access token belongs to."""
        return Account(**self._auth.request("GET", "account"))

    def get_status(self) -> Status:
        """Return what the service reports."""
        return Status(**self._auth.request("GET", "status"))

    def get_devices(self) -> list[Device]:
        """Return the devices of the account."""
        return [Device(**each) for each in self._auth.request("GET", "devices")]

    def send_command(self, *arguments: str | bool | None) -> None:
        """Send a command: of a device its ID, then the command, and its value."""
        self._auth.request("POST", "commands", json=arguments)
