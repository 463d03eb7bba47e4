"""The client's id and secret are read from YAML and registered by hand.

Users have to edit `configuration.yaml` and restart before they can add the integration, and again
to change the credentials. With application credentials they enter them when they add the
integration, or under Devices & services.

Fix: `appcred retrofit` writes `application_credentials.py` from the registration, and turns that
into an import of the credentials that a user still has in YAML, under the name that existing config
entries know them by. The schema and a repair issue (before 2022.9 a warning in the log) tell the
user that YAML is deprecated. Everything else in `async_setup` runs with and without YAML. After a
downgrade there are no credentials, unless they are still in YAML.

Source: homeassistant/components/application_credentials/__init__.py, since 2022.6.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.registration import Source, registrations
from appcred.rules.examples import CONST, PLATFORM, TEXTS
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule(
    "APC401",
    "yaml-credentials",
    Severity.WARNING,
    FixKind.MIGRATION,
    since="application_credentials",
)

_INIT = '''\
"""The example integration."""

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv
from homeassistant.helpers.typing import ConfigType

from . import config_flow
from .const import DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN

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


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the example."""
    if DOMAIN not in config:
        return True

    # The client of the user
    config_flow.ExampleFlow.async_register_implementation(
        hass,
        config_entry_oauth2_flow.LocalOAuth2Implementation(
            hass,
            DOMAIN,
            config[DOMAIN][CONF_CLIENT_ID],
            config[DOMAIN][CONF_CLIENT_SECRET],
            OAUTH2_AUTHORIZE,
            OAUTH2_TOKEN,
        ),
    )

    return True
'''

_FLOW = '''\
"""Config flow of the example."""

import logging

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class ExampleFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Sign in to the example."""

    DOMAIN = DOMAIN

    @property
    def logger(self) -> logging.Logger:
        """Return the logger."""
        return logging.getLogger(__name__)
'''

_INIT_AFTER = '''\
"""The example integration."""

import voluptuous as vol

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.issue_registry import IssueSeverity, async_create_issue
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN

CONFIG_SCHEMA = vol.Schema(
    vol.All(
        cv.deprecated(DOMAIN),
        {
            DOMAIN: vol.Schema(
                {
                    vol.Required(CONF_CLIENT_ID): cv.string,
                    vol.Required(CONF_CLIENT_SECRET): cv.string,
                }
            )
        },
    ),
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the example."""
    if DOMAIN in config:
        # The client of the user
        await async_import_client_credential(
            hass,
            DOMAIN,
            ClientCredential(
                config[DOMAIN][CONF_CLIENT_ID],
                config[DOMAIN][CONF_CLIENT_SECRET],
            ),
        )
        async_create_issue(
            hass,
            DOMAIN,
            "deprecated_yaml_credentials",
            is_fixable=False,
            severity=IssueSeverity.WARNING,
            translation_key="deprecated_yaml_credentials",
        )

    return True
'''

_MANIFEST = json.dumps(EXAMPLE_MANIFEST, indent=2) + "\n"

_ISSUES = {
    "deprecated_yaml_credentials": {
        "description": "The OAuth application credentials of Example have been imported from "
        "configuration.yaml and are managed under Application credentials from now on. Remove the "
        "`example` section of configuration.yaml and restart Home Assistant.",
        "title": "YAML credentials are deprecated",
    }
}
_TEXTS = json.dumps({**json.loads(TEXTS), "issues": _ISSUES}, indent=2) + "\n"

EXAMPLES = (
    Example(
        {"__init__.py": _INIT_AFTER, "application_credentials.py": PLATFORM, "const.py": CONST}
    ),
    Example(
        {"__init__.py": _INIT, "config_flow.py": _FLOW, "const.py": CONST},
        at=("__init__.py:33:5",),
        after={
            "__init__.py": _INIT_AFTER,
            "application_credentials.py": PLATFORM,
            "translations/en.json": _TEXTS,
        },
    ),
    Example(
        {
            "__init__.py": _INIT,
            "config_flow.py": _FLOW,
            "const.py": CONST,
            "manifest.json": _MANIFEST.replace("application_credentials", "auth"),
        },
        at=("__init__.py:33:5",),
        after={
            "__init__.py": _INIT_AFTER,
            "application_credentials.py": PLATFORM,
            "manifest.json": _MANIFEST,
            "translations/en.json": _TEXTS,
        },
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for registrations of what stands in YAML."""
    for registration in registrations(integration).understood:
        if registration.source in (Source.YAML, Source.LIST):
            yield RULE.at(
                registration.module,
                registration.used.call.node,
                "credentials are read from YAML and registered by hand; "
                "run `appcred retrofit` to keep them as application credentials",
            )
