"""Every tree of the cover works as it was emitted, in every Home Assistant it claims to run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lab.environments import environment
from lab.judge import judge
from lab.trees import Answers, cover, render, template

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("answers", cover(), ids=str)
def test_tree(answers: Answers, source: Path, tmp_path: Path, lab: Lab) -> None:
    environments = [lab.environment(release) for release in answers.releases]
    tree = render(source, answers.data, tmp_path / "tree")
    span = [environment(release) for release in answers.span]
    problems = judge(tree, answers.layout, answers.domain, environments, span)
    assert not problems, "\n\n".join([f"answers: {answers.data}", *problems])
