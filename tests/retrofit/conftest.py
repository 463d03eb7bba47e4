"""What several modules of tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appcred import scaffold
from appcred.retrofit import verb

if TYPE_CHECKING:
    from appcred.answers import Answers

_RENDERED: dict[str, scaffold.Scaffold] = {}


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
