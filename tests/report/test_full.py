"""What a person reads: the full format, groups, statistics, and what a pull request shows."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from appcred import cli
from appcred.finding import COLORS
from appcred.resources import data_root
from check.trees import MANIFEST, TEXTS, custom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCS = data_root() / "docs" / "check.md"

PLATFORM = '''\
"""Application credentials."""

from homeassistant.helpers.network import get_url

from .const import SECRET
from .oauth import ExampleImplementation


async def async_get_auth_implementation(hass, auth_domain, credential):
    """Return the implementation."""
    return ExampleImplementation(hass, auth_domain, credential)


async def async_get_description_placeholders(hass):
    """Return the placeholders of the credentials dialog."""
    return {"redirect_url": f"{get_url(hass)}/auth/external/callback"}
'''
OAUTH = '''\
"""The implementation."""

from homeassistant.components.application_credentials import AuthImplementation

from .const import DOMAIN


class ExampleImplementation(AuthImplementation):
    """Sign in to the service."""

    @property
    def domain(self) -> str:
        """Return the domain."""
        return DOMAIN
'''
FLOW = '''\
"""Config flow."""

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import DOMAIN


class ExampleFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Sign in."""

    DOMAIN = DOMAIN

    async def async_oauth_create_entry(self, data):
        """Create the entry."""
        self.async_set_unique_id(data["account"])
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title="Example", data=data)
'''
COORDINATOR = '''\
"""Coordinator."""

from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed


class ExampleCoordinator(DataUpdateCoordinator):
    """Fetch the status."""

    async def _async_update_data(self):
        """Fetch it."""
        try:
            response = await self.session.async_request("get", "https://api.example.com")
            if response.status == 401:
                raise ConfigEntryAuthFailed
            return await response.json()
        except Exception as err:
            raise UpdateFailed from err
