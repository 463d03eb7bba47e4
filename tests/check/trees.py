"""Small integrations on disk, written file by file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST: dict[str, Any] = {
    "domain": "example",
    "name": "Example",
    "codeowners": ["@example"],
    "config_flow": True,
    "dependencies": ["application_credentials"],
    "documentation": "https://example.com/docs",
    "integration_type": "service",
    "iot_class": "cloud_polling",
    "version": "1.0.0",
}

FLOW = '''\
"""Config flow."""

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import DOMAIN


class ExampleFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Log in."""

    DOMAIN = DOMAIN

    async def async_oauth_create_entry(self, data):
        """Create the entry."""
        await self.async_set_unique_id(str(data["user"]))
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title="Example", data=data)
'''

PLATFORM = '''\
"""Application credentials."""

from homeassistant.components.application_credentials import AuthorizationServer


async def async_get_authorization_server(hass):
    """Return the authorization server."""
    return AuthorizationServer("https://example.com/authorize", "https://example.com/token")
'''

TEXTS: dict[str, Any] = {
    "application_credentials": {"description": "Create a client in the console of Example."},
    "config": {
        "abort": {"already_configured": "Account is already configured"},
        "step": {"pick_implementation": {"title": "Pick authentication method"}},
    },
}


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below a folder and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def custom(root: Path, domain: str = "example", **changes: str | bytes | None) -> Path:
    """Write a custom integration that has nothing wrong, and return the repository.

    `changes` replace files by name, `config_flow_py=...`; None leaves one out.
    """
    files: dict[str, str | bytes] = {
        "manifest.json": json.dumps({**MANIFEST, "domain": domain}, indent=2) + "\n",
        "__init__.py": '"""Example."""\n',
        "const.py": f'"""Constants."""\n\nDOMAIN = "{domain}"\n',
        "config_flow.py": FLOW,
        "application_credentials.py": PLATFORM,
        "translations/en.json": json.dumps(TEXTS, indent=2) + "\n",
    }
    for key, content in changes.items():
        name = {
            "en_json": "translations/en.json",
            "strings_json": "strings.json",
            "manifest_json": "manifest.json",
        }.get(key, key.removesuffix("_py") + ".py")
        if content is None:
            del files[name]
        else:
            files[name] = content
    return write(root, {f"custom_components/{domain}/{name}": c for name, c in files.items()})


SELF = PLATFORM.replace("(hass)", "(self, hass)")
"""A platform with one error (APC102), at line 6."""
