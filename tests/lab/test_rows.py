"""A second entity is one more row in the tuple of a platform; no test changes but its table."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from lab.runs import run_tests
from lab.sources import NEWEST
from lab.trees import CURRENT, render, template

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab

PLATFORMS = ("binary_sensor", "button", "select", "sensor", "switch")
ROWS = re.compile(
    r"(?<=\.\.\.\] = \(\n)(?P<row>    \w+EntityDescription\(\n.*?\n    \),\n)(?=\))", re.DOTALL
)


def with_second_rows(folder: Path, strings: Path) -> None:
    """Give each platform the row that it has once more, under another key and with its text."""
    texts = json.loads(strings.read_text("utf-8"))
    for platform in PLATFORMS:
        module = folder / f"{platform}.py"
        code = module.read_text("utf-8")
        found = ROWS.search(code)
        assert found is not None, platform
        row = found["row"]
        module.write_text(code.replace(row, row + second(row)), "utf-8")
        (text,) = texts["entity"][platform].values()
        texts["entity"][platform]["second"] = {**text, "name": "Second"}
    strings.write_text(json.dumps(texts), "utf-8")


def second(row: str) -> str:
    return re.sub(r'key="\w+"', 'key="second"', row)


def with_second_entries(tests: Path) -> None:
    """Give the tables of each platform's tests what belongs to the second row."""
    for platform in PLATFORMS:
        module = tests / f"test_{platform}.py"
        code = module.read_text("utf-8")
        state, attributes = re.findall(
            r'^        f"\{ACCOUNT_ID\}_\w+": .*?,\n(?= {4}\})', code, re.MULTILINE | re.DOTALL
        )
        for entry in (state, attributes):
            other = re.sub(r'_\w+": ', '_second": ', entry, count=1)
            other = re.sub(r'"Example [^"]+"', '"Example Second"', other)
            code = code.replace(entry, entry + other)
        module.write_text(code, "utf-8")


@pytest.mark.parametrize("layout", ["custom", "core"])
def test_a_second_row_of_each_platform(tmp_path: Path, lab: Lab, layout: str) -> None:
    core = layout == "core"
    answers = {"layout": layout, "platforms": " ".join(PLATFORMS)}
    tree = render(template(tmp_path), answers, tmp_path / "tree")
    parent = "homeassistant/components" if core else "custom_components"
    folder = tree / parent / "example"
    with_second_rows(folder, folder / ("strings.json" if core else "translations/en.json"))
    if core:  # where they are missing, the run writes them
        shutil.rmtree(tree / "tests/components/example/snapshots")
    else:
        with_second_entries(tree / "tests")
    result = run_tests(lab.environment(NEWEST if core else CURRENT), tree, layout, "example")
    assert result.ok, result.output[-6000:]
    assert not result.missed
    if core:
        snapshots = (tree / "tests/components/example/snapshots").glob("*.ambr")
        assert all(path.read_text("utf-8").count("_second-state]") == 1 for path in snapshots)
