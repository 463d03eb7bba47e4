"""A plan is shown as `git apply` takes it, and written whole or not at all."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appcred.errors import UsageError
from appcred.plan import (
    JOURNAL,
    Action,
    Change,
    Plan,
    apply,
    colour_wanted,
    diff,
    recover,
    uninterrupted,
)
from faults import in_child, kill_at, small_file_system, snapshot, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What the tree of most tests holds, and what the plan makes of it: every action, in folders that
# are there and folders that are not.
BEFORE = {
    "manifest.json": b'{"domain": "lamp"}\n',
    "auth/legacy.py": b"SECRET = 1\r\n",
    "auth/keep.py": b"# not concerned\n",
    "data.bin": bytes(range(256)),
}
AFTER = {
    "manifest.json": b'{"domain": "lamp", "dependencies": []}\n',
    "auth/keep.py": b"# not concerned\n",
    "data.bin": b"\xff\x00",
    "application_credentials.py": b"# new\n",
    "tests/deep/down/test_it.py": b"",
    "tests/deep/conftest.py": b"# no newline at the end",
}


def plan_of(root: Path, before: dict[str, bytes] = BEFORE, after: dict[str, bytes] = AFTER) -> Plan:
    old, new = ({PurePosixPath(k): v for k, v in files.items()} for files in (before, after))
    return Plan.between(root, old, new)


# --- the value ---------------------------------------------------------------------------------


def test_between_finds_every_action(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    assert [(str(change.path), change.action) for change in plan.changes] == [
        ("application_credentials.py", Action.CREATE),
        ("auth/legacy.py", Action.DELETE),
        ("data.bin", Action.MODIFY),
        ("manifest.json", Action.MODIFY),
        ("tests/deep/conftest.py", Action.CREATE),
        ("tests/deep/down/test_it.py", Action.CREATE),
    ]
    assert plan
    assert not plan_of(tmp_path, BEFORE, BEFORE)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", ""])
def test_a_path_that_leaves_the_root_is_no_change(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path below a root"):
        Change(PurePosixPath(path), None, b"")


def test_no_change_and_two_changes_of_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="would not change"):
        Change(PurePosixPath("a"), b"", b"")
    change = Change(PurePosixPath("a"), None, b"")
    with pytest.raises(ValueError, match="each file once"):
        Plan(tmp_path, (change, change))


# --- shown -------------------------------------------------------------------------------------


def test_diff_reads_as_git_writes_it(tmp_path: Path) -> None:
    before = {"a.py": b"one\n-- two\nthree", "gone": b"x\n", "bin": b"\xff"}
    after = {"a.py": b"one\ntwo\nthree\n", "empty": b"", "bin": b"\xfe"}
    assert diff(plan_of(tmp_path, before, after)) == (
        "diff --git a/a.py b/a.py\n"
        "--- a/a.py\n"
        "+++ b/a.py\n"
        "@@ -1,3 +1,3 @@\n"
        " one\n"
        "--- two\n"
        "-three\n"
        "\\ No newline at end of file\n"
        "+two\n"
        "+three\n"
        "diff --git a/bin b/bin\n"
        "Binary files a/bin and b/bin differ\n"
        "diff --git a/empty b/empty\n"
        "new file mode 100644\n"
        "diff --git a/gone b/gone\n"
        "deleted file mode 100644\n"
        "--- a/gone\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-x\n"
    )


def test_colour_changes_nothing_else(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"a": b"--- x\nsame\n"}, {"a": b"+++ y\nsame\n"})
    painted = diff(plan, colour=True)
    assert "\x1b[31m---- x\x1b[0m\n\x1b[32m++++ y\x1b[0m\n same\n" in painted
    for code in ("0", "1", "31", "32", "36"):
        painted = painted.replace(f"\x1b[{code}m", "")
    assert painted == diff(plan)


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colour_wanted(Terminal())
    assert not colour_wanted(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour_wanted(Terminal())


LINES = st.lists(
    st.text(st.sampled_from("ab-+ @\\\r\t\f\x1c\u2028é\N{GRINNING FACE}"), max_size=4), max_size=8
)
TEXTS = st.builds(
    lambda lines, end: ("\n".join(lines) + end).encode(), LINES, st.sampled_from("\n ")
)
NAMES = st.sampled_from(["a", "two words", "é", 'q"uote', "tab\t", "line\n", "back\\slash"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=NAMES, before=st.none() | TEXTS | st.just(b""), after=st.none() | TEXTS | st.just(b""))
def test_git_applies_what_is_shown(name: str, before: bytes | None, after: bytes | None) -> None:
    if before == after:
        return
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / name
        if before is not None:
            target.write_bytes(before)
        shown = diff(Plan(Path(folder), (Change(PurePosixPath(name), before, after),)))
        subprocess.run(
            ["git", "apply", "--whitespace=nowarn", "-"],
            cwd=folder,
            input=shown.encode(),
            check=True,
        )
        assert (target.read_bytes() if target.exists() else None) == after


# --- applied -----------------------------------------------------------------------------------


def test_apply_writes_all_and_leaves_nothing_else(tmp_path: Path) -> None:
    root = tree(tmp_path, BEFORE)
    (root / "manifest.json").chmod(0o640)
    apply(plan_of(root))
    files = {name: data for name, (_, data) in snapshot(root).items() if data is not None}
    assert files == AFTER
    assert (root / "manifest.json").stat().st_mode & 0o777 == 0o640
    umask = os.umask(0)
    os.umask(umask)
    assert (root / "application_credentials.py").stat().st_mode & 0o777 == 0o666 & ~umask
    assert recover(root) is None


def test_an_empty_plan_touches_nothing(tmp_path: Path) -> None:
    apply(Plan(tmp_path / "nowhere", ()))
    assert not (tmp_path / "nowhere").exists()


def test_the_root_itself_is_made(tmp_path: Path) -> None:
    apply(plan_of(tmp_path / "a" / "b", {}, AFTER))
    assert (tmp_path / "a" / "b" / "manifest.json").read_bytes() == AFTER["manifest.json"]


def stale(root: Path) -> None:
    (root / "manifest.json").write_bytes(b"edited")


def gone(root: Path) -> None:
    (root / "auth/legacy.py").unlink()


def collides(root: Path) -> None:
    (root / "application_credentials.py").write_bytes(b"mine")


def collides_with_dangling_link(root: Path) -> None:
    (root / "application_credentials.py").symlink_to("nowhere")


def folder_is_file(root: Path) -> None:
    (root / "tests").write_bytes(b"")


def file_is_folder(root: Path) -> None:
    (root / "manifest.json").unlink()
    (root / "manifest.json").mkdir()


def link_out(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "tests").symlink_to(outside)


def linked_file_out(root: Path) -> None:
    (root.parent / "outside.json").write_bytes(BEFORE["manifest.json"])
    (root / "manifest.json").unlink()
    (root / "manifest.json").symlink_to("../outside.json")


def loop(root: Path) -> None:
    (root / "manifest.json").unlink()
    (root / "manifest.json").symlink_to("manifest.json")


def deleted_link(root: Path) -> None:
    (root / "auth/legacy.py").rename(root / "auth/real.py")
    (root / "auth/legacy.py").symlink_to("real.py")


def journal_there(root: Path) -> None:
    (root / JOURNAL).mkdir()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (stale, "manifest.json has changed since it was read; run appcred again"),
        (gone, "legacy.py has gone since it was read; run appcred again"),
        (collides, "application_credentials.py is there already; move it"),
        (collides_with_dangling_link, "application_credentials.py is there already"),
        (folder_is_file, "tests is a file where a folder is needed; move it"),
        (file_is_folder, "manifest.json is not a regular file; change it by hand"),
        (link_out, "through a symbolic link; run appcred on the folder it leads to"),
        (linked_file_out, "leads out of"),
        (loop, "manifest.json"),
        (deleted_link, "legacy.py is not a regular file; change it by hand"),
        (journal_there, "another run is at work, or one was interrupted; run appcred again"),
    ],
)
def test_a_tree_that_does_not_fit_is_refused_untouched(
    tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    root = tree(tmp_path / "root", BEFORE)
    spoil(root)
    former = snapshot(tmp_path)
    with pytest.raises(UsageError) as error:
        apply(plan_of(root))
    assert sentence in str(error.value)
    assert snapshot(tmp_path) == former


def test_a_link_inside_the_tree_is_written_through(tmp_path: Path) -> None:
    root = tree(tmp_path, {"real/a.py": b"1\n"})
    (root / "a.py").symlink_to("real/a.py")
    (root / "here").symlink_to("real")
    apply(plan_of(root, {"a.py": b"1\n"}, {"a.py": b"2\n", "here/new.py": b"3\n"}))
    assert (root / "a.py").is_symlink()
    assert (root / "real/a.py").read_bytes() == b"2\n"
    assert (root / "real/new.py").read_bytes() == b"3\n"


def test_two_names_of_one_file_are_refused(tmp_path: Path) -> None:
    root = tree(tmp_path, {"real.py": b"1\n"})
    (root / "a.py").symlink_to("real.py")
    before, after = {"a.py": b"1\n", "real.py": b"1\n"}, {"a.py": b"2\n", "real.py": b"3\n"}
    with pytest.raises(UsageError, match="are one, through a symbolic link"):
        apply(plan_of(root, before, after))
    assert (root / "real.py").read_bytes() == b"1\n"


def test_a_root_reached_through_a_link_is_that_root(tmp_path: Path) -> None:
    tree(tmp_path / "real", BEFORE)
    (tmp_path / "link").symlink_to("real")
    apply(plan_of(tmp_path / "link"))
    assert (tmp_path / "real/manifest.json").read_bytes() == AFTER["manifest.json"]


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"")
    with pytest.raises(UsageError, match=r"cannot write .*; nothing was changed"):
        apply(plan_of(tmp_path / "root", {}, AFTER))


def test_a_read_only_file_of_ones_own_is_changed() -> None:
    """Its folder may be written, so its mode is a habit, not a lock; and it keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        root = tree(Path(folder) / "root", BEFORE)
        (root / "manifest.json").chmod(0o444)
        for path in [Path(folder), root, *root.rglob("*")]:
            if os.geteuid() == 0:
                os.chown(path, 65534, 65534)

        def work() -> None:
            if os.geteuid() == 0:
                os.setuid(65534)
            apply(plan_of(root))

        assert in_child(work) == 0
        assert (root / "manifest.json").read_bytes() == AFTER["manifest.json"]
        assert (root / "manifest.json").stat().st_mode & 0o777 == 0o444


