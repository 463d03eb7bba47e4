"""What is kept in `hass.data`: where, what of YAML or of a client it is, and what reads it."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from appcred.oauth.facts import facts
from appcred.rules.rule import Example

HEAD = """
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_entry_oauth2_flow as oauth
from homeassistant.util.hass_dict import HassKey
from .const import DATA_CONFIG, DOMAIN
DATA: HassKey[dict] = HassKey("example_data")
"""
CONST = 'DOMAIN = "example"\nDATA_CONFIG = "config"\n'


def stashed(text: str, **more: str) -> list[dict[str, Any]]:
    files = {f"{name}.py": textwrap.dedent(content) for name, content in more.items()}
    made = {"__init__.py": HEAD + textwrap.dedent(text), "const.py": CONST, **files}
    return facts(Example(made).integration())["stashed"]  # type: ignore[no-any-return]


def in_setup(body: str) -> list[dict[str, Any]]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return stashed(f"async def async_setup(hass, config):\n{lines}    return True\n")


# What stands in async_setup, and: the place, its keys, what it holds, the key in YAML.
KEPT = {
    "hass.data[DOMAIN] = config": ("hass.data[DOMAIN]", ["example"], "config", None),
    "hass.data[DOMAIN] = config[DOMAIN]": ("hass.data[DOMAIN]", ["example"], "section", None),
    "hass.data[DOMAIN] = dict(config.get(DOMAIN) or {})": (
        "hass.data[DOMAIN]",
        ["example"],
        "section",
        None,
    ),
    "hass.data[DOMAIN][CONF_CLIENT_ID] = config[DOMAIN][CONF_CLIENT_ID]": (
        "hass.data[DOMAIN][CONF_CLIENT_ID]",
        ["example", "client_id"],
        "client_id",
        "client_id",
    ),
    "conf = config[DOMAIN]\nhass.data[DOMAIN] = {'s': conf[CONF_CLIENT_SECRET].strip()}": (
        "hass.data[DOMAIN]['s']",
        ["example", "s"],
        "client_secret",
        "client_secret",
    ),
    "hass.data[DATA] = config[DOMAIN].copy()": (
        "hass.data[DATA]",
        ["example_data"],
        "section",
        None,
    ),
    "if conf := config.get(DOMAIN):\n    hass.data.setdefault(DOMAIN, {})[DATA_CONFIG] = conf": (
        "hass.data[DOMAIN][DATA_CONFIG]",
        ["example", "config"],
        "section",
        None,
    ),
    "hass.data.setdefault(DOMAIN, config[DOMAIN])": (
        "hass.data[DOMAIN]",
        ["example"],
        "section",
        None,
    ),
    "hass.data[DOMAIN].update({'every': config[DOMAIN].get('interval', 5)})": (
        "hass.data[DOMAIN]['every']",
        ["example", "every"],
        "key",
        "interval",
    ),
    "data = hass.data[DOMAIN]\ndata['v']: int = config[DOMAIN]['v'] if config else 5": (
        "hass.data[DOMAIN]['v']",
        ["example", "v"],
        "key",
        "v",
    ),
    "hass.data[DOMAIN] = {**config[DOMAIN]}": ("hass.data[DOMAIN]", ["example"], "section", None),
    # A default beside it does not change what it is.
    "if not (conf := config.get(DOMAIN)):\n    conf = made()\nhass.data[DOMAIN] = conf": (
        "hass.data[DOMAIN]",
        ["example"],
        "section",
        None,
    ),
    # As a key the client tells as much.
    "hass.data[DOMAIN][config[DOMAIN][CONF_CLIENT_ID]] = {}": (
        "hass.data[DOMAIN][config[DOMAIN][CONF_CLIENT_ID]]",
        ["example", None],
        "client_id",
        "client_id",
    ),
    "hass.data[DOMAIN]['x'] = config[DOMAIN][key()]": (
        "hass.data[DOMAIN]['x']",
        ["example", "x"],
        "key",
        None,
    ),
}


@pytest.mark.parametrize("body", KEPT)
def test_each_value_stored_in_hass_data(body: str) -> None:
    (one,) = in_setup(body)
    assert (one["place"], one["keys"], one["holds"], one["key"]) == KEPT[body]
    assert (one["from"], one["function"]) == ("yaml", "async_setup")
    assert one["path"] == "custom_components/example/__init__.py"
    line = (HEAD + "async def async_setup(hass, config):\n" + body).splitlines()[one["line"] - 1]
    assert "config" in line or "conf" in line


@pytest.mark.parametrize(
    "body",
    [
        "hass.data[DOMAIN] = {}",
        "hass.data[DOMAIN] = {'a': 1}",
        "hass.data[DOMAIN] = config['other']",  # another integration's section
        "hass.data[DOMAIN] = Client(config[DOMAIN][CONF_CLIENT_ID])",  # no part of it
        "hass.data[DOMAIN] = hass.config",
        "hass.data[DOMAIN] = a if config else b",
        "hass.data[DOMAIN]['n'] = config[DOMAIN].items()",
        "hass.data = config",
        "other[DOMAIN] = config[DOMAIN]",
        "other.setdefault(DOMAIN, config[DOMAIN])",
        "hass.data[DOMAIN].clear()",
        "hass.data.update(other)",
        "hass.data[config[DOMAIN]['interval']] = 1",  # a key that is no client
        "first = config\nfirst = config[DOMAIN]\nhass.data[DOMAIN] = first",
        "twice = hass.data[DOMAIN]\ntwice = hass.data['a']\ntwice['x'] = config",
        "loop = loop\nhass.data[DOMAIN] = loop\nloop['x'] = config",
        "hass.data[DOMAIN] = config.data",
    ],
)
def test_other_values_in_hass_data_are_no_facts(body: str) -> None:
    assert in_setup(body) == []


def test_readers_of_hass_data_in_every_module() -> None:
    (one,) = stashed(
        """
        async def async_setup(hass, config):
            hass.data[DOMAIN] = {}
            hass.data[DOMAIN][DATA_CONFIG] = config[DOMAIN]
            return True
        async def async_setup_entry(hass, entry):
            hass.data[DOMAIN]["other"] = 1
            data = hass.data[DOMAIN]
            conf = data[DATA_CONFIG]
            use(conf["interval"], conf)
            return True
        async def async_unload_entry(hass, entry):
            hass.data[DOMAIN].pop(DATA_CONFIG)
            return True
        """,
        sensor="""
        from .const import DATA_CONFIG as C, DOMAIN
        class Sensor:
            async def update(self):
                if value := self.hass.data[DOMAIN].get("config", {}):
                    return self.hass.data["example"][C][CONF_CLIENT_ID]
                return self.hass.data["other"][C]
        """,
        other="""
        def nothing(data):
            return data["config"]
        """,
    )
    assert one["holds"] == "section"
    start = HEAD.count("\n")
    assert [(r["path"].rpartition("/")[2], r["line"], r["function"]) for r in one["read"]] == [
        ("__init__.py", start + 9, "async_setup_entry"),
        ("sensor.py", 5, "update"),
        ("sensor.py", 6, "update"),
    ]


def test_the_same_key_in_other_words_is_the_same() -> None:
    """A key whose text is not known is itself where it is written alike."""
    (one,) = stashed("""
        async def async_setup(hass, config):
            hass.data[KEY] = config[DOMAIN]
            return True
        async def async_setup_entry(hass, entry):
            return hass.data[KEY], hass.data[OTHER]
        """)
    assert one["keys"] == [None]
    assert [reader["function"] for reader in one["read"]] == ["async_setup_entry"]


def test_through_a_helper_and_from_an_inner_function() -> None:
    found = stashed("""
        def keep(hass, conf):
            def later(hass):
                hass.data["inner"] = conf
            hass.data[DOMAIN] = conf
        def both(hass, conf):
            hass.data["both"] = conf
        def never(hass, conf):
            hass.data["never"] = conf
        def missing(hass, conf):
            hass.data["missing"] = conf
        class Keeper:
            def keep(self, conf):
                self.hass.data["method"] = conf
        async def async_setup(hass, config):
            keep(hass, config[DOMAIN])
            both(hass, config[DOMAIN])
            both(hass, config)
            missing(hass)
            return True
        """)
    assert [(one["keys"], one["holds"]) for one in found] == [
        (["example"], "section"),
        (["inner"], "section"),
    ]


def test_the_client_of_an_entry_and_nothing_else_of_it() -> None:
    found = stashed("""
        def register(hass, entry):
            oauth.async_register_implementation(hass, DOMAIN, oauth.LocalOAuth2Implementation(
                hass, DOMAIN, entry.data["app"], entry.data["key"], "https://a", "https://b"))
        async def async_setup_entry(hass, entry):
            register(hass, entry)
            hass.data[DOMAIN] = {
                "client": entry.data["app"],
                "secret": entry.data["key"],
                "host": entry.data["host"],
                "all": entry.data,
                "options": entry.options["app"],
                "entry": entry,
            }
            return True
        """)
    assert [(one["keys"][1], one["holds"], one["from"], one["key"]) for one in found] == [
        ("client", "client_id", "entry", "app"),
        ("secret", "client_secret", "entry", "key"),
    ]


def test_the_configuration_in_a_package_without_oauth2() -> None:
    init = "async def async_setup(hass, config):\n    hass.data['example'] = config\n"
    flow = "from homeassistant.helpers import config_entry_oauth2_flow\n"
    found = facts(Example({"__init__.py": init, "config_flow.py": flow}).integration())
    assert [one["holds"] for one in found["stashed"]] == ["config"]
    assert found["async_setup"]["besides"] == [
        {"line": 2, "source": "hass.data['example'] = config"}
    ]
