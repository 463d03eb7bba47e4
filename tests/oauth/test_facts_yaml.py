"""The section in YAML: schemas and guards in other spellings, and those that are none."""

from __future__ import annotations

import libcst as cst
import pytest

from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Value
from appcred.oauth.yaml import is_notice, key_of, reads_section, setup
from appcred.oauth.yaml_schema import schema
from appcred.rules.rule import Example

HEAD = 'import voluptuous as vol\nfrom homeassistant.const import CONF_ID\nDOMAIN = "example"\n'


def code(text: str):  # type: ignore[no-untyped-def]
    """Return what there is of OAuth2 in a package."""
    return oauth_code(Example({"__init__.py": HEAD + text}).integration())


SCHEMAS = {
    "vol.Schema({DOMAIN: {'id': str}})": ["id"],
    # By what name the rest of its library is known cannot be told.
    "Schema({DOMAIN: {'id': str}})": None,
    "vol.Schema({**MORE, 'other': {}, DOMAIN: {CONF_ID: str}})": ["id"],
    "vol.Schema({DOMAIN: {vol.Exclusive(key(), 'a'): str}})": [None],
    "vol.Schema({DOMAIN: vol.All(ensure, vol.Schema({'id': str}))})": ["id"],
    "vol.Schema({DOMAIN: {'id': str, **MORE}})": None,
    "vol.Schema({DOMAIN: vol.All(ensure, check)})": None,
    "vol.Schema({DOMAIN: vol.Schema()})": None,
    "vol.Schema()": None,
    "vol.Schema(OTHER)": None,
    "{DOMAIN: {'id': str}}": None,
    "vol.Schema({'other': {'id': str}})": None,
}


@pytest.mark.parametrize("text", SCHEMAS)
def test_schemas(text: str) -> None:
    found = schema(code(f"CONFIG_SCHEMA = {text}\n"))
    assert (None if found is None else [key.name for key in found.keys]) == SCHEMAS[text]
    if found is not None:
        assert not found.allows_extra
        assert found.key("id") is (found.keys[0] if found.keys[0].name else None)
        assert found.key("none") is None


def test_the_library_of_a_schema() -> None:
    found = schema(code("CONFIG_SCHEMA = vol.Schema({DOMAIN: {}})\n"))
    assert found is not None
    assert cst.Module([]).code_for_node(found.library) == "vol"


@pytest.mark.parametrize("text", ["", "x = (\n"])
def test_no_schema_and_no_set_up(text: str) -> None:
    assert schema(code(text)) is None
    assert setup(code(text)) is None


SECTIONS = {
    "conf = config[DOMAIN]": {"conf"},
    "conf = config['other']": set(),
    "conf = config[DOMAIN:]": set(),
    "conf: dict = config.get(DOMAIN)": {"conf"},
    "conf: dict": set(),
    "conf = config.get(DOMAIN) or {}": {"conf"},
    "conf = config.get()": set(),
    "conf = other[DOMAIN]": set(),
    "conf = config[DOMAIN]\n    conf = {}": set(),
    "conf = config[DOMAIN]\n    again = conf": {"conf", "again"},
    "if conf := config.get(DOMAIN): ...": {"conf"},
    "conf = other = config[DOMAIN]": set(),
}


@pytest.mark.parametrize("body", SECTIONS)
def test_names_of_the_section(body: str) -> None:
    found = setup(code(f"async def async_setup(hass, config):\n    {body}\n    return True\n"))
    assert found is not None
    assert found.sections == SECTIONS[body]
    assert reads_section(found, found.body) == ("config" in body)
    assert found.last is not None


GUARDS = {
    "if not config.get(DOMAIN): return True": "guard",
    "if not config.get(DOMAIN):\n        return True": "guard",
    "if not (DOMAIN in config):\n        return True": "guard",
    "if config.get(DOMAIN) is None:\n        return True": "guard",
    "if config.get(DOMAIN) is other:\n        return True": None,
    "if not (DOMAIN == config):\n        return True": None,
    "if not (1 < DOMAIN in config):\n        return True": None,
    "if DOMAIN == config:\n        return True": None,
    "if DOMAIN not in other:\n        return True": None,
    "if 'other' not in config:\n        return True": None,
    "if config:\n        return True": None,
    "if DOMAIN not in config:\n        return other": None,
    "if DOMAIN not in config:\n        LOG.info('a')\n        return True": "guard",
    "if DOMAIN not in config:\n        a = 1\n        return True": "handled",
    "if DOMAIN not in config:\n        start()\n        return True": "handled",
}


@pytest.mark.parametrize("body", GUARDS)
def test_guards(body: str) -> None:
    found = setup(code(f"async def async_setup(hass, config):\n    {body}\n    other()\n"))
    assert found is not None
    assert (found.guard is not None, found.handled is not None) == (
        GUARDS[body] == "guard",
        GUARDS[body] == "handled",
    )
    assert found.last is None


NOTICES = {
    "LOG.warning('a')": True,
    "ir.async_create_issue(1)": True,
    "LOG.error('a')": False,
    "a = LOG.warning('a')": False,
    "LOG.warning('a'); other()": False,
    "'a'": False,
    "if a: ...": False,
}


@pytest.mark.parametrize("text", NOTICES)
def test_notices(text: str) -> None:
    assert is_notice(cst.parse_statement(text)) is NOTICES[text]


KEYS = {
    "config['id']": "id",
    "config[CONF_ID]": "id",
    "config.get('id', '')": "id",
    "config.pop(CONF_ID)": "id",
    "config.get()": None,
    "config['a', 'b']": None,
    "config[key()]": None,
    "config.look('id')": None,
    "once": "id",
    "twice": None,
    "hass": None,
}


@pytest.mark.parametrize("text", KEYS)
def test_keys(text: str) -> None:
    found = code(
        "async def async_setup(hass, config):\n"
        "    once = config['id']\n    twice = config['a']\n    twice = config['b']\n"
    )
    module = found.module("")
    function = module.index.function("async_setup")
    value = Value(module, function, cst.parse_expression(text))
    assert key_of(found, value) == KEYS[text]


def test_keys_of_methods_and_of_inner_functions_are_not_followed() -> None:
    found = code(
        "class A:\n    def method(self, given): ...\n"
        "def outer(hass):\n    def inner(given): ...\n    inner(config['id'])\n"
    )
    module = found.module("")
    for function in module.index.functions:
        value = Value(module, function, cst.Name("given"))
        assert key_of(found, value) is None
    assert key_of(found, Value(module, None, cst.Name("given"))) is None
