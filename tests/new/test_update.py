"""`copier update` follows the template from a tree that `appcred new` made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from appcred import resources
from new.command import run, tree

if TYPE_CHECKING:
    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow

ANSWERS = ".copier-answers.appcred.yml"


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, "-C", folder, *arguments], check=True, capture_output=True)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """The repository as it will be on GitHub, with the tag of this version."""
    remote = tmp_path / "remote.git"
    root = resources.data_root()
    shutil.copytree(root / "template", remote / "template")
    for name in ("copier.yml", "releases.yml"):
        shutil.copy(root / name, remote)
    git(remote, "init")
    git(remote, "add", "-A")
    git(remote, "commit", "-m", "this version")
    git(remote, "tag", f"v{resources.program_version()}")
    return remote


def copier(remote: Path, *arguments: str | Path, cwd: Path) -> str:
    """Run Copier, with GitHub's address of this project leading to the local repository."""
    environment = os.environ | {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{remote}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{resources.REPOSITORY}.git",
        "GIT_ALLOW_PROTOCOL": "file",
        "COPIER_CACHE_DIR": str(cwd.parent / "copier-cache"),
    }
    program = Path(sysconfig.get_path("scripts")) / "copier"
    done = subprocess.run(
        [sys.executable, program, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_answers_file_says_where_the_template_is(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(capsys, tmp_path, "--defaults").code == 0
    text = (tmp_path / ANSWERS).read_text()
    assert text.startswith("# ")
    written = yaml.safe_load(text)
    assert written["_src_path"] == "gh:appcred/appcred"
    assert written["_commit"] == f"v{resources.program_version()}"
    assert "appcred-" not in text  # the folder it was rendered from


def test_new_and_copier_copy_make_the_same_tree(
    capsys: CaptureFixture[str], tmp_path: Path, remote: Path
) -> None:
    assert run(capsys, tmp_path / "ours", "--defaults", "-d", "domain=lamp").code == 0
    copier(
        remote,
        *("copy", "--defaults", "-d", "domain=lamp", "gh:appcred/appcred", tmp_path / "theirs"),
        cwd=tmp_path,
    )
    assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")


def test_an_updated_tree_equals_a_fresh_one(
    capsys: CaptureFixture[str], tmp_path: Path, remote: Path
) -> None:
    ours, fresh = tmp_path / "ours", tmp_path / "fresh"
    answers = ("-d", "domain=lamp", "-d", "flow=pkce_secret", "-d", 'name=Läm"p {x}')
    assert run(capsys, ours, "--defaults", *answers).code == 0
    git(ours, "init")
    git(ours, "add", "-A")
    git(ours, "commit", "-m", "scaffolded")
    # nothing to do at the same version
    copier(remote, "update", "--defaults", "-a", ANSWERS, cwd=ours)
    status = subprocess.run(
        ["git", "-C", ours, "status", "--porcelain"], capture_output=True, check=True
    )
    assert status.stdout == b""
    # the next version of the template
    (added,) = (remote / "template/tree").glob("*integration_dir*")
    (added / "more.py.jinja").write_text('"""More of {{ domain }}."""\n')
    (changed,) = added.glob("const.py.jinja")
    changed.write_text(changed.read_text() + '\nMORE = "{{ domain }}"\n')
    git(remote, "add", "-A")
    git(remote, "commit", "-m", "the next version")
    git(remote, "tag", "v99.0.0")
    copier(remote, "update", "--defaults", "-a", ANSWERS, cwd=ours)
    copier(remote, "copy", "--defaults", *answers, "gh:appcred/appcred", fresh, cwd=tmp_path)
    assert tree(ours) == tree(fresh)
    assert b"<<<<<<<" not in b"".join(tree(ours).values())
    assert (ours / "custom_components/lamp/more.py").read_text() == '"""More of lamp."""\n'
    assert yaml.safe_load((ours / ANSWERS).read_text())["_commit"] == "v99.0.0"


def test_an_update_keeps_an_author_s_second_sensor(
    capsys: CaptureFixture[str], tmp_path: Path, remote: Path
) -> None:
    """One more row, and the next version changes the same file: a fresh tree, and that row."""
    ours, fresh = tmp_path / "ours", tmp_path / "fresh"
    answers = ("-d", "domain=lamp")
    assert run(capsys, ours, "--defaults", *answers).code == 0
    row = (
        "    LampSensorEntityDescription(\n"
        '        key="level",\n'
        '        translation_key="level",\n'
        '        value_fn=lambda status: status.value("level"),\n'
        "    ),\n"
    )
    sensor = ours / "custom_components/lamp/sensor.py"

    def with_row(text: str) -> str:
        rows, end, rest = text.partition("\n)\n\n\nasync def async_setup_entry(")
        assert end
        return f"{rows}\n{row}{end[1:]}{rest}"

    sensor.write_text(with_row(sensor.read_text()))
    git(ours, "init")
    git(ours, "add", "-A")
    git(ours, "commit", "-m", "scaffolded, with one more sensor")
    (template,) = (remote / "template/tree").glob("*integration_dir*/*'sensor' in rows*")
    template.write_text(template.read_text() + "\n\n# The next version\n")
    git(remote, "add", "-A")
    git(remote, "commit", "-m", "the next version")
    git(remote, "tag", "v99.0.0")
    copier(remote, "update", "--defaults", "-a", ANSWERS, cwd=ours)
    copier(remote, "copy", "--defaults", *answers, "gh:appcred/appcred", fresh, cwd=tmp_path)
    updated, expected = tree(ours), tree(fresh)
    path = "custom_components/lamp/sensor.py"
    assert updated.pop(path).decode() == with_row(expected.pop(path).decode())
    assert updated == expected


def test_an_update_keeps_what_was_written_in_between(
    capsys: CaptureFixture[str], tmp_path: Path, remote: Path
) -> None:
    """And `--data` changes an answer, which `appcred new` refuses to do in such a tree."""
    assert run(capsys, tmp_path, "--defaults", "-d", "domain=lamp", "-d", "name=Lamp").code == 0
    folder = tmp_path / "custom_components/lamp"
    const = folder / "const.py"
    const.write_text(const.read_text() + '\nMINE = "kept"\n')
    (folder / "diagnostics.py").unlink()
    (folder / "light.py").write_text('"""Lights."""\n')
    git(tmp_path, "init")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-m", "scaffolded, and edited")
    copier(remote, "update", "--defaults", "-a", ANSWERS, "-d", "name=Lantern", cwd=tmp_path)
    assert json.loads((folder / "manifest.json").read_text())["name"] == "Lantern"
    assert const.read_text().startswith('"""Constants for the Lantern integration."""\n')
    assert const.read_text().endswith('\nMINE = "kept"\n')
    assert (folder / "light.py").is_file()
    assert not (folder / "diagnostics.py").exists()
    assert b"<<<<<<<" not in b"".join(tree(tmp_path).values())
