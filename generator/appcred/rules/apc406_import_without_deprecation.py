"""Credentials are imported from YAML, but users are not told to remove them there.

The secret in `configuration.yaml` has no effect any more: a changed one for the same client is
ignored, because the credential is already stored. When the import is removed one day, users have
not been told.

Fix: `appcred retrofit` deprecates the section, or its two keys if it has more.

Source: async_import_item in homeassistant/components/application_credentials/__init__.py;
`deprecated` in homeassistant/helpers/config_validation.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import CredentialImport, credential_imports
from appcred.oauth.registration import Source
from appcred.oauth.yaml_schema import schema
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC406", "import-without-deprecation", Severity.WARNING, FixKind.MIGRATION)

_SETUP = """\
import voluptuous as vol

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.helpers import config_validation as cv

DOMAIN = "example"

CONFIG_SCHEMA = vol.Schema(
{}    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass, config):
    if DOMAIN in config:
        conf = config[DOMAIN]
        credential = ClientCredential(conf["client_id"], conf["client_secret"])
        await async_import_client_credential(hass, DOMAIN, credential)
    return True
"""

_PLAIN = """\
    {
        DOMAIN: vol.Schema(
            {
                vol.Required("client_id"): cv.string,
                vol.Required("client_secret"): cv.string,
            }
        )
    },
"""

_DEPRECATED = """\
    vol.All(
        cv.deprecated(DOMAIN),
        {
            DOMAIN: vol.Schema(
                {
                    vol.Required("client_id"): cv.string,
                    vol.Required("client_secret"): cv.string,
                }
            )
        },
    ),
"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format(_DEPRECATED)}),
    Example(
        {"__init__.py": _SETUP.format(_PLAIN)},
        at=("__init__.py:28:15",),
        after={"__init__.py": _SETUP.format(_DEPRECATED)},
    ),
)

_ISSUE: Final = re.compile(rb"async_create_issue\((?s:.{0,600}?)(?i:yaml|deprecat)")
"""A repair issue about it, wherever it is raised."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for an import from YAML without a word about it."""
    found = _silent_import(integration)
    if found is not None:
        yield RULE.at(
            found.module,
            found.used.call.node,
            "users are not told that the section in YAML has no effect; run `appcred retrofit` to "
            "deprecate it",
        )


def _silent_import(integration: Integration) -> CredentialImport | None:
    code = oauth_code(integration)
    described = schema(code)
    if described is not None and _calls(described.outer, ("deprecated", "removed")):
        return None
    if described is None and any(
        document.mentions("cv.deprecated(", "cv.removed(")
        for document in integration.modules.values()
    ):
        return None  # in a schema that is written in a way of its own
    if any(_ISSUE.search(document.content) for document in integration.modules.values()):
        return None
    for found in credential_imports(integration):
        if found.source is Source.YAML and not (
            found.module.document.mentions("async_create_issue(") or _warns(found.function.node)
        ):
            return found
    return None


def _warns(node: cst.CSTNode) -> bool:
    """Whether a function writes something about YAML to the log."""
    return any(
        isinstance(each, cst.Call)
        and dotted(each.func).rpartition(".")[2] == "warning"
        and any(
            isinstance(part, (cst.SimpleString, cst.FormattedStringText))
            and re.search("yaml|configur|deprecat|import", part.value, re.IGNORECASE)
            for part in walk(each)
        )
        for each in walk(node)
    )


def _calls(node: cst.CSTNode, names: tuple[str, ...]) -> bool:
    return any(
        dotted(getattr(each, "func", None)).rpartition(".")[2] in names for each in walk(node)
    )
