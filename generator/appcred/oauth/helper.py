"""The names of Home Assistant's OAuth2 helper and its application credentials platform."""

from __future__ import annotations

from typing import Final

HELPER: Final = "homeassistant.helpers.config_entry_oauth2_flow"
PLATFORM: Final = "homeassistant.components.application_credentials"

FLOW_HANDLER: Final = f"{HELPER}.AbstractOAuth2FlowHandler"
IMPLEMENTATION: Final = f"{HELPER}.AbstractOAuth2Implementation"
LOCAL: Final = f"{HELPER}.LocalOAuth2Implementation"
PKCE: Final = f"{HELPER}.LocalOAuth2ImplementationWithPkce"
AUTH: Final = f"{PLATFORM}.AuthImplementation"
SESSION: Final = f"{HELPER}.OAuth2Session"

SERVER_HOOK: Final = "async_get_authorization_server"
IMPLEMENTATION_HOOK: Final = "async_get_auth_implementation"
PLACEHOLDER_HOOK: Final = "async_get_description_placeholders"
HOOKS: Final = {
    SERVER_HOOK: ("hass",),
    IMPLEMENTATION_HOOK: ("hass", "auth_domain", "credential"),
    PLACEHOLDER_HOOK: ("hass",),
}
"""The hooks of the platform and their parameters, as
homeassistant/components/application_credentials/__init__.py calls them."""

_HELD: Final = (b"config_entry_oauth2_flow", b"application_credentials")
_WORDS: Final = (*_HELD, b"oauth2", b"OAuth2", b"OAUTH2", b"client_secret")

KINDS: Final = {LOCAL: "local", PKCE: "pkce", AUTH: "auth"}
"""Home Assistant's classes of implementations, and what they take, in its order."""
PARAMETERS: Final = {
    "local": ("hass", "domain", "client_id", "client_secret", "authorize_url", "token_url"),
    "pkce": ("hass", "domain", "client_id", "authorize_url", "token_url", "client_secret"),
    "auth": ("hass", "auth_domain", "credential", "authorization_server"),
}


def mentions_helper(content: bytes) -> bool:
    """Whether Python source may use Home Assistant's OAuth2 helper."""
    return any(word in content for word in _HELD)


def mentions_oauth(content: bytes) -> bool:
    """Whether Python source has a word that OAuth2 code has."""
    return any(word in content for word in _WORDS)
