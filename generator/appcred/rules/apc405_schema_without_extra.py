"""Credentials are imported from YAML, but the schema allows no other integration.

CONFIG_SCHEMA is applied to the whole of `configuration.yaml`. Without `extra=ALLOW_EXTRA` any key
of another integration makes it invalid, and the integration is not set up.

Fix: adds `extra=ALLOW_EXTRA`. Not offered if a comment follows the last argument.

Source: async_process_component_config in homeassistant/config.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.rewriting import rewritten, without_comments
from appcred.documents.walk import has_comment
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source
from appcred.oauth.yaml_schema import Schema, schema
from appcred.rules.rule import Example, Rule, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC405", "schema-without-extra", Severity.ERROR, FixKind.SAFE)

_SETUP = """\
import voluptuous as vol

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)

DOMAIN = "example"

CONFIG_SCHEMA = vol.Schema{}


async def async_setup(hass, config):
    if DOMAIN in config:
        conf = config[DOMAIN]
        credential = ClientCredential(conf["client_id"], conf["client_secret"])
        await async_import_client_credential(hass, DOMAIN, credential)
    return True
"""

_KEYS = '{DOMAIN: vol.Schema({vol.Required("client_id"): str, vol.Required("client_secret"): str})}'

EXAMPLES = (
    Example({"__init__.py": _SETUP.format(f"({_KEYS}, extra=vol.ALLOW_EXTRA)")}),
    Example({"__init__.py": _SETUP.format(f"({_KEYS}, False, vol.ALLOW_EXTRA)")}),
    Example({"__init__.py": _SETUP.format(f"({_KEYS[:-1]}, vol.Extra: object}})")}),
    Example({"__init__.py": _SETUP.format(f"({_KEYS}, **OPTIONS)")}),
    Example(
        {"__init__.py": _SETUP.format(f"({_KEYS}, extra=vol.PREVENT_EXTRA)")},
        at=("__init__.py:10:17",),
    ),
    Example(
        {"__init__.py": _SETUP.format(f"(\n    {_KEYS},  # ours\n)")},
        at=("__init__.py:10:17",),
    ),
    Example(
        {"__init__.py": _SETUP.format(f"({_KEYS})")},
        at=("__init__.py:10:17",),
        after={"__init__.py": _SETUP.format(f"({_KEYS}, extra=vol.ALLOW_EXTRA)")},
    ),
    Example(
        {"__init__.py": _SETUP.format(f"(\n    # the section\n    {_KEYS},\n)")},
        at=("__init__.py:10:17",),
        after={
            "__init__.py": _SETUP.format(
                f"(\n    # the section\n    {_KEYS},\n    extra=vol.ALLOW_EXTRA,\n)"
            )
        },
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at the schema of an integration that imports from YAML."""
    found = _closed_schema(integration)
    if found is not None:
        yield RULE.at(
            found.module,
            found.outer,
            "this schema refuses the keys of every other integration; add extra=ALLOW_EXTRA",
            fixable=_fixable(found.outer),
        )


def _closed_schema(integration: Integration) -> Schema | None:
    if not any(each.source is Source.YAML for each in credential_imports(integration)):
        return None
    found = schema(oauth_code(integration))
    return found if found is not None and not found.allows_extra else None


def _fixable(outer: cst.Call) -> bool:
    """Whether there is no `extra` yet, nor a comment that a comma would part from its line."""
    extra = any(each.keyword and each.keyword.value == "extra" for each in outer.args)
    after = outer.args[-1]
    return (
        not extra
        and len(outer.args) < 3
        and not has_comment(after.whitespace_after_arg, after.comma)
    )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Allow other keys."""
    found = _closed_schema(integration)
    if found is None:
        return stale_finding(finding)
    extra = cst.Arg(
        cst.Attribute(found.library.deep_clone(), cst.Name("ALLOW_EXTRA")),
        keyword=cst.Name("extra"),
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
    )
    *first, last = found.outer.args
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    before = found.outer.whitespace_before_args
    if isinstance(before, cst.ParenthesizedWhitespace):
        # Each argument has lines of its own, so this one too, and a comma behind it.
        comma = cst.Comma(whitespace_after=without_comments(before))
        closing = cst.Comma(whitespace_after=last.whitespace_after_arg)
        extra = extra.with_changes(
            comma=last.comma if isinstance(last.comma, cst.Comma) else closing
        )
        last = last.with_changes(whitespace_after_arg=cst.SimpleWhitespace(""))
    elif isinstance(last.comma, cst.Comma):
        extra = extra.with_changes(comma=last.comma)
    call = found.outer.with_changes(args=[*first, last.with_changes(comma=comma), extra])
    tree = found.module.document.module
    return integration.with_file(found.module.path, rewritten(tree, {found.outer: call}).bytes)
