"""A section of YAML for a test: from which schemas one follows, and where set-up stays inside."""

from __future__ import annotations

from textwrap import indent

import pytest

from appcred.oauth.code import oauth_code
from appcred.oauth.yaml_sample import Part, section
from appcred.rules.rule import Example

HEAD = """\
import logging
import requests
import voluptuous as vol
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.issue_registry import async_create_issue

from .const import LOGGER
from .helper import register, fetch

DOMAIN = "example"
_LOGGER = logging.getLogger(__name__)
ITEM = vol.Schema({vol.Required("name"): str, vol.Required("id"): str, "secret": cv.string})

CONFIG_SCHEMA = vol.Schema({DOMAIN: SECTION}, extra=vol.ALLOW_EXTRA)


async def async_setup(hass, config):
    conf = config.get(DOMAIN)
"""
IMPORT = """\
if conf:
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential(conf["id"], conf["secret"])
    )
"""
HELPER = """\
def register(hass, client):
    hass.data["x"] = client

def fetch(hass, client):
    requests.get("https://example.com")

def again(hass):
    again(hass)
"""


def found(schema: str, body: str = IMPORT):  # type: ignore[no-untyped-def]
    text = HEAD.replace("SECTION", schema) + indent(body, "    ") + "    return True\n"
    files = {
        "__init__.py": text,
        "const.py": "LOGGER = 1\n",
        "helper.py": "import requests\n\n" + HELPER,
    }
    return section(oauth_code(Example(files).integration()))


TWO = {("id",): Part.CLIENT_ID, ("secret",): Part.CLIENT_SECRET}
PLAIN = 'vol.Schema({vol.Required("id"): cv.string, vol.Required("secret"): cv.string})'
SCHEMAS = {
    PLAIN: TWO,
    '{"id": str, vol.Optional("secret"): cv.string}': TWO,
    'vol.All(cv.deprecated("id"), vol.Schema({"id": str, "secret": str}))': TWO,
    '{vol.Inclusive("id", "a"): str, vol.Inclusive("secret", "a"): str}': TWO,
    '{"id": vol.All(cv.string, vol.Length(min=1)), "secret": str}': TWO,
    '{"id": str, "secret": str, vol.Optional("port", default=1): cv.port}': TWO,
    '{"id": str, "secret": str, vol.Required("host"): str}': {**TWO, ("host",): None},
    # Uncertain, each for a reason of its own:
    '{"id": str, "secret": str, vol.Required("port"): cv.port}': None,
    '{"id": str, "secret": str, vol.Inclusive("port", "a"): cv.port}': None,
    '{"id": str, "secret": str, vol.Exclusive("port", "a"): cv.port}': None,
    '{"id": vol.All(cv.string, vol.Length(min=32)), "secret": str}': None,
    '{"id": vol.All(cv.string, vol.Match("a+")), "secret": str}': None,
    '{"id": vol.Match("a+"), "secret": str}': None,
    '{"id": check("a+"), "secret": str}': None,
    '{"id": str, "secret": str, vol.Required("a b"): str}': None,
    '{"id": str, "secret": str, vol.Required(key()): str}': None,
    '{"id": str, "secret": str, **MORE}': None,
    '{vol.Required("host"): str}': None,
    "OTHER": None,
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_schemas(schema: str) -> None:
    result = found(schema)
    assert result is not None
    wanted = SCHEMAS[schema]
    assert {value.path: value.part for value in result.values} == (wanted or {})
    assert (result.reason is None) is (wanted is not None)


def test_a_list_of_clients() -> None:
    body = """\
for one in conf["clients"]:
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential(one["id"], one["secret"]), one["name"]
    )
"""
    for validator in ("[ITEM]", "vol.All(cv.ensure_list, [ITEM])", "vol.All(vol.Unique(), [ITEM])"):
        result = found(f'{{vol.Required("clients"): {validator}}}', body)
        assert result is not None
        assert {value.path: value.part for value in result.values} == {
            ("clients", "0", "name"): None,
            ("clients", "0", "id"): Part.CLIENT_ID,
            ("clients", "0", "secret"): Part.CLIENT_SECRET,
        }
    for validator in ("[ITEM, str]", "vol.All([ITEM], [ITEM])"):
        result = found(f'{{vol.Required("clients"): {validator}}}', body)
        assert result is not None
        assert result.reason is not None


def test_no_secret_in_yaml() -> None:
    result = found('{"id": str}', IMPORT.replace('conf["secret"]', '""'))
    assert result is not None
    assert {value.path: value.part for value in result.values} == {("id",): Part.CLIENT_ID}


def test_no_import() -> None:
    assert found(PLAIN, "pass\n") is None


@pytest.mark.parametrize("body", [IMPORT + IMPORT, "conf = library.read(conf)\n" + IMPORT])
def test_an_import_that_is_not_understood(body: str) -> None:
    result = found(PLAIN, body)
    assert result is not None
    assert result.reason == "cannot tell which YAML section to use"


QUIET = (
    'hass.data[DOMAIN] = dict(conf)\n_LOGGER.debug("a")\nLOGGER.info("a")\n',
    'hass.data.setdefault(DOMAIN, {}).update(conf.get("a", {}))\n',
    'hass.services.async_register(DOMAIN, "a", None, schema=vol.Schema({}))\n',
    'async_create_issue(hass, DOMAIN, "a")\n',
    "hass.data[DOMAIN] = CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n",
    "register(hass, conf)\n",
    "async def go(call):\n    await library.go()\n",
)
LOUD = (
    'requests.get("https://example.com")\n',
    "await hass.async_add_executor_job(conf)\n",
    "hass.async_create_task(conf)\n",
    "hass.config_entries.flow.async_init(DOMAIN)\n",
    "await conf.go()\n",
    "async with conf.session() as a:\n    pass\n",
    "async for a in conf:\n    pass\n",
    "fetch(hass, conf)\n",
    "made(hass)\n",
)


@pytest.mark.parametrize("body", QUIET)
def test_setups_without_outside_effects(body: str) -> None:
    result = found(PLAIN, body + IMPORT)
    assert result is not None
    assert result.reason is None


@pytest.mark.parametrize("body", LOUD)
def test_setups_with_outside_effects_get_no_sample(body: str) -> None:
    result = found(PLAIN, body + IMPORT)
    assert result is not None
    assert not result.values
    assert result.reason == "async_setup may also make requests or change files"


def test_a_helper_that_calls_itself() -> None:
    body = "again(hass)\n" + IMPORT
    text = HEAD.replace("SECTION", PLAIN).replace("register, fetch", "again") + indent(body, "    ")
    files = {"__init__.py": text + "    return True\n", "helper.py": HELPER}
    result = section(oauth_code(Example(files).integration()))
    assert result is not None
    assert result.reason is not None
