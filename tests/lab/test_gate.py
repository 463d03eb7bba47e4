"""What the lab says when a Python is missing: a skip, or a failure where none is allowed."""

from __future__ import annotations

import pytest

from lab import environments
from lab.gate import EXERCISED, MISSING, Lab, summary


@pytest.fixture
def no_python(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """A machine without any Python that Home Assistant could run on, and an empty cache."""
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path))
    monkeypatch.setattr(environments, "find_python", lambda *_: None)


def report(when: str, *properties: tuple[str, str], nodeid: str = "a") -> pytest.TestReport:
    """A test report that carries what the lab noted."""
    return pytest.TestReport(
        nodeid, ("", 0, ""), {}, "passed", None, when, user_properties=list(properties)
    )


@pytest.mark.usefixtures("no_python")
def test_a_missing_python_skips_and_names_the_release(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APPCRED_LAB", raising=False)
    with pytest.raises(
        pytest.skip.Exception, match=r"Python 3\.14 .* Home Assistant 2026\.10\.4 was not exercised"
    ):
        Lab(request.node).environment("2026.10.4")
    request.node.user_properties.clear()


@pytest.mark.usefixtures("no_python")
def test_a_missing_python_fails_where_no_skip_is_allowed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPCRED_LAB", "require")
    with pytest.raises(pytest.fail.Exception, match="was not exercised"):
        Lab(request.node).environment("2025.4.4")
    request.node.user_properties.clear()


def test_the_summary_counts_tests_and_orders_releases() -> None:
    lines = summary(
        [
            report("call", (EXERCISED, "2026.10.4"), nodeid="a"),
            report("teardown", (EXERCISED, "2026.10.4"), nodeid="a"),
            report("call", (EXERCISED, "2026.10.4"), (EXERCISED, "2026.3.4"), nodeid="b"),
            report("setup", (MISSING, "2025.4.4: no Python"), nodeid="c"),
            report("setup", (MISSING, "2026.3.4: no Python"), nodeid="d"),
        ]
    )
    assert lines == [
        "exercised      2026.3.4  (1 tests)",
        "exercised      2026.10.4  (2 tests)",
        "NOT exercised  2025.4.4: no Python",
    ]
