"""The integrations in docs/retrofit.md: what a retrofit makes of them is what the page shows.

    APPCRED_WRITE_DOCS=1 pytest tests/retrofit/test_documented.py

writes the page's differences anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from appcred.cli import run

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path(__file__).parents[2] / "docs" / "retrofit.md"
BLOCK: Final = re.compile(
    r"^```(?P<kind>python|diff)(?: title=\"(?P<name>[^\"]+)\")?\n(?P<text>.*?)^```\n",
    re.MULTILINE | re.DOTALL,
)
FOLDER: Final = "custom_components/lamp"

MANIFEST: Final = {
    "domain": "lamp",
    "name": "Lamp",
    "codeowners": [],
    "config_flow": True,
    "documentation": "https://lamp.example",
    "integration_type": "hub",
    "iot_class": "cloud_polling",
    "issue_tracker": "https://lamp.example/issues",
    "requirements": ["lamplib==1.0"],
    "version": "1.0.0",
}


class Shown(NamedTuple):
    """One integration of the page: its files, the difference, and where that stands."""

    title: str
    files: dict[str, str]
    difference: str
    at: tuple[int, int]


def shown() -> Iterator[Shown]:
    """Yield the integrations of the section "Each source of a client"."""
    page = PAGE.read_text("utf-8")
    start = page.index("\n## Each source of a client\n")
    end = page.find("\n## ", start + 1) % (len(page) + 1)
    heads = [*re.finditer(r"^### (.*)\n", page[start:end], re.MULTILINE)]
    rest = {
        found["name"]: found["text"]
        for found in BLOCK.finditer(page, start, start + heads[0].start())
    }
    for index, head in enumerate(heads):
        first = start + head.end()
        last = start + heads[index + 1].start() if index + 1 < len(heads) else end
        blocks = [*BLOCK.finditer(page, first, last)]
        (diff,) = (found for found in blocks if found["kind"] == "diff")
        files = {found["name"]: found["text"] for found in blocks if found["kind"] == "python"}
        yield Shown(head[1], rest | files, diff["text"], diff.span("text"))


def difference(one: Shown, root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a retrofit changes of an integration's Python, and assert that it is whole."""
    folder = root / FOLDER
    folder.mkdir(parents=True)
    (root / "hacs.json").write_text('{"name": "Lamp", "homeassistant": "2026.10.0"}\n')
    (folder / "manifest.json").write_text(json.dumps(MANIFEST, indent=2) + "\n")
    for name, text in one.files.items():
        (folder / name).write_text(text)
    command = ["retrofit", str(root), "--allow-no-vcs", "--ignore", "APC701"]
    run([*command, "--diff"])
    out = capsys.readouterr().out
    files = re.split(r"^(?=diff --git )", out, flags=re.MULTILINE)[1:]
    hunks = [text.split("\n", 1)[1] for text in files if re.match(r"diff --git \S+\.py ", text)]
    assert run(command) == 0, capsys.readouterr()
    assert run(["retrofit", str(root), "--check"]) == 0, "a second run would change something"
    assert run(["check", str(root), "--ignore", "APC115"]) == 0, capsys.readouterr().out
    text = "".join(hunks).replace(f"{FOLDER}/", "")
    text = re.sub(r"^new file mode \d+\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^(?! |\+|-|@).*\n", "", text, flags=re.MULTILINE)


EXAMPLES: Final = {one.title: one for one in shown()}


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_difference_is_what_comes_out(
    title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = EXAMPLES[title]
    made = difference(one, tmp_path, capsys)
    if os.environ.get("APPCRED_WRITE_DOCS"):
        page = PAGE.read_text("utf-8")
        now = next(each for each in shown() if each.title == title)
        PAGE.write_text(page[: now.at[0]] + made + page[now.at[1] :], "utf-8")
        return
    assert one.difference == made, "APPCRED_WRITE_DOCS=1 writes the page anew"


def test_each_source_is_there() -> None:
    sources = ("constant", "requirement", "YAML", "list", "form", "entries", "hass.data")
    assert all(any(source in title for title in EXAMPLES) for source in sources)
