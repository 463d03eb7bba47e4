"""Generation into integrations of core's own that have no config flow, of every kind there is.

A sample: each stands for something that a run over all of the 560 has met.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import libcst as cst
import pytest

from appcred.cli import run
from lab.sources import NEWEST, wheel
from lab.static import ruff_core
from retrofit.line_comments import comments_in, with_comments
from sampling import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.runs import Layout

pytestmark = [pytest.mark.lab, pytest.mark.slow]

URLS = ["authorize_url=https://login.example.com/authorize", "token_url=https://t.example.com"]
OPTIONS = [each for url in URLS for each in ("--data", url)]
PUBLIC = ["--data", "flow=pkce_public", "--data", "client_id=public"]

GUARD = r"    if DOMAIN not in (config|base_config):\n        return True\n"
INSISTS = ("probatio.Required(DOMAIN)", "probatio.Optional(DOMAIN)")
PLATFORM = r"(async )?def (async_)?(setup_platform|get_service)\("
DOMAINS: dict[str, tuple[Layout, list[str], int]] = {
    # a set-up in a thread, and services with texts; many platforms
    "ads": ("core", [], 1),
    # it leaves early by itself, but not at once
    "compensation": ("core", [], 0),
    # it sets up the same with YAML and without
    "blackbird": ("custom", PUBLIC, 0),
    # its schema insists on the section
    "schluter": ("custom", PUBLIC, 1),
    # it hands the configuration on, to a function that reads it
    "tellstick": ("core", [], 1),
    # it hands the configuration on, to one that gets along without
    "rest": ("custom", [], 0),
    # its configuration has another name
    "hdmi_cec": ("core", PUBLIC, 1),
    # services with texts, and a platform for notifications
    "matrix": ("custom", PUBLIC, 1),
    # nothing but a docstring and a platform
    "lifx_cloud": ("core", PUBLIC, 0),
}
"""Where each is put, what is answered beside the URLs, and how often it then leaves early anew."""


def laid_out(root: Path, domain: str, layout: Layout) -> Path:
    """Copy an integration of core's into a tree, and return its folder."""
    source = wheel(NEWEST) / "homeassistant"
    if layout == "core":
        folder = root / "homeassistant" / "components" / domain
        left_out = shutil.ignore_patterns("__pycache__", "translations")
    else:
        folder = root / "custom_components" / domain
        left_out = shutil.ignore_patterns("__pycache__", "strings.json", "[!e][!n].json")
    shutil.copytree(source / "components" / domain, folder, ignore=left_out)
    if layout == "core":
        shutil.copy(source / "const.py", root / "homeassistant")
    return folder


def has_all(before: Any, after: Any) -> bool:
    """Say whether JSON has everything that it had."""
    if isinstance(before, dict):
        return all(key in after and has_all(value, after[key]) for key, value in before.items())
    if isinstance(before, list):
        return [item for item in after if item in before] == before
    return bool(before == after)


def said(root: Path, layout: Layout) -> list[str]:
    """Return what ruff says with core's settings, without the lines, for these move."""
    return [
        re.sub(r":\d+:\d+:", ":", line) for line in ruff_core(root, (3, 14), layout).splitlines()
    ]


def taken_out(before: str, after: str) -> Iterator[str]:
    """Yield the lines that are gone from a module, those of imports aside, which grow."""
    lines = iter(after.splitlines())
    for line in before.splitlines():
        if " import " not in line and line not in lines:
            yield line


@pytest.mark.parametrize("domain", sample(DOMAINS, 3))
def test_existing_files_stay(
    domain: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, options, guards = DOMAINS[domain]
    folder = laid_out(tmp_path, domain, layout)
    own = {path: path.read_text() for path in folder.rglob("*") if path.is_file()}
    ruff = said(tmp_path, layout)
    command = ["retrofit", str(folder), "--allow-no-vcs", "--format", "json", *OPTIONS, *options]
    code = run(command)
    (report,) = json.loads(capsys.readouterr().out)["integrations"]
    platforms = {path for path in own if re.search(PLATFORM, own[path])}
    assert {tmp_path / work["path"] for work in report["manual"]} == platforms
    for work in report["manual"]:
        line = (tmp_path / work["path"]).read_text().splitlines()[work["line"] - 1]
        assert re.match(PLATFORM, line)
    assert code == bool(platforms)
    gone = []
    for path, before in own.items():
        after = path.read_text()
        if path.suffix == ".py":
            cst.parse_module(after)
            gone += taken_out(before.replace(*INSISTS), after)
            assert path.stem in ("__init__", "const") or after == before
        elif path.suffix == ".json":
            kept = {k: v for k, v in json.loads(before).items() if k != "config_flow"}
            assert has_all(kept, json.loads(after))
        else:
            assert after == before
    assert not gone
    manifest = [*json.loads((folder / "manifest.json").read_text())]
    assert manifest == ["domain", "name", *sorted({*manifest} - {"domain", "name"})]
    init = folder / "__init__.py"
    assert len(re.findall(GUARD, init.read_text())) == guards + len(re.findall(GUARD, own[init]))
    assert said(tmp_path, layout) == ruff
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert run(command) == 0
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == written
    assert run(["check", str(folder)]) == 0


@pytest.mark.parametrize("domain", sample(DOMAINS, 3))
def test_no_comment_is_lost(domain: str, tmp_path: Path) -> None:
    layout, options, _ = DOMAINS[domain]
    folder = laid_out(tmp_path, domain, layout)
    for path in folder.rglob("*.py"):
        path.write_bytes(with_comments(Path(path.stem), path.read_bytes()))
    before = [mark for path in folder.rglob("*.py") for mark in comments_in(path.read_bytes())]
    assert run(["retrofit", str(folder), "--allow-no-vcs", *OPTIONS, *options]) == 1
    assert (folder / "application_credentials.py").is_file()
    after = [mark for path in folder.rglob("*.py") for mark in comments_in(path.read_bytes())]
    assert sorted(after) == sorted(before)


@pytest.mark.parametrize(
    ("domain", "kind"),
    [("acomax", "virtual"), ("alexa", "system"), ("counter", "helper"), ("button", "entity")],
)
def test_integrations_that_are_no_service_are_unchanged(
    domain: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = laid_out(tmp_path, domain, "core")
    own = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert run(["retrofit", str(folder), "--allow-no-vcs", *OPTIONS]) == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == own
    out = capsys.readouterr().out
    manifest = (folder / "manifest.json").read_text().splitlines()
    line = next(i for i, text in enumerate(manifest, 1) if f'"{kind}"' in text)
    assert f"{domain}/manifest.json:{line}: an integration of type" in out
