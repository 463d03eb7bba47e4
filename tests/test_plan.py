"""A plan is shown as `git apply` takes it, and written whole or not at all."""

from __future__ import annotations

import errno
import io
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
    LEFTOVER,
    Action,
    Change,
    Plan,
    apply,
    colour_wanted,
    diff,
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
def test_git_applies_the_diff(name: str, before: bytes | None, after: bytes | None) -> None:
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


def link_into_git(root: Path) -> None:
    (root / ".git/hooks").mkdir(parents=True)
    (root / "tests").symlink_to(".git/hooks")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (stale, "manifest.json has changed since it was read; run appcred again"),
        (gone, "legacy.py was deleted since it was read; run appcred again"),
        (collides, "application_credentials.py already exists; move it"),
        (collides_with_dangling_link, "application_credentials.py already exists"),
        (folder_is_file, "tests is a file, but a folder is needed there; move it"),
        (file_is_folder, "manifest.json is not a regular file; change it by hand"),
        (link_out, "through a symbolic link; run appcred on the folder that it leads to"),
        (linked_file_out, "leads out of"),
        (loop, "manifest.json"),
        (deleted_link, "legacy.py is not a regular file; change it by hand"),
        (link_into_git, "leads into"),
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
    with pytest.raises(UsageError, match="lead to the same file through a symbolic link"):
        apply(plan_of(root, before, after))
    assert (root / "real.py").read_bytes() == b"1\n"


def test_a_root_reached_through_a_link_is_that_root(tmp_path: Path) -> None:
    tree(tmp_path / "real", BEFORE)
    (tmp_path / "link").symlink_to("real")
    apply(plan_of(tmp_path / "link"))
    assert (tmp_path / "real/manifest.json").read_bytes() == AFTER["manifest.json"]


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"")
    with pytest.raises(UsageError, match="is a file, but a folder is needed there; move it"):
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
        if outcome is None:  # a failed removal of what is not there
            assert {k for k, v in snapshot(root).items() if v[1] is not None} == AFTER.keys()
            continue
        assert snapshot(root) == former, (call, number)
        assert isinstance(outcome, KeyboardInterrupt) or "nothing was changed" in str(outcome)
    assert number >= 2


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_any_file_puts_back_all(tmp_path: Path, number: signal.Signals) -> None:
    """Sent before each of the files is put in place, and twice, as people do."""
    for at in range(1, 20):
        root = tree(tmp_path / str(at), BEFORE)
        former = snapshot(root)

        def work() -> None:
            left = at  # noqa: B023

            def send(event: str, _: object) -> None:
                nonlocal left
                if event in ("os.rename", "os.remove"):
                    left -= 1
                    if left == 0:
                        os.kill(os.getpid(), number)
                        os.kill(os.getpid(), number)

            sys.addaudithook(send)
            # Whoever started the tests may have had it ignored, as nohup does.
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)
            try:
                apply(plan_of(root))  # noqa: B023
            except KeyboardInterrupt:
                os.kill(os.getpid(), signal.SIGKILL)
            left = 0  # what measures coverage removes a file of its own as the process ends

        code = in_child(work)
        if code == 0:
            break
        assert code == (-signal.SIGKILL if number == signal.SIGINT else -number)
        files = {name: data for name, (_, data) in snapshot(root).items() if data is not None}
        # After the last file there is nothing to stop.
        assert snapshot(root) == former or (files == AFTER and at >= 6)
    assert at == 7


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with uninterrupted() as stop:
            signal.raise_signal(signal.SIGHUP)
            stop()
            apply(plan_of(tmp_path, {}, AFTER))
    finally:
        signal.signal(signal.SIGHUP, former)


def test_a_file_saved_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved after the first file was replaced, directly before the next one."""
    root = tree(tmp_path, BEFORE)
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        (root / "manifest.json").write_bytes(b"saved")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(UsageError, match=r"manifest\.json has changed since it was read"):
        apply(plan_of(root))
    now = {name: data for name, (_, data) in snapshot(root).items() if data is not None}
    assert now == BEFORE | {"manifest.json": b"saved"}


def test_a_new_file_that_came_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path, BEFORE)
    real = Path.unlink

    def unlink(self: Path, *, missing_ok: bool = False) -> None:
        if self.name == "legacy.py":  # the first step of all
            (root / "application_credentials.py").write_bytes(b"mine")
        real(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(UsageError, match="has changed since it was read"):
        apply(plan_of(root))
    now = {name: data for name, (_, data) in snapshot(root).items() if data is not None}
    assert now == BEFORE | {"application_credentials.py": b"mine"}


def test_files_that_cannot_be_restored_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree(tmp_path, BEFORE)
    real, seen = os.replace, 0

    def failing(*arguments: object, **options: object) -> None:
        nonlocal seen
        seen += 1
        if seen > 2:  # two files, and no more, not even back
            raise OSError(errno.EROFS, "Read-only file system", "it")
        real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(UsageError) as refused:
            apply(plan_of(root))
    assert str(refused.value) == (
        "cannot write it: Read-only file system; these files could not be restored, check them: "
        f"{root / 'data.bin'}, {root / 'auth/legacy.py'}"
    )
    assert not [path for path in root.rglob("*") if LEFTOVER.fullmatch(path.name)]


def test_hard_links_are_reported(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", BEFORE)
    os.link(root / "manifest.json", tmp_path / "other.json")
    (told,) = apply(plan_of(root))
    assert told == (
        f"{root / 'manifest.json'} had 2 hard links; it is now separate, and the other links "
        "are unchanged"
    )
    assert (tmp_path / "other.json").read_bytes() == BEFORE["manifest.json"]


def test_an_owner_that_cannot_be_set_is_no_hindrance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a user namespace the owner may have no number of its own."""

    def chown(*_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "chown", chown)
    root = tree(tmp_path, BEFORE)
    apply(plan_of(root))
    assert (root / "manifest.json").read_bytes() == AFTER["manifest.json"]


# --- killed ------------------------------------------------------------------------------------


def test_killed_anywhere_each_file_is_whole(tmp_path: Path) -> None:
    template = tree(tmp_path / "template", BEFORE)
    (template / "auth/legacy.py").chmod(0o600)
    halfway = 0
    for number in range(1, 1000):
        root = tmp_path / "root"
        shutil.copytree(template, root)

        def work() -> None:
            kill_at(number)  # noqa: B023
            apply(plan_of(root))  # noqa: B023

        code = in_child(work)
        now = {name: data for name, (_, data) in snapshot(root).items() if data is not None}
        left = {name for name in now if LEFTOVER.fullmatch(Path(name).name)}
        for name in BEFORE.keys() | AFTER.keys():
            assert now.get(name) in (BEFORE.get(name), AFTER.get(name))
        assert now.keys() - left <= BEFORE.keys() | AFTER.keys()
        # While anything is half done, a file beside its target says so.
        states = {name: data for name, data in now.items() if name not in left}
        assert left or states in (BEFORE, AFTER)
        halfway += states not in (BEFORE, AFTER)
        shutil.rmtree(root)
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert number > 20
    assert halfway >= 5
