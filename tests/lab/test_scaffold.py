"""Every tree of the cover works as it was emitted, in every Home Assistant it claims to run on."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from lab.environments import environment
from lab.judge import judge
from lab.trees import CURRENT, Answers, cover, importing, libraries, render, template
from sampling import sample

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("template"))


ROWS = [*sample([*cover(), *importing()], 3), *sample(libraries(), 2)]


@pytest.mark.parametrize("answers", ROWS, ids=str)
def test_tree(answers: Answers, source: Path, tmp_path: Path, lab: Lab) -> None:
    environments = [lab.environment(release) for release in answers.releases]
    tree = render(source, answers.data, tmp_path / "tree")
    span = [environment(release) for release in answers.span]
    problems = judge(tree, answers.layout, answers.domain, environments, span)
    assert not problems, "\n\n".join([f"answers: {answers.data}", *problems])


def test_the_commands_of_a_repositorys_workflow_pass(
    source: Path, tmp_path: Path, lab: Lab
) -> None:
    """With the tree's own settings, and not the lab's."""
    current = lab.environment(CURRENT)
    tree = render(source, {"repository": True}, tmp_path / "tree")
    ours = [sys.executable, "-m"]
    run: dict[str, list[str]] = {
        "ruff": [*ours, "ruff"],
        "mypy": [
            *(*ours, "mypy", "--python-executable", str(current.python)),
            *("--python-version", ".".join(map(str, current.series))),
        ],
        "coverage": [str(current.python), "-m", "coverage"],
    }
    workflow = yaml.safe_load((tree / ".github/workflows/validate.yml").read_text("utf-8"))
    steps = [step.get("run", "") for step in workflow["jobs"]["tests"]["steps"]]
    lines = [shlex.split(line) for line in steps if line and "pip" not in line]
    assert {line[0] for line in lines} == run.keys()
    lines = [[*run[program], *arguments] for program, *arguments in lines]
    lines.append([*ours, "pre_commit", "validate-config", ".pre-commit-config.yaml"])
    # The gate measures its own processes, and would measure these in the place of themselves.
    ours_too = ("COV", "PYTEST_")
    alone = {name: value for name, value in os.environ.items() if not name.startswith(ours_too)}
    for line in lines:
        done = subprocess.run(
            line, cwd=tree, env=alone, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}:\n{done.stdout}{done.stderr}"
