"""What the examples of the rules that migrate have in common."""

from __future__ import annotations

CONST = '''\
"""Constants of the example."""

DOMAIN = "example"

OAUTH2_AUTHORIZE = "https://example.com/authorize"
OAUTH2_TOKEN = "https://example.com/token"
'''

PLATFORM = '''\
"""Application credentials platform of the Example integration."""

from homeassistant.components.application_credentials import AuthorizationServer
from homeassistant.core import HomeAssistant

from .const import OAUTH2_AUTHORIZE, OAUTH2_TOKEN


async def async_get_authorization_server(hass: HomeAssistant) -> AuthorizationServer:
    """Return the authorization server."""
    return AuthorizationServer(
        authorize_url=OAUTH2_AUTHORIZE,
        token_url=OAUTH2_TOKEN,
    )
'''

TEXTS = """\
{
  "config": {
    "step": {
      "pick_implementation": {
        "data": {
          "implementation": "Application credentials"
        },
        "data_description": {
          "implementation": "The credentials you want to use to authenticate."
        },
        "title": "Pick authentication method"
      }
    }
  }
}
"""