# --- an error on the way -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "Input/output error", "it"), KeyboardInterrupt()]
)
@pytest.mark.parametrize("call", ["replace", "unlink", "mkdir", "fsync", "chmod"])
def test_an_error_at_any_call_rolls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    """Fail the first, the second … call of each kind that the plan makes."""
    number = 0
    while True:
        number += 1
        root = tree(tmp_path / f"{call}{number}" / "root", BEFORE)
        former = snapshot(root)
        seen = 0
        real = getattr(os, call)

        def failing(*arguments: object, **options: object) -> object:
            nonlocal seen
            seen += 1
            if seen == number:  # noqa: B023
                raise error
            return real(*arguments, **options)  # noqa: B023

        with monkeypatch.context() as patch:
            patch.setattr(os, call, failing)
            try:
                apply(plan_of(root))
            except (UsageError, KeyboardInterrupt) as raised:
                outcome: BaseException | None = raised
            else:
                outcome = None
        if seen < number:
            break
        if outcome is None:  # a failed sync of a folder, or of what is only cleaning up
            recover(root)
            assert {k for k, v in snapshot(root).items() if v[1] is not None} == AFTER.keys()
            continue
        if (
            isinstance(outcome, KeyboardInterrupt)
            and (root / "data.bin").read_bytes() == b"\xff\x00"
        ):
            recover(root)  # interrupted while cleaning up: the plan was applied
            assert {k for k, v in snapshot(root).items() if v[1] is not None} == AFTER.keys()
            continue
        assert snapshot(root) == former, (call, number)
        assert isinstance(outcome, KeyboardInterrupt) or "nothing was changed" in str(outcome)
    assert number > 2


