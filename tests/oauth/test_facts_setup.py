"""What `async_setup` does besides, which entries there can be, and that no secret is shown."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import appcred
from appcred import loading
from appcred.oauth.code import oauth_code
from appcred.oauth.facts import facts
from appcred.rules.rule import Example

HEAD = """
import logging
import voluptuous as vol
from homeassistant.components.application_credentials import (
    ClientCredential, async_import_client_credential)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_entry_oauth2_flow as oauth
from .const import DOMAIN
_LOGGER = logging.getLogger(__name__)
def client(hass, data):
    oauth.async_register_implementation(hass, DOMAIN, oauth.LocalOAuth2Implementation(
        hass, DOMAIN, data[CONF_CLIENT_ID], data[CONF_CLIENT_SECRET], "https://a", "https://b"))
"""
CONST = 'DOMAIN = "example"\n'
REGISTER = (
    "oauth.async_register_implementation(hass, DOMAIN, oauth.LocalOAuth2Implementation("
    "hass, {0}, {1}, {2}, 'https://example.com/authorize', 'https://example.com/token'))"
)
YAML = REGISTER.format("DOMAIN", "config[DOMAIN]['i']", "config[DOMAIN]['s']")


def all_facts(text: str, **more: str) -> dict[str, Any]:
    files = {f"{name}.py": textwrap.dedent(content) for name, content in more.items()}
    made = {"__init__.py": HEAD + textwrap.dedent(text), "const.py": CONST, **files}
    return facts(Example(made).integration())


def besides(body: str) -> list[str]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    found = all_facts(f"async def async_setup(hass, config):\n    '''Set up.'''\n{lines}")
    shown = found["async_setup"]["besides"]
    source = (HEAD + f"async def async_setup(hass, config):\n    '''Set up.'''\n{lines}").split(
        "\n"
    )
    for one in shown:  # each on the line that it says
        assert one["source"][:6] in source[one["line"] - 1]
    return [one["source"] for one in shown]


# --- what async_setup does besides ---------------------------------------------------------------

GUARD = "if DOMAIN not in config:\n    return True\n"
BODIES = {
    # nothing else, in a row of spellings
    f"{GUARD}{YAML}\nreturn True": [],
    f"if DOMAIN in config:\n    {YAML}\n    _LOGGER.warning('YAML is deprecated')\nreturn True": [],
    f"if DOMAIN in config:\n    _LOGGER.info('a client')\n    {YAML}\nreturn True": [],
    f"a = config[DOMAIN]['i']\nif DOMAIN in config:\n    _LOGGER.info(a)\n    {YAML}": [],
    f"conf = config.get(DOMAIN)\nif not conf:\n    return True\n{YAML}": [],
    f"client_id = config[DOMAIN]['i']\n{REGISTER.format('DOMAIN', 'client_id', 'None')}": [],
    f"a = config[DOMAIN]\nb = a['i']\nc = impl(b)\n{REGISTER.format('c', 'b', 'None')}": [],
    "client(hass, config[DOMAIN])\nreturn True": [],
    "await async_import_client_credential(hass, DOMAIN, "
    "ClientCredential(config[DOMAIN]['i'], config[DOMAIN]['s']))": [],
    f"for each in config[DOMAIN]['clients']:\n    {REGISTER.format('DOMAIN', 'each', 'None')}": [],
    f"hass.data[DOMAIN] = config[DOMAIN][CONF_CLIENT_ID]\n{YAML}": [],
    # something else: before, after, beside it in its block, in the other branch
    f"hass.data[DOMAIN] = {{}}\n{GUARD}{YAML}\nreturn True": ["hass.data[DOMAIN] = {}"],
    f"{GUARD}{YAML}\nsetup_services(hass)  # always\nreturn True": ["setup_services(hass)"],
    f"if DOMAIN in config:\n    first()\n    {YAML}\nelse:\n    second()\nreturn True": [
        "first()",
        "second()",
    ],
    f"try:\n    {YAML}\nexcept KeyError:\n    caught()\nfinally:\n    done()": [
        "caught()",
        "done()",
    ],
    f"with lock:\n    {YAML}\n    third()": ["third()"],
    f"if a:\n    one()\nelif b:\n    {YAML}\nelse:\n    two()": ["one()", "two()"],
    "if DOMAIN not in config:\n    hass.data[DOMAIN] = 5\n    return True\n" + YAML: [
        "hass.data[DOMAIN] = 5"
    ],
    f"{YAML}\nfor each in hass.things:\n    start(each)\n    more(each)": [
        "for each in hass.things:"
    ],
    f"{YAML}\nasync def service(call):\n    ...\nhass.services.async_register(\n    DOMAIN,\n"
    "    'ring',\n    service,\n)": [
        "async def service(call):",
        "hass.services.async_register(DOMAIN, 'ring', service)",
    ],
    f"{YAML}\n_LOGGER.debug('set up')": ["_LOGGER.debug('set up')"],
    f"{YAML}\nreturn await other(hass)": ["return await other(hass)"],
    f"{YAML}\nused = config[DOMAIN]['i']\nshow(used)": [
        "used = config[DOMAIN]['i']",
        "show(used)",
    ],
    f"{YAML}\nunused = 1\nhass.data['x'], y = 1, 2": ["unused = 1", "hass.data['x'], y = 1, 2"],
    f"{YAML}\n" + "call(" + ", ".join(f"argument_{n}" for n in range(20)) + ")": [
        f"call({', '.join(f'argument_{n}' for n in range(8))}, …"
    ],
    "nothing_else(hass)": ["nothing_else(hass)"],
    f"hass.data[DOMAIN] = {{'i': config[DOMAIN][CONF_CLIENT_ID], 'every': 5}}\n{YAML}": [
        "hass.data[DOMAIN] = {'i': config[DOMAIN][CONF_CLIENT_ID], 'every': 5}"
    ],
}


@pytest.mark.parametrize("body", BODIES)
def test_statements_besides_credentials(body: str) -> None:
    assert besides(body) == BODIES[body]


# --- entries -------------------------------------------------------------------------------------


def test_implementations_of_entries_and_their_places() -> None:
    found = all_facts(
        """
        OLD = "example_old"
        async def async_setup(hass, config):
            oauth.async_register_implementation(hass, DOMAIN, oauth.LocalOAuth2Implementation(
                hass, "example_cloud", config[DOMAIN]["i"], config[DOMAIN]["s"], "a", "b"))
            await async_import_client_credential(hass, DOMAIN, ClientCredential("i", ""))
            await async_import_client_credential(hass, DOMAIN, ClientCredential("j", ""), OLD)
            return True
        async def async_migrate_entry(hass, entry):
            data = {**entry.data, "auth_implementation": DOMAIN}
            data["auth_implementation"] = f"{DOMAIN}_{slugify(data['client'])}"
            data["other"] = OLD
            return True
        """,
        config_flow="""
        from homeassistant.helpers import config_entry_oauth2_flow as oauth
        class Base(oauth.AbstractOAuth2FlowHandler):
            VERSION = 3
        class Flow(Base, domain="example"):
            MINOR_VERSION = 2
        """,
    )
    entries = found["entries"]
    helper, *others = entries["auth_implementations"]
    assert (helper["by"], helper["auth_domain"]) == ("registration", "example")
    assert [(each["by"], each["auth_domain"]) for each in others] == [
        ("registration", "example_cloud"),
        ("import", "example"),
        ("import", "example_old"),
        ("constant", "example"),
        ("expression", "f\"{DOMAIN}_{slugify(data['client'])}\""),
    ]
    (flow,) = entries["flows"]
    assert (flow["class"], flow["version"], flow["minor_version"]) == ("Flow", 3, 2)
    assert flow["path"] == "custom_components/example/config_flow.py"
    assert flow["line"] == 5
    imported, old = found["imports"]
    assert (imported["function"], imported["client"]) == ("async_setup", "constant")
    assert (imported["client_id_key"], old["auth_domain"]) == (None, "example_old")


FLOW = """
from homeassistant.helpers import config_entry_oauth2_flow as oauth
from .const import VERSION
class Flow(oauth.AbstractOAuth2FlowHandler, domain="example"):
    {}
