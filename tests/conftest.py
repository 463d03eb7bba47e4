"""What all tests share: the lab, and the closing word on which Home Assistant was exercised."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from lab.gate import Lab, summary

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

# A shell starts its background jobs with Ctrl-C ignored, and every process below inherits that;
# the tests of Ctrl-C mean a process as a terminal starts it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No test depends on how busy the machine is.
settings.register_profile("appcred", deadline=None)
settings.load_profile("appcred")


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Lab:
    """Return the lab; `lab.environment("2026.10.4")` skips the test where it cannot be had."""
    return Lab(request.node)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for the lab, directly or by a fixture, and what belongs to it."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if "lab" in getattr(item, "fixturenames", ()) or folder in ("retrofit_lab", "proofs"):
            item.add_marker(pytest.mark.lab)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say which Home Assistant releases the run exercised, and which not and why."""
    reports = (
        report
        for outcome in ("passed", "failed", "skipped", "error")
        for report in terminalreporter.stats.get(outcome, [])
        if isinstance(report, pytest.TestReport)
    )
    lines = summary(reports)
    if lines:
        terminalreporter.section("Home Assistant releases")
        for line in lines:
            terminalreporter.line(line)
