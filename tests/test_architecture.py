"""The table of floors in docs/architecture.md: complete, and obeyed by every import."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import appcred

PACKAGE = Path(appcred.__file__).parent
ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

VERBS = 6
"""The floor whose modules may import each other: a verb and its report."""


def _table() -> dict[str, int]:
    """Return the floor of each top-level module, as the page says."""
    text = PAGE.partition("<!-- floors -->")[2].partition("<!-- /floors -->")[0]
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE)
    return {name: int(floor) for floor, names in rows for name in re.findall(r"`(\w+)`", names)}


FLOORS = _table()
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path != PACKAGE / "__init__.py" and "data" not in path.relative_to(PACKAGE).parts
)


def test_the_page_names_every_module() -> None:
    heads = {module.split(".")[0] for module in MODULES}
    assert not heads - FLOORS.keys(), "give it a row in the table of docs/architecture.md"
    assert not FLOORS.keys() - heads, "take its row out of the table of docs/architecture.md"


def test_the_picture_shows_only_modules_on_their_floors() -> None:
    groups = re.findall(r'subgraph f(\d) \["[^"]*"\]\n(.*?)\n    end', PAGE, re.DOTALL)
    drawn = {name: int(floor) for floor, names in groups for name in re.findall(r"\w+", names)}
    assert drawn.items() <= FLOORS.items()
    assert {*drawn.values()} == set(range(8))


def test_the_page_names_files_that_exist() -> None:
    places = re.findall(r"`((?:\w+/|\.ci/)[\w./]*|\w+\.(?:yml|md))`", PAGE)
    assert len(places) > 15
    missing = [place for place in places if not (ROOT / place).exists()]
    assert not missing


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_downwards(module: str) -> None:
    base = PACKAGE / Path(*module.split("."))
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write absolute imports"
            names = [node.module or ""]
            if node.module == "appcred":
                names = [f"appcred.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        own = module.split(".")[0]
        for name in names:
            if not name.startswith("appcred."):
                continue
            target = name.split(".")[1]
            assert {own, target} <= FLOORS.keys(), "give both a row in docs/architecture.md"
            beside = FLOORS[target] == FLOORS[own] == VERBS
            assert target == own or beside or FLOORS[target] < FLOORS[own], (
                f"{module} (floor {FLOORS[own]}) imports {name} (floor {FLOORS[target]})"
            )


def test_no_test_module_imports_another() -> None:
    """What several of them need stands in a module beside them that has no tests."""
    pattern = re.compile(
        r"^\s*(?:from (?:\w+\.)*test_\w+ import|import (?:\w+\.)*test_)", re.MULTILINE
    )
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert not found
