"""The section of YAML that a rehearsal writes: from the integration's schema, or none and why."""

from __future__ import annotations

from typing import Any

import pytest

from appcred.rehearsal.placeholders import YamlSection, lists_clients, names_client, replaced
from appcred.rehearsal.yaml_section import yaml_section
from appcred.rules.rule import Example

HEAD = """\
import requests
import voluptuous as vol
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)

DOMAIN = "example"
CONFIG_SCHEMA = vol.Schema({DOMAIN: %s}, extra=vol.ALLOW_EXTRA)


async def async_setup(hass, config):
    if DOMAIN not in config:
        return True
    conf = config[DOMAIN]
    requests.get("https://example.com/as/it/starts")
%s
    return True
"""
ONE = """\
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential(conf["key"], conf["consumer_secret"])
    )"""
EACH = """\
    for one in conf["clients"]:
        await async_import_client_credential(
            hass, DOMAIN, ClientCredential(one["key"], one["secret"]), one["name"]
        )"""
ELSEWHERE = """\
    credential = make(conf)
    await async_import_client_credential(hass, DOMAIN, credential)"""
OF_ITS_OWN = """\
    await async_import_client_credential(hass, DOMAIN, ClientCredential("app-0815", ""))"""
KEYS = '{vol.Required("key"): str, vol.Required("consumer_secret"): str, vol.Required("host"): str}'
LIST = '{vol.Required("clients"): [{vol.Required("name"): str, "key": str, "secret": str}]}'
PORT = '{vol.Required("key"): str, "consumer_secret": str, vol.Required("port"): int}'


def found(schema: str, body: str) -> YamlSection:
    return yaml_section(Example({"__init__.py": HEAD % (schema, body)}).integration())


@pytest.mark.parametrize(
    ("schema", "body", "pattern"),
    [
        (
            KEYS,
            ONE,
            {"key": "{client_id}", "consumer_secret": "{client_secret}", "host": "any"},
        ),
        (
            LIST,
            EACH,
            {"clients": [{"name": "any", "key": "{client_id}", "secret": "{client_secret}"}]},
        ),
    ],
)
def test_a_section_that_the_schema_takes(schema: str, body: str, pattern: Any) -> None:
    assert found(schema, body) == YamlSection(pattern, "")


@pytest.mark.parametrize(
    ("schema", "body", "said"),
    [
        (
            PORT,
            ONE,
            "the YAML section needs more than a client, or a client in a certain form",
        ),
        (
            "OTHER",
            ONE,
            "cannot tell which YAML section to use; write the section into the responses",
        ),
        (KEYS, ELSEWHERE, "cannot tell which YAML section it imports from; write the section into"),
    ],
)
def test_schemas_without_a_known_section(schema: str, body: str, said: str) -> None:
    section = found(schema, body)
    assert section.content is None
    assert section.unknown.startswith(said)


def test_a_client_of_its_own_is_not_from_yaml() -> None:
    assert found(KEYS, OF_ITS_OWN) == YamlSection()
    from_yaml = OF_ITS_OWN.replace('""', 'conf["consumer_secret"]')
    assert "cannot tell which" in found(KEYS, from_yaml).unknown


def test_yaml_that_is_about_something_else() -> None:
    text = (HEAD % (KEYS, "    pass")).replace("    async_import_client_credential,\n", "")
    assert yaml_section(Example({"__init__.py": text}).integration()) == YamlSection()


def test_patterns() -> None:
    section = {"a": [{"b": "{client_id}"}], "c": 3, "d": "{other}"}
    filled = {"a": [{"b": "x"}], "c": 3, "d": "{other}"}
    assert replaced(section, {"client_id": "x"}) == filled
    assert names_client(section)
    assert not names_client(filled)
    assert lists_clients(section)
    assert lists_clients([{"b": "{client_id}"}])
    assert not lists_clients({"a": ["x"], "b": "{client_id}"})
