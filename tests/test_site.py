"""The documentation builds without a warning, its links work, and the search finds the rules."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from appcred.rules import engine

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sysconfig.get_path("scripts"))


class Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src") and tag in ("a", "img"):
                self.links.append(value)
            elif value and name == "id":
                self.anchors.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documentation")
    for name in ("docs", "zensical.toml", "CHANGELOG.md", "CONTRIBUTING.md"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy2(ROOT / name, folder / name)
    done = subprocess.run(
        [SCRIPTS / "zensical", "build", "--clean", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return folder / "site"


def test_links_lead_somewhere(site: Path) -> None:
    pages = {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}
    assert len(pages) > 60
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            there = target.exists() and (
                not parts.fragment
                or target.suffix != ".html"
                or unquote(parts.fragment) in pages[target].anchors
            )
            if not there:
                dead.append(f"{path.relative_to(site)}: {link}")
    assert not dead


def test_links_to_the_repository_lead_somewhere() -> None:
    pattern = r"https://github\.com/appcred/appcred/(?:blob|tree)/main/([^)#\s]+)"
    pages = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    found = {name for page in pages for name in re.findall(pattern, page.read_text("utf-8"))}
    assert found
    assert [name for name in sorted(found) if not (ROOT / name).exists()] == []


def test_links_of_the_pages_at_the_root_lead_somewhere() -> None:
    for page in ROOT.glob("*.md"):
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
            assert (ROOT / link).exists(), f"{page.name}: {link}"


def test_the_search_finds_every_rule(site: Path) -> None:
    content = json.loads((site / "search.json").read_text(encoding="utf-8"))
    text = json.dumps(content)
    assert [code for code in engine.codes() if code not in text] == []
