"""A built package against the checkout and the tag that is to be published."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

from appcred.dev import __main__ as dev
from appcred.dev.package import DATA, problems
from appcred.errors import UsageError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the version's section in the changelog, tagged, and its package built."""
    folder = tmp_path_factory.mktemp("released") / "appcred"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    changelog = folder / "CHANGELOG.md"
    changelog.write_text(changelog.read_text("utf-8") + "\n## 0.1.0\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "release")
    git(folder, "tag", "v0.1.0")
    build = [find_uv_bin(), "build", "--quiet", "--out-dir", folder / "dist", folder]
    subprocess.run(build, check=True, capture_output=True)
    return folder


def test_the_tag_has_the_template_of_the_wheel(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(released)
    assert dev.main(["package", "dist", "--tag", "v0.1.0"]) == 0
    assert dev.main(["package", "dist"]) == 0


def test_a_tag_with_another_template_is_refused(released: Path) -> None:
    (released / "template/partials/more.jinja").write_text("more\n", encoding="utf-8")
    (released / "releases.yml").write_text("{}\n", encoding="utf-8")
    (released / "presets.yml").unlink()
    git(released, "add", "--all", "--", *DATA)
    git(released, "commit", "--quiet", "--message", "other data")
    git(released, "tag", "v0.2.0")
    said = problems(released / "dist", released, "v0.2.0")
    for part in ("v0.2.0", "lacks template/partials/more.jinja", "presets.yml", "releases.yml"):
        assert any(part in sentence for sentence in said), part


def test_a_version_without_its_section_in_the_changelog(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(released / "dist", tmp_path / "dist")
    for name, version in (("pyproject.toml", "0.1.0"), ("pyproject.toml", "0.3.0")):
        text = (
            (released / name)
            .read_text("utf-8")
            .replace('version = "0.1.0"', f'version = "{version}"')
        )
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    monkeypatch.chdir(tmp_path)
    assert dev.main(["package", "dist"]) == 1
    said = problems(tmp_path / "dist", tmp_path, None)
    assert any("0.3.0" in sentence and "CHANGELOG.md" in sentence for sentence in said)
    assert any(sentence.endswith("does not have version 0.3.0") for sentence in said)


def test_a_folder_without_a_package(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="uv build"):
        problems(tmp_path, ROOT, None)
    assert dev.main(["package", str(tmp_path)]) == 2


def test_a_tag_that_does_not_exist(released: Path) -> None:
    with pytest.raises(UsageError, match="git"):
        problems(released / "dist", released, "v9.9.9")
