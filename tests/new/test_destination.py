"""Where it may write, and what is said where it may not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appcred import cli
from new.command import refused, run, tree

if TYPE_CHECKING:
    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow


def git(folder: Path, *arguments: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def test_dest_is_made_with_its_parents(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    dest = tmp_path / "a" / "b"
    assert run(capsys, dest, "--defaults").code == 0
    assert (dest / "custom_components/example/manifest.json").is_file()


def test_dest_defaults_to_here(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from appcred import cli

    monkeypatch.chdir(tmp_path)
    assert cli.run(["new", "--defaults"]) == 0
    assert (tmp_path / "custom_components/example/manifest.json").is_file()
    assert capsys.readouterr().out.startswith("./\n├── .copier-answers")


def test_a_second_run_finds_everything_there(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, tmp_path, "--defaults").code == 0
    former = tree(tmp_path)
    done = run(capsys, tmp_path, "--defaults")
    assert done.code == 0
    assert done.out == f"{tmp_path} is up to date; nothing was written\n"
    assert tree(tmp_path) == former


def test_an_existing_repository_gets_an_integration(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    git(tmp_path, "init")
    (tmp_path / "README.md").write_text("mine\n")
    (tmp_path / "custom_components/other").mkdir(parents=True)
    (tmp_path / "custom_components/other/manifest.json").write_text("{}")
    done = run(capsys, tmp_path, "--defaults")
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "README.md").read_text() == "mine\n"
    assert (tmp_path / "custom_components/example/manifest.json").is_file()


def test_files_in_the_way_are_listed_and_nothing_is_written(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "custom_components/example").mkdir(parents=True)
    (tmp_path / "custom_components/example/const.py").write_text("MINE = 1\n")
    (tmp_path / "custom_components/example/api.py").mkdir()
    former = sorted(tmp_path.rglob("*"))
    said = refused(run(capsys, tmp_path, "--defaults"))
    assert said == (
        "DEST already contains 2 files with other content: custom_components/example/api.py, "
        "custom_components/example/const.py. Nothing was written; move them away, "
        "or give another DEST"
    )
    assert sorted(tmp_path.rglob("*")) == former
    (tmp_path / "custom_components/example/api.py").rmdir()
    said = refused(run(capsys, tmp_path, "--defaults"))
    assert said.startswith("DEST already contains 1 file with other content: custom_comp")
    assert "move it away" in said


def test_a_file_where_a_folder_is_needed(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "custom_components").write_text("mine")
    said = refused(run(capsys, tmp_path, "--defaults"))
    assert "custom_components/example/manifest.json" in said
    assert (tmp_path / "custom_components").read_text() == "mine"


def test_dest_is_a_file(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    dest.write_text("mine")
    said = refused(run(capsys, dest, "--defaults"))
    assert said.startswith(f"DEST {dest} is a file")
    said = refused(run(capsys, dest / "below", "--defaults"))
    assert said == f"DEST {dest / 'below'} cannot be created: {dest} is not a folder"


def test_dest_is_too_long(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    for dest in (tmp_path / ("d" * 300), tmp_path.joinpath(*["dd"] * 2000)):
        said = refused(run(capsys, dest, "--defaults"))
        assert said == f"DEST {dest} is not a valid path: File name too long"
    room = os.pathconf(tmp_path, "PC_PATH_MAX") - len(str(tmp_path)) - 20
    dest = tmp_path.joinpath(*["d" * 99] * (room // 100), "d" * (room % 100 or 1))
    said = refused(run(capsys, dest, "--defaults"))
    assert said == f"DEST {dest} is too long; choose a shorter path"
    assert not list(tmp_path.iterdir())


def test_a_second_integration_gets_a_repository_of_its_own(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(capsys, tmp_path, "--defaults", "-d", "domain=one").code == 0
    former = tree(tmp_path)
    said = refused(run(capsys, tmp_path, "--defaults", "-d", "domain=other"))
    assert said == (
        "DEST is already the repository of the integration 'one', and 'other' would replace its "
        "tests and settings; give another DEST"
    )
    assert tree(tmp_path) == former
    # the same one with other answers is no other integration, and a file that is no answers
    # file is a file in the way
    said = refused(run(capsys, tmp_path, "--defaults", "-d", "domain=one", "-d", "name=Uno"))
    assert "with other content: .copier-answers.appcred.yml, " in said
    assert said.endswith(
        "Nothing was written; to change the answers of an earlier scaffold: "
        "copier update --answers-file .copier-answers.appcred.yml --data KEY=VALUE"
    )
    for contents in ("domain: [", "- domain", ""):
        (tmp_path / ".copier-answers.appcred.yml").write_text(contents)
        said = refused(run(capsys, tmp_path, "--defaults", "-d", "domain=other"))
        assert "with other content: .copier-answers.appcred.yml, " in said
        assert said.endswith("Nothing was written; move them away, or give another DEST")


@pytest.mark.parametrize(
    ("dest", "holds", "layout"),
    [
        ("custom_components", "custom_components", "custom"),
        ("custom_components/example", "custom_components", "custom"),
        ("homeassistant/components", "homeassistant", "core"),
        ("homeassistant/components/example", "homeassistant", "core"),
    ],
)
def test_dest_is_inside_the_integration(
    capsys: CaptureFixture[str], tmp_path: Path, dest: str, holds: str, layout: str
) -> None:
    """Where the integration's files go, not where the whole tree goes: an easy mistake."""
    place = tmp_path / dest
    said = refused(run(capsys, place, "--defaults", "-d", f"layout={layout}"))
    assert said.startswith(f"DEST {place} would contain another {holds}/")
    assert said.endswith(f"; give the folder above {holds}: {tmp_path}")
    assert not list(tmp_path.iterdir())


