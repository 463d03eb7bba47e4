"""A module imports only from floors below its own: the table of the design, held to."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import appcred

PACKAGE = Path(appcred.__file__).parent

# First match wins. A folder's modules may import each other.
FLOORS = [
    (0, ("errors", "resources")),
    (1, ("release", "documents")),
    (2, ("finding", "integration", "rehearsed")),
    (3, ("oauth", "emission")),
    (4, ("rules",)),
    (5, ("plan",)),
    (7, ("cli",)),
    (8, ("__main__",)),
]


def _floor(module: str) -> int:
    head = module.split(".")[0]
    # the verbs, their helpers and the reports stand on the sixth
    return next((floor for floor, heads in FLOORS if head in heads), 6)


MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if path != PACKAGE / "__init__.py" and "data" not in path.relative_to(PACKAGE).parts
)


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
        for name in names:
            if not name.startswith("appcred."):
                continue
            target = name.removeprefix("appcred.")
            same = target.split(".")[0] == module.split(".")[0]
            side = _floor(target) == _floor(module) == 6  # a verb and its report
            assert same or side or _floor(target) < _floor(module), (
                f"{module} (floor {_floor(module)}) imports {target} (floor {_floor(target)})"
            )
