"""Gives journeys their `life`, and writes down how each ended; their `conftest.py`."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from life import PLAN, Life, scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenario import Scenario

with contextlib.suppress(ImportError):
    # Before the test package puts the folder of its own configuration first on the path. A view of
    # core has none.
    import custom_components  # noqa: F401

_OF_YAML = ("yaml_gone", "yaml_left", "empty_section", "half_section")
_ended: dict[str, dict[str, dict[str, str]]] = {}


@pytest.fixture
def life(
    request: pytest.FixtureRequest,
    name: str,
    hass_storage: dict[str, Any],  # before anything stores
    enable_custom_integrations: None,
    current_request_with_host: None,
) -> Iterator[Life]:
    """Return the life of the integration that a journey is about."""
    made = Life(request, name)
    with made.stack:
        yield made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every journey, for each of the trees."""
    metafunc.parametrize("name", PLAN["scenarios"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the journeys of the plan, in its order, that make sense for a tree; tree by tree."""
    wanted = []
    for item in items:
        name, journey = _names(item)
        if journey in PLAN["journeys"] and _makes_sense(scenario(name), journey):
            place = PLAN["scenarios"].index(name), PLAN["journeys"].index(journey)
            wanted.append((place, item))
    items[:] = [item for _, item in sorted(wanted, key=lambda each: each[0])]


def _names(item: pytest.Item) -> tuple[str, str]:
    return item.callspec.params["name"], item.originalname.removeprefix("test_")


def _makes_sense(scenario: Scenario, journey: str) -> bool:
    if journey in ("works", "old_entries"):
        return scenario.ours
    if journey in ("reauth", "with_yaml", "without_yaml", "after"):
        return bool(getattr(scenario, journey))
    if journey == "disabled":
        return len(scenario.flows) > 1
    if journey == "not_installed":
        return scenario.library
    return journey not in _OF_YAML or scenario.yaml is not None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Any:
    """Note how each journey ended: `failed` if it judged so itself, `broken` for all else."""
    report = (yield).get_result()
    name, journey = _names(item)
    ended = _ended.setdefault(name, {})
    if report.when == "call" and report.passed:
        ended[journey] = {"outcome": "passed", "said": ""}
    elif report.failed:
        judged = report.when == "call" and call.excinfo.errisinstance(AssertionError)
        ended[journey] = {
            "outcome": "failed" if judged else "broken",
            "said": f"{report.when}: {call.excinfo.typename}: {call.excinfo.value}",
            "text": f"{report.longreprtext[-3000:]}\n{report.caplog[-3000:]}",
        }
    elif report.skipped:
        ended[journey] = {"outcome": "broken", "said": "skipped"}


def pytest_sessionfinish() -> None:
    """Write down how the journeys ended."""
    before_fails = {name: sorted(scenario(name).before_fails) for name in PLAN["scenarios"]}
    Path(PLAN["outcomes"]).write_text(json.dumps({"ended": _ended, "before_fails": before_fails}))
