"""The `run:` steps of the workflows, run one after the other as a runner runs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ROOT = Path(__file__).parents[1]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
JOBS = [
    (workflow, name)
    for workflow, content in WORKFLOWS.items()
    for name, job in content["jobs"].items()
    if any(step.get("run", ".ci/run") != ".ci/run" for step in job["steps"])
]
ELSEWHERE = {
    ".ci/run": "the gate, which runs this test",
    "Rehearse a new integration on it": "tests/rehearsal does the same, with the lab's releases",
}
"""Steps that are not run here, and what runs them."""

NARROWED = {"PYTEST_ADDOPTS": "-p no:cacheprovider tests/test_release.py -k october"}
"""One test in the place of those that a step runs."""

VALUES = {"github.ref_name": "v0.1.0"}


def filled(text: str, job: dict[str, Any]) -> str:
    """Put values in the place of a runner's expressions. Raises KeyError for another one."""
    matrix = job.get("strategy", {}).get("matrix", {})
    row = {name: values[0] for name, values in matrix.items() if name != "include"}
    row |= matrix.get("include", [{}])[0]
    values = VALUES | {f"matrix.{name}": str(value) for name, value in row.items()}
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: values[found[1]], text)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of what lies here, with the tag of the version and its section in the changelog.

    One for all jobs, so that each environment is made once.
    """
    folder = tmp_path_factory.mktemp("clone") / "appcred"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    with (folder / "CHANGELOG.md").open("a", encoding="utf-8") as changelog:
        changelog.write("\n## 0.1.0\n")
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"], ["tag", "v0.1.0"]):
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Python of the runner's own, into which steps may install."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, with_pip=True, symlinks=True)
    return folder / "bin"


@pytest.fixture
def runner(tmp_path: Path, python: Path) -> dict[str, str]:
    """The variables of a runner."""
    (tmp_path / "temp").mkdir()
    ours = ("COV", "PYTEST_", "VIRTUAL_ENV", "PYTHON", "UV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {
        "PATH": f"{python}:{os.environ['PATH']}",
        "GITHUB_ENV": str(tmp_path / "env"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
    }


@pytest.mark.parametrize(("workflow", "name"), JOBS)
def test_the_steps_of_a_job(
    workflow: str, name: str, clone: Path, runner: dict[str, str], tmp_path: Path
) -> None:
    job = WORKFLOWS[workflow]["jobs"][name]
    env = runner | {key: filled(str(value), job) for key, value in job.get("env", {}).items()}
    for step in job["steps"]:
        if "run" not in step or step.get("name", step["run"]) in ELSEWHERE:
            continue
        own = {key: filled(str(value), job) for key, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=clone,
            env=env | own | NARROWED,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"
        if (tmp_path / "env").exists():
            lines = (tmp_path / "env").read_text("utf-8").splitlines()
            env |= dict(line.split("=", 1) for line in lines)


def test_steps_that_run_only_on_github_exist() -> None:
    steps = [
        step
        for flow in WORKFLOWS.values()
        for job in flow["jobs"].values()
        for step in job["steps"]
    ]
    assert {step.get("name", step.get("run")) for step in steps} >= ELSEWHERE.keys()


def test_every_python_that_is_supported_is_tried() -> None:
    tried = WORKFLOWS["ci"]["jobs"]["fast"]["strategy"]["matrix"]["python"]
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"Python :: (3\.\d+)", text) == tried
    assert f">={tried[0]}" in text
    assert sys.version_info >= tuple(map(int, tried[0].split(".")))
