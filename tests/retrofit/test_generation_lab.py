"""OAuth2 for trees of an author's own that have more in them already, in a real Home Assistant."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from lab.runs import run_tests

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab

pytestmark = pytest.mark.slow

URLS = [
    *("--data", "authorize_url=https://login.example.com/authorize"),
    *("--data", "token_url=https://login.example.com/token"),
]

MANIFEST = {
    "domain": "sonnenuhr",
    "name": "Sonnenuhr",
    "codeowners": ["@me"],
    "documentation": "https://example.com/sonnenuhr",
    "iot_class": "cloud_polling",
    "version": "2.1.0",
}
SETTINGS = '[tool.pytest.ini_options]\nasyncio_mode = "auto"\n'

YAML_TREE = {
    "__init__.py": '''\
"""Sonnenuhr tells how late it is where you are not."""
from __future__ import annotations

import logging

import voluptuous as vol

from .api import Shadow
from .const import CONF_PLACES

_LOGGER = logging.getLogger(__name__)

DOMAIN = "sonnenuhr"

CONFIG_SCHEMA = vol.Schema(
    {vol.Required(DOMAIN): vol.Schema({vol.Required(CONF_PLACES): [str]})},
    extra=vol.ALLOW_EXTRA,
)


def setup(hass, config):
    """Set up from YAML."""
    # One shadow for each place
    hass.data[DOMAIN] = [Shadow(place) for place in config[DOMAIN][CONF_PLACES]]
    hass.services.register(DOMAIN, "turn", lambda call: None)
    return True

# The end
''',
    "api.py": '''\
"""The shadow."""


class Shadow:
    """Of one place."""

    def __init__(self, place):
        self.place = place
''',
    "const.py": '"""Constants."""\nCONF_PLACES = "places"\nNAME = "A sundial"\n',
    "sensor.py": '''\
"""A sensor."""
from homeassistant.helpers.entity import Entity


def setup_platform(hass, config, add_entities, discovery_info=None):
    """Set up from YAML."""
    add_entities([Hour()])


class Hour(Entity):
    """It is always noon somewhere."""

    _attr_name = "Sundial"
    state = "noon"
''',
    "translations/en.json": """\
{
    "services": {
        "turn": {"name": "Turn", "description": "Turns it."}
    }
}
""",
}
YAML_TESTS = {
    "conftest.py": '''\
"""What all tests need."""
import pytest

import custom_components.sonnenuhr


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations):
    """Let custom integrations be found."""


@pytest.fixture
def expected_lingering_timers():
    """What is set up from YAML runs until Home Assistant stops."""
    return True
''',
    "test_yaml.py": '''\
"""What it does from YAML."""
from homeassistant.setup import async_setup_component


async def test_setup(hass):
    """Set up."""
    config = {"sonnenuhr": {"places": ["Lima", "Rome"]}}
    assert await async_setup_component(hass, "sonnenuhr", config)
    assert [shadow.place for shadow in hass.data["sonnenuhr"]] == ["Lima", "Rome"]
    assert hass.services.has_service("sonnenuhr", "turn")


async def test_platform(hass):
    """Set up a platform, with nothing else of it in YAML."""
    config = {"sensor": {"platform": "sonnenuhr"}, "sonnenuhr": {"places": []}}
    assert await async_setup_component(hass, "sensor", config)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.sundial").state == "noon"
''',
}


def write(root: Path, files: dict[str, str], tests: dict[str, str]) -> Path:
    """Lay out a repository, and return the integration's folder."""
    folder = root / "custom_components" / "sonnenuhr"
    whole = {folder / name: text for name, text in files.items()}
    whole |= {root / "tests" / name: text for name, text in tests.items()}
    whole[folder / "manifest.json"] = json.dumps(MANIFEST, indent=4)
    whole[root / "pyproject.toml"] = SETTINGS
    whole[root / "custom_components" / "__init__.py"] = ""
    for path, text in whole.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_tree_with_an_api_a_platform_and_tests_of_its_own(tmp_path: Path, lab: Lab) -> None:
    environment = lab.environment("2026.10.4")
    folder = write(tmp_path, YAML_TREE, YAML_TESTS)
    before = run_tests(environment, tmp_path, "custom", "sonnenuhr", coverage=False)
    assert (before.ok, before.passed) == (True, 2), before.output
    public = ["--data", "flow=pkce_public", "--data", "client_id=sonnenuhr"]
    assert run(["retrofit", str(tmp_path), "--allow-no-vcs", *URLS, *public]) == 1
    for name, text in YAML_TESTS.items():
        assert (tmp_path / "tests" / name).read_text() == text
    assert (folder / "api.py").read_text() == YAML_TREE["api.py"]
    assert (folder / "sensor.py").read_text() == YAML_TREE["sensor.py"]
    assert (folder / "oauth_api.py").exists()
    assert run(["check", str(tmp_path)]) == 0
    after = run_tests(environment, tmp_path, "custom", "sonnenuhr", coverage=False)
    assert after.ok, after.output
    assert after.passed > 20