"""


@pytest.mark.parametrize(
    ("line", "version"),
    [("pass", 1), ("VERSION = 2", 2), ("VERSION = VERSION", None), ("VERSION = made()", None)],
)
def test_the_version_of_entries(line: str, version: int | None) -> None:
    found = all_facts("", config_flow=FLOW.format(line))
    (flow,) = found["entries"]["flows"]
    assert (flow["version"], flow["minor_version"]) == (version, 1)


def test_keys_of_an_import_from_yaml() -> None:
    found = all_facts("""
        async def async_setup(hass, config):
            conf = config[DOMAIN]
            await async_import_client_credential(
                hass, DOMAIN, ClientCredential(conf["app"], conf[CONF_CLIENT_SECRET]))
            for each in conf["more"]:
                await async_import_client_credential(
                    hass, DOMAIN, ClientCredential(each["app"], each["key"]), each["name"])
            return True
        """)
    one, more = found["imports"]
    assert (one["client"], one["client_id_key"], one["client_secret_key"]) == (
        "yaml",
        "app",
        "client_secret",
    )
    assert (more["client"], more["auth_domain"]) == ("list", 'each["name"]')


# --- no secret -----------------------------------------------------------------------------------

SECRET = "hunter2-and-more"  # never to be shown
SECRETIVE = {
    f"{REGISTER.format('DOMAIN', repr('i'), repr(SECRET))}\n    use({SECRET!r})": "use('…')",
    f"Api(client_secret={SECRET!r})": 'Api(client_secret="…")',
    f"hass.data[DOMAIN] = {{'password': {SECRET!r}}}": "hass.data[DOMAIN] = {'password': \"…\"}",
    f"MY_TOKEN = {SECRET!r}": 'MY_TOKEN = "…"',
    f"api_key: str = f{SECRET!r}": 'api_key: str = "…"',
    f"start(hass)  # the secret is {SECRET}": "start(hass)",
    f"start(  # the secret is {SECRET}\n        hass\n    )": "start(hass)",
    f"with secret(token={SECRET!r}):\n        go()": 'with secret(token="…"):',
    "call('"
    + "x" * 85
    + f"', {SECRET!r})\n    "
    + REGISTER.format("DOMAIN", repr("i"), repr(SECRET)): "call('" + "x" * 85 + "', '…')",
}


@pytest.mark.parametrize("body", SECRETIVE)
def test_no_secret_is_shown(body: str) -> None:
    found = all_facts(f"async def async_setup(hass, config):\n    {body}\n")
    assert SECRETIVE[body] in [one["source"] for one in found["async_setup"]["besides"]]
    for part in (SECRET, SECRET[:5]):
        assert part not in json.dumps(found)


def test_no_secret_in_what_is_followed() -> None:
    found = all_facts(f"""
        SECRET = "{SECRET}"
        async def async_setup(hass, config):
            oauth.async_register_implementation(hass, DOMAIN, oauth.LocalOAuth2Implementation(
                hass, f"a-{{SECRET}}", "i", SECRET, f"https://a/{{SECRET}}", "https://b/" + SECRET))
            hass.data["{SECRET}"] = config
            await async_import_client_credential(
                hass, DOMAIN, ClientCredential("i", SECRET), SECRET)
            return True
        async def async_migrate_entry(hass, entry):
            entry.data["auth_implementation"] = SECRET
        """)
    assert SECRET not in json.dumps(found)
    _, one = found["registrations"]
    assert (one["auth_domain"], one["authorize_url"]) == ("a-…", "https://a/…")


# --- as data -------------------------------------------------------------------------------------

CORPUS = Path(__file__).parents[1] / "corpus" / "custom"
SCHEMA = json.loads((Path(appcred.__file__).parent / "schema/report.json").read_text("utf-8"))
SHOWN_IN_SOURCE = ("e7Vq0-not-really-secret",)


@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.iterdir() if path.is_dir()))
def test_the_facts_of_whole_integrations_are_what_the_schema_says(name: str) -> None:
    (place,) = loading.find(CORPUS / name, lambda _: None)
    integration = loading.load(place)
    assert integration is not None
    if not oauth_code(integration).applicable:
        return
    found = facts(integration)
    text = json.dumps(found)
    schema = {"$ref": "#/$defs/facts", "$defs": SCHEMA["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    assert not any(secret in text for secret in SHOWN_IN_SOURCE)
    assert found["entries"]["flows"]
    assert found["entries"]["auth_implementations"]


def test_values_stored_in_the_corpus() -> None:
    """RETROFIT's lyric, smappee, nest: a client id, and keys that are none."""
    found = {}
    for name in ("stashed", "yaml_services", "deprecated_half"):
        (place,) = loading.find(CORPUS / name, lambda _: None)
        integration = loading.load(place)
        assert integration is not None
        found[name] = [(one["holds"], len(one["read"])) for one in facts(integration)["stashed"]]
    assert found == {
        "stashed": [("client_id", 1)],
        "yaml_services": [("key", 1), ("key", 0)],
        "deprecated_half": [("key", 1)],
    }
