"""What several modules of tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appcred import scaffold
from appcred.retrofit import verb

if TYPE_CHECKING:
    from appcred.answers import Answers

CORE = {"alike", "comments", "core", "generation", "generation_sweep", "regrow_matrix", "replay"}
"""Modules that read Home Assistant's own integrations."""
LONG = CORE | {
    *("faults", "flow_tests", "generation_kept", "generation_lab", "more_form", "more_guard"),
    *("more_registering", "more_verb", "regrow", "removal_corpus", "verb", "generation_parts"),
    *("corpus", "more_removal", "shapes", "migration", "reads"),
}

_RENDERED: dict[str, scaffold.Scaffold] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the modules of this folder that need Home Assistant's package or take long."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            name = item.path.stem.removeprefix("test_")
            if name in CORE:
                item.add_marker(pytest.mark.lab)
            if name in LONG:
                item.add_marker(pytest.mark.slow)


@pytest.fixture
def rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render the template once for the same answers: Copier takes half a second each time."""
    render = scaffold.render

    def rendered(answers: Answers, *, ask: bool) -> scaffold.Scaffold:
        key = repr((sorted(answers.given.items()), sorted(answers.offered.items()), ask))
        if key not in _RENDERED:
            _RENDERED[key] = render(answers, ask=ask)
        return _RENDERED[key]

    monkeypatch.setattr(scaffold, "render", rendered)


@pytest.fixture
def best_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a retrofit refuse where its best rung does not hold, as `--strict` does."""
    monkeypatch.setattr(verb, "_keep", lambda *_: None)
