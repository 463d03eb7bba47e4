"""CONTRIBUTING.md: its example of a rule works, its commands are those that exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from appcred.rules import engine

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    """Return what stands between two markers, without the fence."""
    text = PAGE.partition(f"<!-- {marker} -->")[2].partition(f"<!-- /{marker} -->")[0]
    assert text, f"CONTRIBUTING.md has no block between <!-- {marker} --> and <!-- /{marker} -->"
    return re.sub(r"^```.*\n", "", text.strip() + "\n", flags=re.MULTILINE)


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    path = tmp_path_factory.mktemp("rule") / "apc299_documentation_not_https.py"
    path.write_text(block("example rule"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_of_a_rule_reports_what_it_says(rule: ModuleType) -> None:
    assert rule.RULE.code not in engine.codes()
    for example in rule.EXAMPLES:
        integration = example.integration()
        found = list(rule.check(integration, example.span()))
        places = [f"{f.path.relative_to(integration.folder)}:{f.line}:{f.column}" for f in found]
        assert places == list(example.at)


def test_the_markers_are_those_of_the_settings(pytestconfig: pytest.Config) -> None:
    named = set(re.findall(r"not (\w+)", block("fast tests")))
    assert named == {line.partition(":")[0] for line in pytestconfig.getini("markers")} & named
    assert named == {"lab", "slow"}


def test_the_longer_runs_are_those_of_the_nightly_workflow() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/nightly.yml").read_text("utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ran = {
        " ".join([*map("=".join, step["env"].items()), step["run"].strip()])
        for step in steps
        if "pytest" in step.get("run", "") and "env" in step
    }
    documented = set(re.findall(r"\| `(APPCRED_[^`]+)`", block("sweeps")))
    assert documented
    assert documented <= ran
