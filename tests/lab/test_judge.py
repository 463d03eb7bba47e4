"""The judge finds what is wrong: faults put into a tree that has none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lab.judge import judge
from lab.runs import view
from lab.trees import CURRENT, render, template

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    return render(template(source), {}, tmp_path / "tree")


def test_each_fault_is_named(tree: Path, lab: Lab) -> None:
    folder = tree / "custom_components" / "example"
    translation = folder / "translations" / "en.json"
    content = json.loads(translation.read_text())
    content["config"]["abort"].pop("wrong_account")
    content["config"]["abort"]["zz_never"] = "See https://example.com"
    content["config"]["step"]["reauth_confirm"]["description"] = "Sign in, {somebody}"
    translation.write_text(json.dumps(content, indent=2) + "\n")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["domain"] = manifest.pop("domain")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=8) + "\n")
    with (folder / "const.py").open("a") as module:
        module.write("def never(count: int) -> str:\n    import os\n    return count\n")
    (tree / "tests" / "test_fault.py").write_text(
        '"""A fault."""\n\n\ndef test_fault() -> None:\n    """Test nothing."""\n    assert 0\n'
    )

    said = "\n".join(judge(tree, "custom", "example", [lab.environment(CURRENT)]))

    for fault in (
        f"on Home Assistant {CURRENT}, not covered: custom_components/example/const.py",
        "abort wrong_account has no text: config.abort.wrong_account",
        "nothing asks for the text config.abort.zz_never",
        "config.abort.zz_never has a URL in it",
        "config.step.reauth_confirm.description has placeholders that get no value: ['somebody']",
        'Incompatible return value type (got "int", expected "str")',
        "test_fault.py::test_fault",
        "custom_components/example/const.py",
        "F401",
        "manifest keys are not in hassfest's order",
        "Prettier would print these differently:\ncustom_components/example/manifest.json",
    ):
        assert fault in said


def test_a_view_of_core_leaves_the_environment_alone(tmp_path: Path, lab: Lab) -> None:
    environment = lab.environment("2026.11.0")
    folder = tmp_path / "homeassistant" / "components" / "lab_probe"
    folder.mkdir(parents=True)
    (tmp_path / "tests" / "components" / "lab_probe").mkdir(parents=True)
    manifest = {"domain": "lab_probe", "name": "P", "integration_type": "hub", "iot_class": "x"}
    (folder / "manifest.json").write_text(json.dumps(manifest))

    view(environment, tmp_path, "lab_probe", tmp_path / "core")

    generated = "homeassistant/generated/application_credentials.py"
    assert "lab_probe" in (tmp_path / "core" / generated).read_text()
    assert "lab_probe" not in (environment.site_packages / generated).read_text()
    assert (tmp_path / "core/homeassistant/components/lab_probe/manifest.json").is_file()
    assert not (environment.site_packages / "homeassistant/components/lab_probe").exists()
