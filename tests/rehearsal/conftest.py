"""What the rehearsal's tests share, and the results of a whole run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.trees import template
from rehearsal.support import RESULT

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

ALL = os.environ.get("APPCRED_REHEARSE") == "all"
RESULTS = Path(__file__).parent / "results"
HEAD = """# {}

Written by `APPCRED_REHEARSE=all python -m pytest tests/rehearsal`; do not edit.
"""
TITLES = {
    "scaffold": ("Scaffolds, rehearsed", "release and answers", "what came of it"),
    "broken": ("Broken integrations, rehearsed", "what is broken", "what its stage reports"),
}


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template that Copier takes as it lies there."""
    return template(tmp_path_factory.mktemp("template"))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Write the results where everything was rehearsed."""
    if not ALL:
        return
    for kind, (title, left, right) in TITLES.items():
        rows = [
            (outcome, *found[1:])
            for outcome in ("passed", "failed")
            for report in terminalreporter.stats.get(outcome, [])
            for name, found in report.user_properties
            if name == RESULT and found[0] == kind
        ]
        if rows:
            lines = [HEAD.format(title), f"| {left} | {right} | test |", "|---|---|---|"]
            lines += [f"| {name} | {_cell(said)} | {outcome} |" for outcome, name, said in rows]
            RESULTS.mkdir(exist_ok=True)
            text = "\n".join(lines) + "\n"
            (RESULTS / f"{kind}.md").write_text(text, encoding="utf-8")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