ENTRY_TREE = {
    "__init__.py": '''\
"""Sonnenuhr."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from .const import DOMAIN


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up an entry."""
    hass.data[DOMAIN] = "set up"
    return True
''',
    "const.py": '"""Constants."""\n\nDOMAIN = "sonnenuhr"\n',
}
WIRED = '''\
"""An entry, wired as it was said."""

import pytest

from . import profile, token


@pytest.mark.usefixtures("setup_credentials")
async def test_entry(hass, aioclient_mock, config_entry):
    """It has what makes requests with the token, and is set up as before."""
    aioclient_mock.get("https://api.example.com/me", json=profile())
    config_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(config_entry.entry_id)
    assert config_entry.state.value == "loaded"
    assert hass.data["sonnenuhr"] == "set up"
    account = await config_entry.runtime_data.async_get_account()
    assert account.id == "account-1"
    _, _, _, headers = aioclient_mock.mock_calls[0]
    assert headers["Authorization"] == f"Bearer {token()['access_token']}"
'''


def test_a_set_up_of_entries_is_wired_as_described(
    tmp_path: Path, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = lab.environment("2026.10.4")
    folder = write(tmp_path, ENTRY_TREE, {})
    command = ["retrofit", str(tmp_path), "--allow-no-vcs", "--format", "json", *URLS]
    assert run([*command, "--data", "userinfo_url=https://api.example.com/me"]) == 1
    ((work,),) = (one["manual"] for one in json.loads(capsys.readouterr().out)["integrations"])
    assert tmp_path / work["path"] == folder / "__init__.py"
    said = run_tests(environment, tmp_path, "custom", "sonnenuhr", coverage=False)
    assert said.ok, said.output
    lines = (folder / "__init__.py").read_text().splitlines()
    assert lines[work["line"] - 1].startswith("async def async_setup_entry(")
    code = [re.sub("^ {8}", "", line) for line in work["todo"].splitlines()[1:]]
    imports = [line for line in code if line.startswith("from ")]
    body = [f"    {line}" for line in code if line not in imports]
    place = work["line"] + 1  # below its docstring
    lines[place:place] = body
    lines[1:1] = imports
    (folder / "__init__.py").write_text("\n".join(lines) + "\n")
    (tmp_path / "tests" / "test_wired.py").write_text(WIRED)
    done = run_tests(environment, tmp_path, "custom", "sonnenuhr", coverage=False)
    assert (done.ok, done.passed) == (True, said.passed + 1), done.output
    assert run(["check", str(tmp_path)]) == 0


def test_the_tests_of_two_integrations_pass(tmp_path: Path, lab: Lab) -> None:
    environment = lab.environment("2026.10.4")
    folder = write(tmp_path, {**ENTRY_TREE, "__init__.py": '"""Sonnenuhr."""\n'}, {})
    other = tmp_path / "custom_components" / "gartenuhr"
    other.mkdir()
    (other / "__init__.py").write_text('"""Gartenuhr."""\n')
    (other / "manifest.json").write_text(json.dumps({**MANIFEST, "domain": "gartenuhr"}))
    for path in (folder, other):
        assert run(["retrofit", str(path), "--allow-no-vcs", *URLS]) == 0
    assert {path.name for path in (tmp_path / "tests").iterdir()} == {
        *("__init__.py", "gartenuhr", "sonnenuhr"),
    }
    result = run_tests(environment, tmp_path, "custom", "sonnenuhr", coverage=False)
    assert result.ok, result.output
    assert result.passed > 40