def test_an_error_in_a_new_root_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "it")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(UsageError, match="No space left on device; nothing was changed"):
        apply(plan_of(tmp_path / "a" / "b", {}, AFTER))
    assert snapshot(tmp_path) == {}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, bool]]:
    """A file system of 256 KiB where one may be mounted, else a plain folder."""
    disk = tmp_path / "disk"
    with small_file_system(disk) as mounted:
        yield disk, mounted


def test_a_full_disk_rolls_back(small_disk: tuple[Path, bool]) -> None:
    disk, mounted = small_disk
    root = tree(disk / "root", BEFORE)
    former = snapshot(root)
    big = AFTER | {"tests/deep/big.bin": b"x" * 300_000}

    def work() -> None:
        if not mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
        with pytest.raises(
            UsageError, match=r"(No space left|File too large).*nothing was changed"
        ):
            apply(plan_of(root, BEFORE, big))

    assert in_child(work) == 0
    assert snapshot(root) == former


def test_a_folder_that_may_not_be_written_rolls_back() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        root = tree(Path(folder) / "root", BEFORE)
        (root / "locked").mkdir()
        (root / "locked").chmod(0o555)
        for path in [root, *root.rglob("*")]:
            if path.name != "locked" and os.geteuid() == 0:
                os.chown(path, 65534, 65534)
        former = snapshot(root)

        def work() -> None:
            if os.geteuid() == 0:
                os.setuid(65534)
            with pytest.raises(UsageError, match="Permission denied; nothing was changed"):
                apply(plan_of(root, BEFORE, AFTER | {"locked/a.py": b""}))

        assert in_child(work) == 0
        assert snapshot(root) == former


