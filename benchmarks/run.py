"""Run every benchmark and print one table. Exit code 1 if one is over its limit.

    python benchmarks/run.py [--runs N] [--write] [NAME]...

NAME is the end of a module's name: `new` is `bench_new.py`, which has `rows(runs) -> list[Row]`,
and may have `notes() -> str`, which says more of what was measured last.
`--write` puts the table and the machine into README.md beside this file.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from measure import Row

HERE = Path(__file__).resolve().parent
HEAD = ["What", "Takes", "Base", "Takes", "Ratio", "Allowed", "Kept"]


def main() -> int:
    """Measure, print and, if asked to, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--runs", type=int, default=9, help="runs of each command (default: 9)")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    arguments = parser.parse_args()
    names = arguments.names or sorted(
        path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py")
    )
    rows: list[Row] = []
    notes: list[str] = []
    for name in names:
        module = importlib.import_module(f"bench_{name}")
        rows += module.rows(arguments.runs)
        if hasattr(module, "notes"):
            notes.append(module.notes())
    report = "\n\n".join([_table(rows), _machine(arguments.runs), *notes])
    print(report)
    if arguments.write:
        readme = HERE / "README.md"
        text = re.sub(
            r"(<!-- table -->\n).*?(<!-- /table -->)",
            lambda found: f"{found[1]}{report}\n{found[2]}",
            readme.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        readme.write_text(text, encoding="utf-8")
    return 0 if all(row.kept for row in rows) else 1


def _table(rows: list[Row]) -> str:
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _machine(runs: int) -> str:
    model = "unknown processor"
    information = Path("/proc/cpuinfo")
    if information.exists():
        found = re.search(r"model name\s*: (.*)", information.read_text(encoding="utf-8"))
        model = found[1] if found else model
    return (
        f"Measured on {datetime.now(tz=UTC):%Y-%m-%d}: {model}, {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}, "
        f"appcred {version('appcred')}, copier {version('copier')}; "
        f"{runs} runs of each command (`--help`: {runs * 3}), in turn."
    )


if __name__ == "__main__":
    raise SystemExit(main())
