"""OAuth2 for integrations that have none: real ones of core's, in core and put into a custom tree.

Their tests are the template's, run in a real Home Assistant as they come, with one of ours that
looks whether what they did from YAML they still do.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from lab.runs import run_tests, view
from lab.sources import NEWEST, wheel
from lab.static import mypy_strict, ruff_core
from sampling import sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lab.environments import Environment
    from lab.gate import Lab
    from lab.runs import Layout, Result

pytestmark = [pytest.mark.lab, pytest.mark.slow]

URLS = [
    "--data",
    "authorize_url=https://login.example.com/authorize",
    "--data",
    "token_url=https://login.example.com/token",
]

USERINFO = [
    *("--data", "userinfo_url=https://api.example.com/me", "--data", "scopes=openid"),
    *("--data", "console_url=https://console.example.com"),
]
PUBLIC = ["--data", "flow=pkce_public", "--data", "client_id=home-assistant"]

SENSOR = ["--data", "platforms=sensor", "--data", "api_url=https://api.example.com/status"]

CUSTOM = {
    "foursquare": (1, SENSOR),  # its icons.json gets those of the sensor by hand
    "freedns": (0, USERINFO),
    "no_ip": (0, PUBLIC),  # its async_setup imports the client as well
    "rss_feed_template": (0, PUBLIC),  # its setup is called by the async_setup that does
    "lifx_cloud": (1, USERINFO),  # nothing but a platform
}
"""Integrations, the exit code, and what is answered beside the URLs."""
CORE = {
    "foursquare": (0, PUBLIC),
    "freedns": (0, USERINFO),
    "lifx_cloud": (1, []),
}

FROM_YAML = {
    "foursquare": """
    config = {"foursquare": {"access_token": "token", "push_secret": "secret"}}
    assert await async_setup_component(hass, "foursquare", config)
    assert hass.services.has_service("foursquare", "checkin")
""",
    "freedns": """
    aioclient_mock.get("https://freedns.afraid.org/dynamic/update.php?token", text="ERROR: Address")
    config = {"freedns": {"access_token": "token"}}
    await async_setup_component(hass, "freedns", config)
    assert len(aioclient_mock.mock_calls) == 1
""",
    "no_ip": """
    aioclient_mock.get("https://dynupdate.no-ip.com/nic/update", text="good 0.0.0.0")
    config = {"no_ip": {"domain": "x.example.com", "username": "u", "password": "p"}}
    assert await async_setup_component(hass, "no_ip", config)
    assert len(aioclient_mock.mock_calls) == 1
""",
    "rss_feed_template": """
    config = {"rss_feed_template": {"feed": {"title": "T", "items": [{"title": "I"}]}}}
    assert await async_setup_component(hass, "rss_feed_template", config)
    routes = {route.resource.canonical for route in hass.http.app.router.routes()}
    assert "/api/rss_template/feed" in routes
""",
    "lifx_cloud": """
    aioclient_mock.get("https://api.lifx.com/v1/scenes", json=[{"name": "Dusk", "uuid": "1"}])
    config = {"scene": {"platform": "lifx_cloud", "token": "token"}}
    assert await async_setup_component(hass, "scene", config)
    await hass.async_block_till_done()
    assert hass.states.get("scene.dusk")