def test_an_interrupt_while_tidying_up_comes_after(tmp_path: Path) -> None:
    former = signal.getsignal(signal.SIGINT)

    def tidy_up() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            (tmp_path / "done").touch()

    with pytest.raises(KeyboardInterrupt):
        tidy_up()
    assert (tmp_path / "done").exists()
    assert signal.getsignal(signal.SIGINT) is former


def test_a_plan_may_be_applied_in_a_thread(tmp_path: Path) -> None:
    thread = threading.Thread(target=apply, args=(plan_of(tmp_path, {}, AFTER),))
    thread.start()
    thread.join()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "application_credentials.py",
        "auth",
        "data.bin",
        "manifest.json",
        "tests",
    ]


# --- killed ------------------------------------------------------------------------------------


def test_killed_anywhere_it_is_whole_after_the_next_run(tmp_path: Path) -> None:
    template = tree(tmp_path / "template", BEFORE)
    (template / "auth/legacy.py").chmod(0o600)
    (template / "manifest.json").chmod(0o777)
    former = snapshot(template)
    told = 0
    for number in range(1, 1000):
        root = tmp_path / "root"
        shutil.copytree(template, root)

        def work() -> None:
            kill_at(number)  # noqa: B023
            apply(plan_of(root))  # noqa: B023

        code = in_child(work)
        sentence = recover(root)
        now = snapshot(root)
        if sentence:
            told += 1
            assert sentence == (
                f"an earlier run in {root} was interrupted; "
                "the 6 files it was to change are as before"
            )
            assert now == former
        else:
            written = {name: data for name, (_, data) in now.items() if data is not None}
            assert now == former or written == AFTER
        assert recover(root) is None
        shutil.rmtree(root)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert number > 40
    assert told > 20


def test_killed_in_a_new_root_it_leaves_no_folder(tmp_path: Path) -> None:
    told = 0
    for number in range(1, 1000):
        top = tmp_path / str(number)
        top.mkdir()
        root = top / "a" / "b"

        def work() -> None:
            kill_at(number)  # noqa: B023
            apply(plan_of(root, {}, AFTER))  # noqa: B023

        code = in_child(work)
        if recover(root):
            told += 1
            assert snapshot(top) == {}
        if code == 0:
            break
    assert told > 10


