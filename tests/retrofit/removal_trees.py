"""Small integrations that import a client from YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.release import Release, Span
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.integration import Integration

NEWEST = Release(2026, 10)

SPAN = Span(NEWEST, NEWEST)

HEAD = """\
import logging

import voluptuous as vol

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.issue_registry import IssueSeverity, async_create_issue

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

"""

CREDENTIALS = """\
CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID): cv.string,
                vol.Required(CONF_CLIENT_SECRET): cv.string,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)

"""

MORE_KEYS = """\
CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.All(
            cv.deprecated(CONF_CLIENT_ID),
            cv.deprecated(CONF_CLIENT_SECRET),
            cv.deprecated("old"),
            vol.Schema(
                {
                    vol.Optional(CONF_CLIENT_ID): cv.string,
                    vol.Optional(CONF_CLIENT_SECRET): cv.string,
                    vol.Optional("old"): cv.string,
                    vol.Optional("interval", default=5): int,
                }
            ),
        )
    },
    extra=vol.ALLOW_EXTRA,
)

"""

BARE_KEYS = """\
CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: {
            vol.Optional("interval", default=5): int,
            vol.Optional(CONF_CLIENT_ID): cv.string,
            vol.Optional(CONF_CLIENT_SECRET): cv.string,
        }
    },
    extra=vol.ALLOW_EXTRA,
)

"""

CALL = (
    "await async_import_client_credential(hass, DOMAIN, "
    "ClientCredential({0}[CONF_CLIENT_ID], {0}[CONF_CLIENT_SECRET]))"
)

SIMPLE = CALL.format("config[DOMAIN]")


def tree(body: str, schema: str = CREDENTIALS, **files: str) -> Integration:
    init = HEAD + schema + "\nasync def async_setup(hass, config):\n" + body
    named = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    return Example({"__init__.py": init, "const.py": 'DOMAIN = "example"\n', **named}).integration()
