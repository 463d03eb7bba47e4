"""Copier itself copies and updates the template, without trust and without appcred."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import copier
import pytest

from appcred.resources import data_root
from lab.trees import cover

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.capture import CaptureFixture

    from template.quick import Template

pytestmark = pytest.mark.slow

_ANSWERS = ".copier-answers.appcred.yml"


def read(tree: Path) -> dict[str, str]:
    return {
        path.relative_to(tree).as_posix(): path.read_text("utf-8")
        for path in tree.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(tree).parts
    }


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com"]
    command = ["git", *name, "-c", "init.defaultBranch=main", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def commit(folder: Path, tag: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", tag)
    git(folder, "tag", tag)


@pytest.fixture
def repository(source: Path, tmp_path: Path) -> Path:
    """Return the template as a git repository with one tag."""
    repository = shutil.copytree(source, tmp_path / "repository")
    git(repository, "init", "--quiet")
    commit(repository, "v1.0.0")
    return repository


@pytest.mark.parametrize("answers", cover()[::6], ids=str)
def test_quick_is_copier(answers: Any, source: Path, quick: Template, tmp_path: Path) -> None:
    copier.run_copy(str(source), tmp_path, data=answers.data, defaults=True, quiet=True)
    emitted, expected = read(tmp_path), quick.render(answers.data)
    # What it holds is Copier's own affair.
    assert (emitted.pop(_ANSWERS, None) is None) == (answers.layout == "core")
    expected.pop(_ANSWERS, None)
    assert emitted == expected


def test_copy_needs_no_trust(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "tree"
    copier.run_copy(str(repository), target, defaults=True, quiet=True, unsafe=False)
    assert (target / "custom_components/example/manifest.json").is_file()


def test_copy_takes_nothing_else_of_the_repository(
    source: Path, quick: Template, tmp_path: Path
) -> None:
    """Like `copier copy` of a checkout of appcred, which holds much beside the template."""
    checkout = shutil.copytree(source, tmp_path / "checkout")
    (checkout / "README.md").write_text("not emitted")
    (checkout / "tests").mkdir()
    (checkout / "tests/test_nothing.py").write_text("not emitted")
    target = tmp_path / "tree"
    copier.run_copy(str(checkout), target, defaults=True, quiet=True)
    assert read(target).keys() == quick.render({}).keys()


@pytest.mark.parametrize(
    ("data", "last"),
    [
        (
            {"layout": "core"},
            [
                "python3 -m script.hassfest --skip-plugins quality_scale",
                "python3 -m script.gen_requirements_all",
            ],
        ),
        (
            {"requirements": "acme==1.0 other==2"},
            [
                (
                    "python3 -m pip install "
                    "pytest-homeassistant-custom-component==0.13.375 acme==1.0 other==2"
                ),
                "python3 -m pytest",
            ],
        ),
    ],
    ids=["core", "custom"],
)
def test_the_last_words_are_commands(
    source: Path, tmp_path: Path, capsys: CaptureFixture[str], data: dict[str, str], last: list[str]
) -> None:
    copier.run_copy(str(source), tmp_path, data=data, defaults=True)
    said = capsys.readouterr().err.rstrip().splitlines()
    assert [line.strip() for line in said[-2:]] == last


def test_the_packaged_template_is_whole() -> None:
    """Everything that the template includes lies in what the wheel carries."""
    assert {path.name for path in (data_root() / "template").iterdir()} == {"partials", "tree"}


def test_the_names_of_the_template_s_files_are_names_on_windows() -> None:
    for path in (data_root() / "template").rglob("*"):
        assert not set('<>:"|?*\\') & set(path.name), path


def test_copie_copies(copie: Any, source: Path) -> None:
    result = copie.copy({"domain": "acme", "name": "Acme"}, template_dir=source)
    assert result.exit_code == 0, result.exception
    manifest = result.project_dir / "custom_components/acme/manifest.json"
    assert '"name": "Acme"' in manifest.read_text("utf-8")


@pytest.mark.parametrize(
    "data",
    [{}, {"repository": True, "flow": "pkce_public", "name": "{{ 7 * 7 }}", "floor": 202504}],
    ids=["defaults", "other answers"],
)
def test_an_updated_tree_equals_a_fresh_one(
    copie: Any, repository: Path, data: dict[str, Any]
) -> None:
    result = copie.copy(data, template_dir=repository, vcs_ref="v1.0.0")
    assert result.exit_code == 0, result.exception
    git(result.project_dir, "init", "--quiet")
    commit(result.project_dir, "v0.1.0")
    before = read(result.project_dir)

    tree = repository / "template/tree"
    _replace(tree / "{{ integration_dir }}/api.py.jinja", "(total=30)", "(total=20)")
    _replace(tree / "{{ tests_dir }}/conftest.py.jinja", "7 * 24 * 3600", "8 * 24 * 3600")
    _replace(repository / "releases.yml", '"since": 202610,', '"since": 202612,')
    (tree / "{{ integration_dir }}/icons.py.jinja").write_text('"""New in {{ domain }}."""\n')
    commit(repository, "v1.1.0")

    # pytest-copie's own update cannot be told the name of the answers file.
    copier.run_update(
        result.project_dir,
        answers_file=_ANSWERS,
        vcs_ref="v1.1.0",
        defaults=True,
        overwrite=True,
        quiet=True,
    )
    fresh = copie.copy(data, template_dir=repository, vcs_ref="v1.1.0")
    assert fresh.exit_code == 0, fresh.exception
    updated = read(result.project_dir)
    assert updated == read(fresh.project_dir)
    assert updated != before
    assert "_commit: v1.1.0" in updated[_ANSWERS]


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_core_tree_keeps_no_answers(quick: Template) -> None:
    files = quick.render({"layout": "core"})
    assert not [path for path in files if not path.startswith(("homeassistant/", "tests/"))]