def test_recovery_itself_may_be_killed(tmp_path: Path) -> None:
    template = tree(tmp_path / "template", BEFORE)
    former = snapshot(template)

    def half_done(root: Path) -> None:
        """Stop after every file is in place, before the journal is closed."""

        def work() -> None:
            real = os.unlink

            def stop(path: Path, **options: object) -> None:
                if Path(path).name == "journal.json":
                    os.kill(os.getpid(), signal.SIGKILL)
                real(path, **options)

            os.unlink = stop
            apply(plan_of(root))

        assert in_child(work) == -signal.SIGKILL

    for number in range(1, 1000):
        root = tmp_path / "root"
        shutil.copytree(template, root)
        half_done(root)
        assert (root / "manifest.json").read_bytes() == AFTER["manifest.json"]

        def work() -> None:
            kill_at(number)  # noqa: B023
            recover(root)  # noqa: B023

        code = in_child(work)
        recover(root)
        assert snapshot(root) == former
        shutil.rmtree(root)
        if code == 0:
            break
    assert number > 20


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """A tree whose run was killed when all was written but the journal not yet closed."""
    root = tree(tmp_path / "root", BEFORE)

    def work() -> None:
        def stop(event: str, arguments: tuple[object, ...]) -> None:
            if event == "os.remove" and str(arguments[0]).endswith("journal.json"):
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(stop)
        apply(plan_of(root))

    assert in_child(work) == -signal.SIGKILL
    assert (root / JOURNAL / "journal.json").exists()
    return root


def test_an_edit_after_the_kill_is_not_lost(interrupted: Path) -> None:
    (interrupted / "manifest.json").write_bytes(b"mine")
    former = snapshot(interrupted)
    with pytest.raises(UsageError, match=r"manifest\.json was edited after .* was interrupted"):
        recover(interrupted)
    assert {k: v for k, v in snapshot(interrupted).items() if "lock" not in k} == {
        k: v for k, v in former.items() if "lock" not in k
    }
    # and the run that follows does not write over it either
    with pytest.raises(UsageError, match="one was interrupted"):
        apply(plan_of(interrupted, {}, {"other": b""}))


def test_a_folder_with_new_contents_stays(interrupted: Path) -> None:
    (interrupted / "tests" / "mine.py").write_bytes(b"")
    assert recover(interrupted)
    assert (interrupted / "tests" / "mine.py").exists()
    assert not (interrupted / "tests" / "deep").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(token="../../../x"),
        lambda record: record.pop("above"),
        lambda record: record["entries"][0].update(surplus=1),
        lambda record: record.clear(),
    ],
)
def test_a_damaged_journal_is_left_to_a_person(
    interrupted: Path, change: Callable[[dict[str, object]], None]
) -> None:
    path = interrupted / JOURNAL / "journal.json"
    record = json.loads(path.read_bytes())
    change(record)
    path.write_text(json.dumps(record))
    with pytest.raises(UsageError, match="is damaged; the former files lie beside it"):
        recover(interrupted)
    assert (interrupted / "manifest.json").read_bytes() == AFTER["manifest.json"]


def test_a_journal_cannot_reach_out_of_the_tree(interrupted: Path) -> None:
    """It may have come with a cloned repository."""
    victim = interrupted.parent / "victim"
    victim.write_bytes(b"")
    path = interrupted / JOURNAL / "journal.json"
    record = json.loads(path.read_bytes())
    record["entries"][0]["path"] = "../victim"
    path.write_text(json.dumps(record))
    with pytest.raises(UsageError, match="leads out of"):
        recover(interrupted)
    assert victim.exists()


def test_a_strange_journal_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b"mine")
    with pytest.raises(UsageError, match="is not a folder of appcred's"):
        recover(tmp_path)
    assert (tmp_path / JOURNAL).read_bytes() == b"mine"


def test_two_runs_do_not_write_at_once(interrupted: Path) -> None:
    import fcntl

    with (interrupted / JOURNAL / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="another run of appcred is writing"):
            recover(interrupted)
    assert recover(interrupted)


def test_a_rollback_that_fails_keeps_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path, BEFORE)
    former = snapshot(root)
    real, seen = os.replace, 0

    def failing(*arguments: object, **options: object) -> None:
        nonlocal seen
        seen += 1
        if seen > 3:  # the journal's own, two files, and no more, not even back
            raise OSError(errno.EROFS, "Read-only file system", "it")
        real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(UsageError, match="the next run of appcred puts it back"):
            apply(plan_of(root))
    assert snapshot(root) != former
    assert recover(root)
    assert snapshot(root) == former
