"""Credentials are still imported from YAML.

The import is for users who had their credentials in `configuration.yaml`: each start imports them
again, and the schema, the notice and the import must be maintained. Remove them after the
deprecation period.

Fix: `appcred retrofit --yaml remove` removes the import, of one client or of a list, with its
helper function, the schema of the credentials, the repair issue or warning with its text, and code
that only they needed. `async_setup` stays if it does anything else, and other keys in YAML keep
their meaning; the schema still accepts and drops credentials that a user has left there, because it
would otherwise refuse the whole section. Users who update from a release before the import have to
enter the credentials by hand.

Source: homeassistant/components/netatmo of 2024.1 and 2024.2, among others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import CredentialImport, credential_imports
from appcred.oauth.registration import Source
from appcred.oauth.yaml import setup
from appcred.release import Release
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC407", "yaml-import", Severity.INFO, FixKind.MIGRATION)

_INIT = '''\
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
    hass.data[DOMAIN] = {}

    if DOMAIN not in config:
        return True

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

_INIT_AFTER = '''\
"""The example integration."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the example."""
    hass.data[DOMAIN] = {}

    return True
'''

_CONST = 'DOMAIN = "example"\n'

_TEXTS = """\
{
  "issues": {
    "deprecated_yaml_credentials": {
      "description": "Remove the `example` section of configuration.yaml.",
      "title": "YAML credentials are deprecated"
    }
  },
  "title": "Example"
}
"""

_TEXTS_AFTER = """\
{
  "title": "Example"
}
"""

_ANNOUNCED = '        breaks_in_ha_version="2024.4.0",\n        is_fixable=False,'

_PASSED = _INIT.replace("        is_fixable=False,", _ANNOUNCED)

EXAMPLES = (
    Example({"__init__.py": _INIT_AFTER, "const.py": _CONST}),
    Example(
        {"__init__.py": _PASSED, "const.py": _CONST},
        at=("__init__.py:42:11",),
        after={"__init__.py": _INIT_AFTER},
    ),
    Example(
        {"__init__.py": _INIT, "const.py": _CONST, "translations/en.json": _TEXTS},
        at=("__init__.py:42:11",),
        after={"__init__.py": _INIT_AFTER, "translations/en.json": _TEXTS_AFTER},
    ),
)


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Look for imports of what stands in YAML."""
    for found in credential_imports(integration):
        if found.source not in (Source.YAML, Source.LIST):
            continue
        announced = _announced(integration, found)
        passed = announced is not None and announced <= span.floor
        yield RULE.at(
            found.module,
            found.used.call.node,
            f"this import from YAML was announced to end in {announced}; remove it with "
            "`appcred retrofit --yaml remove`"
            if passed
            else "credentials are imported from YAML; when all users have updated, remove the "
            "import with `appcred retrofit --yaml remove`",
            severity=Severity.WARNING if passed else None,
        )


def _announced(integration: Integration, found: CredentialImport) -> Release | None:
    """Return the release that a repair issue names, beside the import or in `async_setup`."""
    code = oauth_code(integration)
    running = setup(code)
    functions = [found.function, *([running.function] if running is not None else [])]
    for node in (node for function in functions for node in walk(function.node)):
        if not isinstance(node, cst.Call) or not dotted(node.func).endswith("async_create_issue"):
            continue
        for argument in node.args:
            keyword = argument.keyword.value if argument.keyword is not None else ""
            value = code.text(found.module, argument.value)
            if keyword == "breaks_in_ha_version" and value is not None:
                try:
                    return Release.parse(value)
                except ValueError:
                    return None
    return None