'''
GERMAN = {"config": {"abort": {"unknown": "[%key:common::config_flow::error::unknown%]"}}}


@pytest.fixture
def five(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write an integration with five findings."""
    texts = json.loads(json.dumps(TEXTS))
    texts["application_credentials"]["description"] = "Enter {redirect_url} in the console."
    custom(
        tmp_path,
        application_credentials_py=PLATFORM,
        oauth_py=OAUTH,
        config_flow_py=FLOW,
        coordinator_py=COORDINATOR,
        const_py='"""Constants."""\n\nDOMAIN = "example"\nSECRET = None\n',
    )
    folder = tmp_path / "custom_components" / "example" / "translations"
    (folder / "en.json").write_text(json.dumps(texts, indent=2), "utf-8")
    (folder / "de.json").write_text(json.dumps(GERMAN, indent=2), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        cli.run(["check", *arguments])
        return capsys.readouterr().out

    return run


@pytest.mark.usefixtures("five")
def test_the_documentation_shows_what_comes_out(out: Callable[..., str]) -> None:
    shown = re.search(
        r"<!-- full -->\n```text\n(.*?)```\n", DOCS.read_text("utf-8"), flags=re.DOTALL
    )
    assert shown is not None
    said = out("custom_components", "--format", "full")
    assert shown[1] == said
    assert len(re.findall(r"^APC\d+ ", said, flags=re.MULTILINE)) == 5
    assert all(len(line) <= 80 for line in said.splitlines() if not line.startswith("page: "))


@pytest.mark.usefixtures("five")
def test_a_terminal_gets_it_in_colours() -> None:
    def shown(**variables: str) -> str:
        terminal, other = pty.openpty()
        command = [sys.executable, "-m", "appcred", "check", "custom_components"]
        environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80", **variables}
        with subprocess.Popen(command, stdout=other, env=environ) as process:
            os.close(other)
            pieces = []
            while piece := _read(terminal):
                pieces.append(piece)
            process.wait()
        os.close(terminal)
        return b"".join(pieces).decode().replace("\r\n", "\n")

    coloured = shown()
    assert "\x1b[1;31mAPC108 error\x1b[0m" in coloured
    plain = shown(NO_COLOR="1")
    assert "\x1b[" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert (
        plain
        == (DOCS.read_text("utf-8").partition("<!-- full -->\n```text\n")[2]).partition("```\n")[0]
    )


GROUNDS = {
    "xterm, dark": ("000000", {"31": "ff0000", "35": "ff00ff"}),
    "VS Code, dark": ("1e1e1e", {"31": "f14c4c", "35": "d670d6"}),
    "GNOME Terminal, dark": ("171421", {"31": "c01c28", "35": "a347ba"}),
    "xterm, light": ("ffffff", {"31": "ff0000", "35": "ff00ff"}),
    "VS Code, light": ("ffffff", {"31": "cd3131", "35": "bc05bc"}),
    "Terminal of macOS, light": ("ffffff", {"31": "e50000", "35": "e500e5"}),
}
"""What terminals show for bold red and bold magenta, as they are installed, and on what ground."""


@pytest.mark.parametrize("ground", GROUNDS)
def test_colours_can_be_read_on_dark_and_on_light(ground: str) -> None:
    """By the contrast of WCAG 2, which asks for 3 (rounded here) between bold text and ground."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    behind, shown = GROUNDS[ground]
    for code in COLORS.values():
        _, _, color = code.partition(";")
        if color:  # else it is the terminal's own
            dark, light = sorted(map(luminance, (behind, shown[color])))
            assert (light + 0.05) / (dark + 0.05) >= 2.9, code


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is closed
        return b""


@pytest.mark.usefixtures("five")
def test_a_pipe_gets_a_line_for_each(out: Callable[..., str]) -> None:
    lines = out("custom_components").splitlines()
    assert lines == out("custom_components", "--format", "concise").splitlines()
    assert lines[0].startswith("custom_components/example/application_credentials.py:16:32: APC118")
    assert len([line for line in lines if ": APC" in line]) == 5


SESSIONS = "".join(f"import aiohttp\nS{n} = aiohttp.ClientSession()\n" for n in range(20))


def test_the_same_thing_at_several_places_is_one(five: Path, out: Callable[..., str]) -> None:
    (five / "custom_components" / "example" / "api.py").write_text(SESSIONS)
    (line,) = out("custom_components", "--select", "own-client-session").splitlines()[:-1]
    assert line.endswith("; use async_get_clientsession(hass) (20 times)")
    full = out("custom_components", "--select", "apc505", "--format", "full")
    assert "also: lines 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26 and 7 more\n" in full
    every = out("custom_components", "--select", "APC505", "--no-group").splitlines()[:-1]
    assert len(every) == 20
    assert len({each.partition(": ")[2] for each in every}) == 1
    whole = json.loads(out("custom_components", "--select", "APC505", "--format", "json"))
    assert len(whole["integrations"][0]["findings"]) == 20


def test_statistics(
    five: Path, out: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    (five / "custom_components" / "example" / "api.py").write_text(SESSIONS)
    lines = out("custom_components", "--statistics").splitlines()
    assert lines[0] == "20  APC505  warning  [ ] own-client-session"
    assert " 1  APC311  error    [*] wrong-await" in lines
    assert lines[6].startswith("Found 5 errors, 20 warnings")
    assert out("custom_components", "--statistics", "--format", "full").splitlines() == lines
    assert cli.run(["check", "custom_components", "--statistics", "--format", "json"]) == 2
    assert "--statistics needs --format text" in capsys.readouterr().err


def test_no_secret_is_shown(five: Path, out: Callable[..., str]) -> None:
    (five / "custom_components" / "example" / "const.py").write_text(
        "from homeassistant.components.application_credentials import ClientCredential\n\n"
        'DOMAIN = "example"\nSECRET = ("s3cr3t-of" "-the-vendor")\n'
        "CREDENTIAL = ClientCredential('id', SECRET)\n"
    )
    full = out("custom_components", "--select", "secret-in-source", "--format", "full")
    assert 'SECRET = ("*********" "***********")' in full
    assert "s3cr3t" not in full
    assert "-the-vendor" not in full


def test_a_long_line_is_cut_around_the_place(five: Path, out: Callable[..., str]) -> None:
    (five / "custom_components" / "example" / "api.py").write_text(
        f"import aiohttp\n\nX = ({', '.join(['1'] * 60)}, aiohttp.ClientSession())\n"
    )
    full = out("custom_components", "--select", "APC505", "--format", "full").splitlines()
    at = next(i for i, line in enumerate(full) if line.startswith("3 | "))
    start = full[at + 1].index("^")
    assert full[at][start:].startswith("aiohttp.ClientSession")
    assert all(len(line) <= 80 for line in full if not line.startswith("page: "))


def test_a_file_that_went_away_is_named_without_its_line(
    five: Path, out: Callable[..., str]
) -> None:
    (five / "custom_components" / "example" / "api.py").write_bytes(b"import aiohttp\nx = (\xff\n")
    full = out("custom_components", "--select", "APC003", "--format", "full")
    assert "--> custom_components/example/api.py:2:1" in full


MATCHER = json.loads((data_root() / ".github" / "problem-matcher.json").read_text("utf-8"))


@pytest.mark.usefixtures("five")
def test_the_problem_matcher_reads_the_concise_format(out: Callable[..., str]) -> None:
    ((pattern,),) = [each["pattern"] for each in MATCHER["problemMatcher"]]
    found = [
        match
        for line in out("custom_components").splitlines()
        if (match := re.match(pattern["regexp"], line)) is not None
    ]
    assert [match[pattern["code"]] for match in found] == [
        *("APC118", "APC311", "APC511", "APC108", "APC607")
    ]
    first = found[0]
    assert first[pattern["file"]] == "custom_components/example/application_credentials.py"
    assert (first[pattern["line"]], first[pattern["column"]]) == ("16", "32")
    assert first[pattern["severity"]] == "error"
    assert first[pattern["message"]].startswith("get_url can raise")


def test_the_action_registers_it() -> None:
    action = (data_root() / "action.yml").read_text("utf-8")
    assert "::add-matcher::$APPCRED_SOURCE/.github/problem-matcher.json" in action


def test_sarif_has_the_fixes(five: Path, out: Callable[..., str]) -> None:
    results = json.loads(out("custom_components", "--format", "sarif"))["runs"][0]["results"]
    fixed = {result["ruleId"]: result["fixes"] for result in results if "fixes" in result}
    assert fixed.keys() == {"APC311", "APC511"}
    before = {path: path.read_text("utf-8") for path in five.rglob("*.py")}
    for fixes in fixed.values():
        for change in fixes[0]["artifactChanges"]:
            path = five / change["artifactLocation"]["uri"]
            path.write_text(applied(path.read_text("utf-8"), change["replacements"]), "utf-8")
    after = {path: path.read_text("utf-8") for path in five.rglob("*.py")}
    for path, text in before.items():
        path.write_text(text, "utf-8")
    cli.run(["check", "custom_components", "--fix"])
    assert after == {path: path.read_text("utf-8") for path in five.rglob("*.py")}
    assert after != before


def applied(text: str, replacements: list[dict[str, Any]]) -> str:
    """Do what an editor does with replacements of whole lines."""
    lines = text.splitlines(keepends=True)
    for each in reversed(replacements):
        region = each["deletedRegion"]
        assert region["startColumn"] == region["endColumn"] == 1
        lines[region["startLine"] - 1 : region["endLine"] - 1] = [each["insertedContent"]["text"]]
    return "".join(lines)


def test_a_broken_manifest_has_a_code_and_a_line(five: Path, out: Callable[..., str]) -> None:
    broken = json.dumps(MANIFEST, indent=2).replace('"name": "Example",', '"name" "Example",')
    (five / "custom_components" / "example" / "manifest.json").write_text(broken)
    (line,) = (each for each in out(".", "--format", "github").splitlines() if "::error" in each)
    assert line.startswith(
        "::error file=custom_components/example/manifest.json,line=3,title=APC003 unparsable-file::"
    )
    run = json.loads(out(".", "--format", "sarif"))["runs"][0]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    place = note["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "custom_components/example/manifest.json"
    assert place["region"] == {"startLine": 3}
    (json_error,) = json.loads(out(".", "--format", "json"))["integrations"]
    assert "is not valid JSON" in json_error["error"]


@pytest.mark.parametrize("wanted", ["APC118", "apc118", "hook-can-raise", "Hook-Can-Raise"])
def test_rules_by_code_and_by_name(five: Path, out: Callable[..., str], wanted: str) -> None:
    assert out("custom_components", "--select", wanted).count(": APC") == 1
    assert ": APC118" not in out("custom_components", "--ignore", wanted)
    (five / "pyproject.toml").write_text(f'[tool.appcred.domains.example]\nselect = ["{wanted}"]\n')
    assert out(".").count(": APC118") == 1
    (five / "pyproject.toml").write_text(
        f'[tool.appcred.domains.example]\nignore = {{ {wanted} = "known" }}\n'
    )
    assert ": APC118" not in out(".")


def test_explain_shows_an_example_in_colours() -> None:
    from appcred.catalog import explain

    plain = explain("APC103", width=80)
    assert "  > def async_get_authorization_server(hass):" in plain
    assert "Fixed, application_credentials.py:" in plain
    assert "docs/rules/APC103.md" in plain
    prose = plain.partition("Reported in")[0]
    assert all(len(line) <= 80 for line in prose.splitlines())
    coloured = explain("APC103", color=True, width=80)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert coloured != plain
