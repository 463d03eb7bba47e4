"""Integrations that are right, each in a way that is not the usual one.

A stage that fails one of them, or is not reached for no reason, is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.broken import Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRY = "        return self.async_create_entry(title=account.title, data=data)"
_CREATE = "    @override\n    async def async_oauth_create_entry"
_FORMS = """    async def async_step_user(self, user_input=None):
        return self.async_show_menu(step_id="user", menu_options=["local", "cloud"])

    async def async_step_cloud(self, user_input=None):
        if user_input is None:
            fields = {vol.Required("region", default="eu"): vol.In(["eu", "us"])}
            return self.async_show_form(step_id="cloud", data_schema=vol.Schema(fields))
        if user_input["region"] != "eu":
            return self.async_abort(reason="region")
        return await self.async_step_pick_implementation()

    async def async_step_folder(self, user_input=None):
        if user_input is None:
            fields = {vol.Required("name"): str}
            return self.async_show_form(step_id="folder", data_schema=vol.Schema(fields))
        data = {**self.made[1], **user_input}
        return self.async_create_entry(title=self.made[0], data=data)

"""
_TEXTS = """    "step": {
      "user": {"title": "How", "menu_options": {"local": "Here", "cloud": "There"}},
      "cloud": {"title": "Where", "data": {"region": "Region"}},
      "folder": {"title": "Folder", "data": {"name": "Name"}},
"""
_OWN_CLIENT = """    async def async_step_user(self, user_input=None):
        from homeassistant.components import application_credentials as platform

        client = platform.ClientCredential("app-0815", "app-secret-0815", "Built in")
        await platform.async_import_client_credential(self.hass, DOMAIN, client)
        return await super().async_step_user(user_input)

"""


_IN_CODE = """    async def async_step_user(self, user_input=None):
        from homeassistant.helpers import config_entry_oauth2_flow as oauth2

        client = ("app-0815", "app-secret-0815", OAUTH2_AUTHORIZE, OAUTH2_TOKEN)
        own = oauth2.LocalOAuth2Implementation(self.hass, DOMAIN, *client)
        self.async_register_implementation(self.hass, own)
        return await super().async_step_user(user_input)

"""


@dataclass(frozen=True)
class Unusual:
    """An integration, and what becomes of the stages that are run with it."""

    name: str
    edits: tuple[Edit, ...]
    stages: tuple[str, ...]
    others: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Stages that do not pass, and rightly so: outcome, and words of their report."""
    says: Mapping[str, str] = field(default_factory=dict)
    """Words that the report of a stage that passed holds."""
    described: Mapping[str, Any] = field(default_factory=dict)
    """What the responses file says besides."""

    def __str__(self) -> str:
        return self.name


_USER_ID = Edit(
    "config_flow.py",
    '        self.logger.debug("Account %s", data[CONF_TOKEN]["user_id"])\n'
    "        await self.async_set_unique_id(account.id)\n",
    "        await self.async_set_unique_id(account.id)\n",
)

UNUSUAL = (
    Unusual(
        "menu and form before the vendor's page, form after it, a member of the token answer",
        (
            _USER_ID,
            Edit("config_flow.py", f"{_FORMS}{_CREATE}", _CREATE),
            Edit(
                "config_flow.py", "import logging\n\nimport voluptuous as vol\n", "import logging\n"
            ),
            Edit(
                "config_flow.py",
                "        self.made = (account.title, data)\n"
                "        return await self.async_step_folder()\n",
                _ENTRY,
            ),
            Edit("translations/en.json", _TEXTS, '    "step": {\n'),
        ),
        (
            *("no-credential", "two-credentials", "denied", "malformed-token", "entry"),
            *("same-account", "reauth", "reauth-other-account", "reconfigure", "texts"),
        ),
        described={
            "forms": {"folder": {"name": "Home"}},
            "provider": {"token": {"user_id": "{id}"}},
        },
    ),
    Unusual(
        "no way to unload",
        (Edit("__init__.py", "async_discard_entry", "async_unload_entry"),),
        ("refresh", "reauth", "unload", "removal"),
        others={"unload": ("failed", "failed_unload")},
        says={"refresh": "Home Assistant was restarted", "reauth": "and the entry loads"},
    ),
    Unusual(
        "client of its own, with a secret",
        (Edit("config_flow.py", f"{_OWN_CLIENT}{_CREATE}", _CREATE),),
        ("no-credential", "two-credentials", "entry", "reauth", "removal"),
        others={"no-credential": ("unreachable", "has a built-in client")},
        says={"two-credentials": "both are offered, as Built in and Second credential"},
    ),
    Unusual(
        "client that only the code has",
        (
            Edit("config_flow.py", f"{_IN_CODE}{_CREATE}", _CREATE),
            Edit(
                "config_flow.py", "import DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN,", "import DOMAIN,"
            ),
        ),
        ("no-credential", "two-credentials", "authorize-url", "entry", "refresh", "removal"),
        others={
            "no-credential": ("unreachable", "has a built-in client"),
            "two-credentials": ("unreachable", "has a built-in client"),
        },
        says={"authorize-url": "the credential's client_id"},
    ),
    Unusual(
        "member of the token answer that nobody told of",
        (_USER_ID,),
        ("code-exchange",),
        others={
            "code-exchange": (
                "unreachable",
                "reads 'user_id', which the vendor's response does not have; add it to provider",
            )
        },
    ),
)
