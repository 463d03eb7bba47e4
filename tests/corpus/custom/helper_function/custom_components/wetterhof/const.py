"""Constants for Wetterhof."""

from __future__ import annotations

from typing import Final

DOMAIN: Final = "wetterhof"
MANUFACTURER: Final = "Wetterhof KG"

_HOST: Final = "wetterhof.example"
AUTHORIZATION_ENDPOINT: Final = f"https://auth.{_HOST}/realms/hof/protocol/openid-connect/auth"
TOKEN_ENDPOINT: Final = f"https://auth.{_HOST}/realms/hof/protocol/openid-connect/token"
API_ENDPOINT: Final = f"https://api.{_HOST}"