def test_dest_has_a_name_that_is_only_like_it(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    for place, layout in (("homeassistant", "core"), ("custom_components/lamp", "custom")):
        done = run(capsys, tmp_path / place, "--defaults", "-d", f"layout={layout}")
        assert done.code == 0, done.err


def test_hacs_takes_one_integration(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "custom_components/other").mkdir(parents=True)
    (tmp_path / "custom_components/other/manifest.json").write_text("{}")
    former = tree(tmp_path)
    said = refused(run(capsys, tmp_path, "--defaults", "-d", "repository=true"))
    assert said.startswith("DEST holds the integration 'other' already, but HACS accepts one")
    assert tree(tmp_path) == former


def test_an_empty_dest_is_not_the_current_folder(capsys: CaptureFixture[str]) -> None:
    assert cli.run(["new", "", "--defaults"]) == cli.CANNOT
    said = capsys.readouterr().err
    assert said.startswith("appcred: argument DEST: is empty; use . for the current folder")


def test_two_integrations_in_one_checkout_of_core(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    git(tmp_path, "init")
    (tmp_path / "homeassistant").mkdir()
    (tmp_path / "homeassistant/const.py").touch()
    for domain in ("one", "other"):
        done = run(capsys, tmp_path, "--defaults", "-d", "layout=core", "-d", f"domain={domain}")
        assert (done.code, done.err) == (0, "")
        assert (tmp_path / f"homeassistant/components/{domain}/manifest.json").is_file()


def test_core_code_outside_of_a_checkout_of_core(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    done = run(capsys, tmp_path, "--defaults", "-d", "layout=core")
    said = "DEST is not a checkout of Home Assistant's core, but the next steps need one"
    assert (done.code, done.err) == (0, f"appcred: {said}\n")


@pytest.mark.parametrize(
    ("minor", "said"),
    [
        (
            8,
            (
                "appcred: DEST is Home Assistant 2026.8, but the integration needs 2026.11 or "
                "newer\n"
            ),
        ),
        (11, ""),
        (12, ""),
    ],
)
def test_a_checkout_of_an_older_core(
    capsys: CaptureFixture[str], tmp_path: Path, minor: int, said: str
) -> None:
    (tmp_path / "homeassistant").mkdir()
    (tmp_path / "homeassistant/const.py").write_text(
        f"MAJOR_VERSION: Final = 2026\nMINOR_VERSION: Final = {minor}\n"
    )
    done = run(capsys, tmp_path, "--defaults", "-d", "layout=core")
    assert (done.code, done.err) == (0, said)


def test_dest_is_a_link(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    loop, dangling, good = tmp_path / "loop", tmp_path / "dangling", tmp_path / "good"
    loop.symlink_to(loop)
    dangling.symlink_to("nowhere")
    (tmp_path / "real").mkdir()
    good.symlink_to("real")
    said = refused(run(capsys, loop, "--defaults"))
    assert said == f"DEST {loop} is not a valid path: Too many levels of symbolic links"
    said = refused(run(capsys, loop / "below", "--defaults"))
    assert said == f"DEST {loop / 'below'} cannot be created: {loop} is not a folder"
    said = refused(run(capsys, dangling, "--defaults"))
    assert said == f"DEST {dangling} is not a valid path: No such file or directory"
    assert run(capsys, good, "--defaults").code == 0
    assert (tmp_path / "real/custom_components/example/manifest.json").is_file()


def test_a_link_that_leads_out_of_dest(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "dest").mkdir()
    (tmp_path / "dest/custom_components").symlink_to("../outside")
    said = refused(run(capsys, tmp_path / "dest", "--defaults"))
    assert "leads out of" in said
    assert list((tmp_path / "outside").iterdir()) == []


def test_dest_that_may_not_be_written() -> None:
    """In a process of its own, which gives up root's rights where it has them."""
    with tempfile.TemporaryDirectory() as folder:
        locked = Path(folder) / "locked"
        locked.mkdir()
        Path(folder).chmod(0o755)
        locked.chmod(0o555)
        program = (
            "import os, sys\n"
            "from appcred import cli, answers, scaffold\n"
            "if os.geteuid() == 0: os.setuid(65534)\n"
            "code = cli.run(['new', sys.argv[1], '--defaults'])\n"
            "sys.stderr.flush()\n"
            "os._exit(code)"  # coverage, if it runs, may no longer write its data
        )
        for dest in (locked, locked / "below"):
            done = subprocess.run(
                [sys.executable, "-c", program, dest], capture_output=True, text=True, check=False
            )
            assert done.returncode == 2, done.stderr
            assert done.stderr == (
                f"appcred: DEST {dest} cannot be written: {locked} is not writable\n"
            )
        assert list(locked.iterdir()) == []


def test_the_current_folder_is_gone(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    said = refused(run(capsys, Path(), "--defaults"))
    assert said == "DEST . is not a valid path: No such file or directory"
    os.chdir(tmp_path)


def test_inside_another_repository_it_says_so(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    git(tmp_path, "init")
    done = run(capsys, tmp_path / "sub" / "dest", "--defaults")
    assert done.code == 0
    assert done.err == (
        f"appcred: DEST is inside the git repository {tmp_path}; the files will belong to it\n"
    )


def test_inside_another_repository_a_repository_is_refused(
    capsys: CaptureFixture[str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    git(tmp_path, "init")
    dest = tmp_path / "sub"
    said = refused(run(capsys, dest, "--defaults", "--data", "repository=true"))
    assert said.startswith(f"DEST is inside the git repository {tmp_path}, but hacs.json and work")
    assert not dest.exists()
    # its root, a repository of its own, and what git ignores are none of the outer one's business
    for place in ("root", "own", "ignored"):
        root = tmp_path_factory.mktemp(place)
        git(root, "init")
        inner = {"root": root, "own": root / "own", "ignored": root / "ignored"}[place]
        if place == "own":
            git(inner, "init")
        (root / ".gitignore").write_text("ignored/\n")
        done = run(capsys, inner, "--defaults", "--data", "domain=lamp")
        assert done.code == 0
        kept = "appcred: .gitignore already exists and was kept; .gitignore was not written\n"
        assert done.err == (kept if place == "root" else "")


def test_without_git_the_repository_counts(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init")
    monkeypatch.setenv("PATH", "/nonexistent")
    done = run(capsys, tmp_path / "sub", "--defaults")
    assert done.code == 0, done.err
    assert "is inside the git repository" in done.err


def test_a_killed_run_is_named_and_the_next_one_goes_on(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    program = (
        "import os, signal, sys\n"
        "def stop(event, arguments):\n"
        "    if event == 'os.rename' and str(arguments[1]).endswith('strings.json'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    if event == 'os.rename' and str(arguments[1]).endswith('en.json'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(stop)\n"
        "from appcred import cli\n"
        "cli.run(['new', sys.argv[1], '--defaults', '--data', 'domain=lamp'])"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    assert done.returncode == -9
    assert (tmp_path / "custom_components/lamp/manifest.json").is_file()
    arguments = ("--defaults", "--data", "domain=lamp")
    said = refused(run(capsys, tmp_path, *arguments))
    assert said.startswith(f"an earlier run of appcred was killed and left {tmp_path}")
    left = list(tmp_path.rglob(".appcred-*"))
    assert left
    for path in left:
        assert str(path) in said
        path.unlink()
    assert run(capsys, tmp_path, *arguments).code == 0
    assert (tmp_path / "custom_components/lamp/translations/en.json").is_file()
