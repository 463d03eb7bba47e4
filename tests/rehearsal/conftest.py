"""What the rehearsal's tests share, and the results of a whole run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab.trees import template
from rehearsal.support import ALL, RESULT

RESULTS = Path(__file__).parent / "results"
HEAD = """# {}

Written by `APPCRED_REHEARSE=all python -m pytest tests/rehearsal`; do not edit.
"""
CORE = """
Taken from the package of Home Assistant 2026.10.4 and run there, each with the responses file of
its name in `tests/rehearsal/core`. Every stage that did not pass stands below, with a verdict that
was read from the integration's code (`tests/rehearsal/core_verdicts.yml`). A stage that was not
reached only because one before it failed is left out.
"""
TITLES = {
    "scaffold": ("Scaffolds, rehearsed", "release and answers", "what came of it"),
    "core": ("Core's own integrations, rehearsed", "", ""),
    "broken": ("Broken integrations, rehearsed", "what is broken", "what its stage reports"),
}


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template that Copier takes as it lies there."""
    return template(tmp_path_factory.mktemp("template"))


_rows: dict[str, list[str]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write the results of a whole run as they come, so that one cut short says how far it got."""
    if not ALL or report.when != "call" or "PYTEST_XDIST_WORKER" in os.environ:
        return
    for name, found in report.user_properties:
        if name == RESULT and isinstance(found, list):
            kind, left, right, cases = found
            rows = _rows.setdefault(kind, [])
            rows.append(
                right if kind == "core" else f"| {left} | {_cell(right)} | {report.outcome} |"
            )
            RESULTS.mkdir(exist_ok=True)
            text = results(kind, rows, int(cases))
            (RESULTS / f"{kind}.md").write_text(text, encoding="utf-8")


def results(kind: str, rows: list[str], cases: int) -> str:
    """Return the text of a file of results; it says so if there are fewer than cases."""
    title, left, right = TITLES[kind]
    head = HEAD.format(title)
    if len(rows) < cases:
        head += f"\nThis run ended after {len(rows)} of its {cases} cases.\n"
    if kind == "core":
        return "\n\n".join([f"{head}{CORE.rstrip()}", *rows]) + "\n"
    return "\n".join([head, f"| {left} | {right} | test |", "|---|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