""",
}

TEST = '''\
"""What the integration did before it does still."""

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component


@pytest.fixture
def expected_lingering_timers() -> bool:
    """What is set up from YAML runs until Home Assistant stops."""
    return True


async def test_from_yaml(hass: HomeAssistant, aioclient_mock) -> None:
    """From YAML."""{body}

async def test_without_yaml(hass: HomeAssistant) -> None:
    """Without YAML it is set up for the entry alone."""
    assert await async_setup_component(hass, "{domain}", {{}})
'''


def custom_tree(domain: str, root: Path) -> Path:
    """Put an integration of core into a repository of its own, as a person would."""
    folder = root / "custom_components" / domain
    source = wheel(NEWEST) / "homeassistant" / "components" / domain
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["version"] = "1.0.0"
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (root / "custom_components" / "__init__.py").touch()
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\nasyncio_mode = "auto"\n')
    (folder / "strings.json").unlink(missing_ok=True)  # translations/en.json has it resolved
    return root


def core_tree(domain: str, root: Path) -> Path:
    """Lay out a checkout of core that holds one integration, without its tests."""
    source = wheel(NEWEST) / "homeassistant"
    folder = root / "homeassistant" / "components" / domain
    left_out = shutil.ignore_patterns("__pycache__", "translations")
    shutil.copytree(source / "components" / domain, folder, ignore=left_out)
    shutil.copy(source / "const.py", root / "homeassistant")
    return root


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def retrofitted(root: Path, code: int, *options: str) -> None:
    """Retrofit a tree, twice: the second time there is nothing to do, and nothing is wrong."""
    before = contents(root)
    command = ["retrofit", str(root), "--allow-no-vcs", *URLS, *options]
    assert run(command) == code
    after = contents(root)
    assert before.keys() < after.keys()
    for path, content in before.items():
        lines = iter(after[path].splitlines())
        if path.suffix == ".py":  # nothing is taken out but lines of imports, which grow
            own = [line for line in content.splitlines() if b" import " not in line]
            assert all(line in lines for line in own), path
    assert run(command) == 0
    assert contents(root) == after
    assert run(["check", str(root)]) == 0


def lives(environment: Environment, root: Path, layout: Layout, domain: str) -> Result:
    """Run the tests that were written, and ours of what YAML did."""
    tests = root / "tests" if layout == "custom" else root / "tests" / "components" / domain
    body = TEST.format(body=FROM_YAML[domain], domain=domain)
    (tests / "test_yaml.py").write_text(body)
    return run_tests(environment, root, layout, domain, coverage=False)


@pytest.mark.parametrize("domain", sample(CUSTOM, 2))
def test_a_generated_custom_integration_lives(domain: str, tmp_path: Path, lab: Lab) -> None:
    environment = lab.environment("2026.10.4")
    root = custom_tree(domain, tmp_path)
    before = ruff_core(root, environment.series, "custom")
    code, options = CUSTOM[domain]
    retrofitted(root, code, "--target", "2026.10", *options)
    assert ruff_core(root, environment.series, "custom") == before
    result = lives(environment, root, "custom", domain)
    assert result.ok, result.output
    assert result.passed > 20


@pytest.mark.parametrize("domain", sample(CORE, 2))
def test_a_generated_core_integration_lives(domain: str, tmp_path: Path, lab: Lab) -> None:
    environment = lab.environment(NEWEST)
    root = core_tree(domain, tmp_path / "core")
    before, ruff = contents(root), ruff_core(root, environment.series, "core")
    code, options = CORE[domain]
    retrofitted(root, code, *options)
    assert ruff_core(root, environment.series, "core") == ruff
    view(environment, root, domain, tmp_path / "view")
    said = mypy_strict(environment, tmp_path / "view", f"homeassistant.components.{domain}")
    assert not [line for line in said.splitlines() if _is_new(line, root, before)]
    result = lives(environment, root, "core", domain)
    assert result.ok, result.output
    assert result.passed > 20


def _is_new(said: str, root: Path, before: Mapping[Path, bytes]) -> bool:
    """Say whether mypy speaks of a line that is not the integration's own."""
    name, line, _ = said.split(":", 2)
    whole = (root / name).read_bytes().splitlines()
    return whole[int(line) - 1] not in before.get(root / name, b"").splitlines()


ANOTHER = '''\
"""A flow of its own, and credentials beside it."""

import pytest

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.components.application_credentials import async_import_client_credential
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

{setup}
async def test_credentials(hass: HomeAssistant, hass_ws_client) -> None:
    """They are offered, with the text that says where to get them, and can be stored."""
    assert await async_setup_component(hass, "application_credentials", {{}})
    client = await hass_ws_client()
    await client.send_json_auto_id({{"type": "application_credentials/config"}})
    answer = (await client.receive_json())["result"]
    assert "duckdns" in answer["domains"]
    placeholders = answer["integrations"]["duckdns"]["description_placeholders"]
    assert placeholders["console_url"] == "https://console.example.com"
    new = {{"domain": "duckdns", "client_id": "id", "client_secret": "secret"}}
    await client.send_json_auto_id({{"type": "application_credentials/create", **new}})
    assert (await client.receive_json())["success"]


async def test_flow(hass: HomeAssistant, aioclient_mock) -> None:
    """It asks for what it asked for, and makes an entry."""
    aioclient_mock.get("https://www.duckdns.org/update", text="OK")
    assert await async_setup_component(hass, "application_credentials", {{}})
    await async_import_client_credential(hass, "duckdns", ClientCredential("id", "secret"))
    flows = hass.config_entries.flow
    result = await flows.async_init("duckdns", context={{"source": "user"}})
    assert (result["type"], result["step_id"]) == ("form", "user")
    result = await flows.async_configure(
        result["flow_id"], {{"domain": "home", "access_token": "token"}}
    )
    assert result["type"] == "create_entry"
    assert result["data"] == {{"domain": "home", "access_token": "token"}}
    await hass.async_block_till_done()
    assert result["result"].state.value == "loaded"
'''
LOADING = """
import custom_components.duckdns

@pytest.fixture(autouse=True)
def load(enable_custom_integrations):
    pass

"""


