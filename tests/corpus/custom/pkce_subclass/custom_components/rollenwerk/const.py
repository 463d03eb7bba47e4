"""Constants for the Rollenwerk integration."""

from typing import Final

DOMAIN: Final = "rollenwerk"

OAUTH_BASE: Final = "https://accounts.rollenwerk.example"
OAUTH_CLIENT_ID: Final = "8f41c9c2-home-assistant"
OAUTH_SCOPES: Final = ("openid", "offline_access", "shutters")
API_BASE: Final = "https://cloud.rollenwerk.example/api"
