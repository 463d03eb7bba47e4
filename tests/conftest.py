"""What all tests share: the lab, and the closing word on which Home Assistant was exercised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.gate import Lab, summary

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Lab:
    """Return the lab; `lab.environment("2026.10.4")` skips the test where it cannot be had."""
    return Lab(request.node)


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
