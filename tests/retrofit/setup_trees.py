"""Small integrations whose `async_setup` registers a client from YAML."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

import pytest

from appcred.release import Release, Span
from appcred.retrofit.best.yaml import migrate
from appcred.rules.edit import StopError
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))

HEAD = """\
import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    async_register_implementation,
)

from .const import AUTHORIZE, DOMAIN, TOKEN

"""

CONST = """\
DOMAIN = "example"
AUTHORIZE = "https://example.com/authorize"
TOKEN = "https://example.com/token"
"""

PAIR = "vol.Required(CONF_CLIENT_ID): str, vol.Required(CONF_CLIENT_SECRET): str"

ONLY = f"vol.Schema({{{PAIR}}})"

INTERVAL = f'vol.Schema({{{PAIR}, vol.Optional("interval", default=5): int}})'

HOST = f'vol.Schema({{{PAIR}, vol.Required("host"): str}})'

REGISTER = """\
    async_register_implementation(
        hass,
        DOMAIN,
        LocalOAuth2Implementation(
            hass,
            DOMAIN,
            {0}[CONF_CLIENT_ID],
            {0}[CONF_CLIENT_SECRET],
            AUTHORIZE,
            TOKEN,
        ),
    )
"""

PLAIN = REGISTER.format("config[DOMAIN]")

CONF = REGISTER.format("conf")

ABSENT = "    if DOMAIN not in config:\n        return True\n"


SECTION = "DOMAIN in config"
KEYS = (
    "DOMAIN in config and CONF_CLIENT_ID in config[DOMAIN] and "
    "(CONF_CLIENT_SECRET in config[DOMAIN])"
)
TRUE = (
    "DOMAIN in config and config[DOMAIN].get(CONF_CLIENT_ID) and "
    "config[DOMAIN].get(CONF_CLIENT_SECRET)"
)


def deeper(text: str) -> str:
    return "".join("    " + line for line in text.splitlines(keepends=True))


def tree(body: str, section: str | None = ONLY, *, head: str = HEAD, **more: str) -> Integration:
    schema = ""
    if section is not None:
        schema = f"CONFIG_SCHEMA = vol.Schema({{DOMAIN: {section}}}, extra=vol.ALLOW_EXTRA)\n\n\n"
    init = head + schema + "async def async_setup(hass, config):\n" + body + "    return True\n"
    files = {f"{name}.py": text for name, text in more.items()}
    return Example({"__init__.py": init, "const.py": CONST, **files}).integration()


def text(integration: Integration, name: str = "__init__.py") -> str:
    file = integration.file(name)
    assert file is not None
    return file.content.decode()


class Outcome(NamedTuple):
    """What `async_setup` is after the migration."""

    test: str
    """What the import at its head stands under."""
    told: list[str]
    """What is done under that test beside the import and the issue."""
    rest: str
    """All that follows, without the last `return True`."""


def outcome(before: Integration) -> Outcome:
    after = text(migrate(before, SPAN))
    functions = [n for n in ast.parse(after).body if isinstance(n, ast.AsyncFunctionDef)]
    (setup,) = (each for each in functions if each.name == "async_setup")
    block = setup.body[0]
    assert isinstance(block, ast.If)
    assert "async_import_client_credential" in ast.unparse(block.body[0])
    assert "async_create_issue" in ast.unparse(block.body[1])
    rest = "".join(after.splitlines(keepends=True)[block.end_lineno : setup.end_lineno])
    told = [ast.unparse(each) for each in block.body[2:]]
    return Outcome(ast.unparse(block.test), told, rest.removesuffix("    return True\n"))


def setup_of(before: Integration) -> str:
    """Return the body of `async_setup` after the migration."""
    after = text(migrate(before, SPAN))
    ast.parse(after)
    return after.partition("async def async_setup(hass, config):\n")[2]


def refused(before: Integration, reason: str) -> None:
    """Assert that a migration is refused for a reason, with something to do."""
    with pytest.raises(StopError, match=reason) as stopped:
        migrate(before, SPAN)
    assert stopped.value.manual.todo
    assert stopped.value.manual.path == before.path("__init__.py")
