"""OAuth2 for integrations that have none: four of core's own, in core and put into a custom tree.

Their tests are the template's, run in a real Home Assistant, with one of ours that looks whether
what they did from YAML they still do.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from lab.runs import run_tests
from lab.sources import NEWEST, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab

URLS = [
    "--data",
    "authorize_url=https://login.example.com/authorize",
    "--data",
    "token_url=https://login.example.com/token",
]

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
    if (folder / "strings.json").exists():
        (folder / "translations").mkdir(exist_ok=True)
        (folder / "strings.json").rename(folder / "translations" / "en.json")
    return root


@pytest.mark.parametrize("domain", FROM_YAML)
def test_in_a_custom_tree(
    domain: str, tmp_path: Path, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    root = custom_tree(domain, tmp_path)
    own = {
        path: path.read_bytes()
        for path in root.rglob("*.py")
        if path.name not in ("__init__.py", "const.py")
    }
    command = ["retrofit", str(root), "--allow-no-vcs", "--target", "2026.10", *URLS]
    assert run(command) == 0, capsys.readouterr()
    assert {path: path.read_bytes() for path in own} == own
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert run(command) == 0
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    body = TEST.format(body=FROM_YAML[domain], domain=domain)
    (root / "tests" / "test_yaml.py").write_text(body)
    result = run_tests(lab.environment("2026.10.4"), root, "custom", domain, coverage=False)
    assert result.ok, result.output
    assert result.passed > 20


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


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--data", "console_url=https://example.com"], 2, "has no OAuth2 yet"),
        ([*URLS, "--target", "2024.1"], 2, "runs on 2025.4 and newer"),
        ([*URLS, "--data", "authorize_url=nowhere"], 2, "authorize_url"),
    ],
)
def test_what_it_refuses(
    arguments: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = custom_tree("freedns", tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert run(["retrofit", str(root), "--allow-no-vcs", *arguments]) == code
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert sentence in capsys.readouterr().err


def test_another_flow_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = custom_tree("freedns", tmp_path)
    flow = root / "custom_components" / "freedns" / "config_flow.py"
    flow.write_text('"""Asks for a password."""\n')
    assert run(["retrofit", str(root), "--allow-no-vcs", "--target", "2026.10", *URLS]) == 1
    assert flow.read_text() == '"""Asks for a password."""\n'
    assert not (flow.parent / "application_credentials.py").exists()
    assert "this flow signs in without OAuth2, and is kept" in capsys.readouterr().out