@pytest.mark.parametrize("layout", ["core", "custom"])
def test_another_flow_gets_the_platform_on_request(
    layout: Layout, tmp_path: Path, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = lab.environment(NEWEST)
    custom = layout == "custom"
    root = custom_tree("duckdns", tmp_path) if custom else core_tree("duckdns", tmp_path)
    folder = root / ("custom_components" if custom else "homeassistant/components") / "duckdns"
    tests = root / ("tests" if custom else "tests/components/duckdns")
    before, ruff = contents(root), ruff_core(root, environment.series, layout)
    plain = ["retrofit", str(folder), "--allow-no-vcs", *URLS]
    plain += ["--data", "console_url=https://console.example.com"]
    assert run(plain) == 1
    assert contents(root) == before
    assert "--select APC1 to write its platform" in capsys.readouterr().out
    command = [*plain, "--select", "APC1"]
    assert run(command) == 1
    out = capsys.readouterr().out
    flow = (folder / "config_flow.py").read_text().splitlines()
    line = flow.index("class DuckDnsConfigFlow(ConfigFlow, domain=DOMAIN):") + 1
    assert (
        f"duckdns/config_flow.py:{line}: this flow signs in without OAuth2 and was not changed"
        in out
    )
    init = (folder / "__init__.py").read_text().splitlines()
    line = next(i for i, text in enumerate(init, 1) if "def async_setup_entry(" in text)
    assert f"duckdns/__init__.py:{line}: this sets up entries without a token" in out
    assert "4 files of 1 integration changed, and manual steps remain.\n" in out
    after = contents(root)
    texts = "translations/en.json" if custom else "strings.json"
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {
        folder / name for name in ("application_credentials.py", "const.py", "manifest.json", texts)
    }
    assert (folder / "const.py").read_bytes().startswith(before[folder / "const.py"])
    assert run(command) == 0
    assert contents(root) == after
    assert run(["check", str(folder)]) == 0
    assert ruff_core(root, environment.series, layout) == ruff
    tests.mkdir(parents=True)
    (tests / "test_flow.py").write_text(ANOTHER.format(setup=LOADING if custom else ""))
    result = run_tests(environment, root, layout, "duckdns", coverage=False)
    assert (result.ok, result.passed) == (True, 2), result.output


def test_yaml_platforms_are_named_as_manual_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = custom_tree("versasense", tmp_path)
    command = ["retrofit", str(root), "--allow-no-vcs", "--target", "2026.10", *URLS]
    assert run(command) == 1
    out = capsys.readouterr().out
    folder = root / "custom_components" / "versasense"
    assert (folder / "application_credentials.py").exists()
    for name in ("sensor", "switch"):
        source = (folder / f"{name}.py").read_text().splitlines()
        line = next(i for i, text in enumerate(source, 1) if "_setup_platform(" in text)
        assert f"versasense/{name}.py:{line}: {name}.py is set up from YAML alone" in out
        assert f"Platform.{name.upper()}" in out
    assert "of 1 integration changed, and manual steps remain.\n" in out


@pytest.mark.parametrize(
    ("layout", "options", "asks"), [("core", [], True), ("custom", PUBLIC, False)]
)
def test_the_messages_of_a_generation(
    layout: Layout,
    options: list[str],
    asks: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    custom = layout == "custom"
    root = custom_tree("freedns", tmp_path) if custom else core_tree("freedns", tmp_path)
    assert run(["retrofit", str(root), "--allow-no-vcs", *URLS, *options]) == 0
    out, said = capsys.readouterr()
    assert "For the changelog: FreeDNS can now be added under Settings" in out
    assert ("https://my.home-assistant.io/redirect/oauth" in out) is asks
    assert ("Update core's generated lists: python3 -m script.hassfest" in out) is (not custom)
    assert "asyncio_mode" not in said  # custom_tree has it


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--data", "console_url=https://example.com"], 2, "has no OAuth2 yet"),
        ([*URLS, "--target", "2024.1"], 2, "needs Home Assistant 2025.4 or newer"),
        ([*URLS, "--data", "authorize_url=nowhere"], 2, "authorize_url"),
    ],
)
def test_refused_generations(
    arguments: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = custom_tree("freedns", tmp_path)
    before = contents(root)
    assert run(["retrofit", str(root), "--allow-no-vcs", *arguments]) == code
    assert contents(root) == before
    assert sentence in capsys.readouterr().err
