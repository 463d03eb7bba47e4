"""From a PATH on the command line to the integrations below it.

Nothing outside the tree is read: links to folders are not followed, and a link to a file only
where that file lies in the same tree. What cannot be read is named in `Integration.unread`.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from appcred.errors import UsageError
from appcred.integration import MANIFEST, File, Integration, Layout
from appcred.reading import LIMIT, read_below, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})
_PARENTS: Final = frozenset({"components", "custom_components"})
_CONFIGURATION: Final = ("configuration.yaml", ".storage")
"""What lies in the folder of a Home Assistant's configuration."""


class Place(NamedTuple):
    """Where an integration lies: the repository's root (absolute), and the folder below it."""

    root: Path
    folder: PurePosixPath
    layout: Layout
    alone: bool = True
    """Whether it is the only one below its root, so that `tests/` is its own."""

    @property
    def path(self) -> Path:
        """The integration's folder as an absolute path."""
        return self.root / self.folder

    @property
    def name(self) -> str:
        """The name of that folder."""
        return self.folder.name or self.root.name


# --- finding them ------------------------------------------------------------------------------


def find(path: Path, trouble: Callable[[str], None]) -> tuple[Place, ...]:
    """Return the integrations at or below a path, ordered by folder.

    A folder that cannot be looked into gives one sentence to `trouble`. Raises UsageError if the
    path does not exist or holds no integration.
    """
    try:
        start = path.resolve(strict=True)
        if start.is_file():
            start = _folder_of(start)
        folders = sorted(_integrations(start, trouble))
    except (OSError, RuntimeError) as error:  # RuntimeError: a link in a loop, before Python 3.13
        raise UsageError(f"{path} cannot be read: {reason(error)}") from error
    if not folders:
        raise UsageError(
            f"{path} contains no integration: no folder has a {MANIFEST} with a domain"
        )
    return tuple(_place(folder) for folder in folders)


def _folder_of(file: Path) -> Path:
    """Return the integration that a file belongs to, else the folder it lies in."""
    for folder in file.parents:
        if (folder / MANIFEST).is_file():
            return folder
        if folder.parent.name in _PARENTS:
            break
    return file.parent


def _integrations(start: Path, trouble: Callable[[str], None]) -> Iterator[Path]:
    pending = [start]
    while pending:
        folder = pending.pop()
        names: list[str] = []
        manifest = False
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name == MANIFEST and entry.is_file():
                        manifest = True
                    elif entry.is_dir(follow_symlinks=False) and not _skipped(entry):
                        names.append(entry.name)
        except OSError as error:
            trouble(f"{folder} cannot be read: {reason(error)}")
            continue
        # A core checkout and an installed Home Assistant: their integrations lie in one folder.
        if (core := _core(folder, names)) is not None:
            pending.append(core)
        elif manifest and _is_integration(folder, start, inner="custom_components" in names):
            yield folder
        else:
            pending += [folder / name for name in names]


def _core(folder: Path, names: Sequence[str]) -> Path | None:
    """Return the folder of core's integrations, by a folder above it and the names in that."""
    for parts in (("homeassistant", "components"), ("components",)):
        if parts[0] in names:
            core = folder.joinpath(*parts)
            if (core.parent / "const.py").is_file() and core.is_dir() and not core.is_symlink():
                return core
    return None


def _skipped(entry: os.DirEntry[str]) -> bool:
    return (
        entry.name.startswith(".")
        or entry.name in _SKIPPED
        or os.path.exists(f"{entry.path}/pyvenv.cfg")  # noqa: PTH110 - asked for every folder
    )


def _is_integration(folder: Path, start: Path, *, inner: bool) -> bool:
    """Whether a folder with a manifest.json is an integration, not, say, a web app."""
    if folder.parent.name in _PARENTS:
        return True
    if inner:
        return False
    try:
        manifest = json.loads(read_below(folder.parent, Path(folder.name, MANIFEST)))
    except (OSError, ValueError, RecursionError):
        return folder == start  # asked for by name: say what is wrong with it
    return isinstance(manifest, dict) and "domain" in manifest


def _place(folder: Path) -> Place:
    parent = folder.parent
    if parent.name == "components" and parent.parent.name == "homeassistant":
        return Place(parent.parent.parent, _below(folder, 3), Layout.CORE)
    if parent.name == "custom_components":
        alone = not has_neighbours(folder)
        return Place(parent.parent, _below(folder, 2), Layout.CUSTOM, alone=alone)
    return Place(folder, PurePosixPath(), Layout.CUSTOM)


def has_neighbours(folder: Path) -> bool:
    """Whether there are other integrations beside one, whether or not they are looked into."""
    try:
        with os.scandir(folder.parent) as entries:  # lazily: the second of a thousand will do
            return any(
                entry.name != folder.name and Path(entry.path, MANIFEST).is_file()
                for entry in entries
            )
    except OSError:
        return False


def _below(folder: Path, depth: int) -> PurePosixPath:
    return PurePosixPath(*folder.parts[-depth:])


# --- reading one -------------------------------------------------------------------------------


def load(place: Place, wanted: Callable[[bytes], bool] | None = None) -> Integration | None:
    """Read an integration.

    With `wanted`, None is returned as soon as no Python file of its folder is wanted, by its
    content; so most of core is left alone. Raises UsageError, one sentence, if its manifest is
    not that of an integration.
    """
    reader = _Reader(place)
    manifest = reader.manifest()
    if wanted is not None and not _any_wanted(f"{place.root}/{place.folder}", wanted):
        return None
    folder = reader.tree(place.folder, (".py",))
    tests = _tests(place, manifest["domain"])
    if tests is not None:
        # A repository's root can be the integration's folder, and then holds the tests too.
        own = [file for path, file in folder.items() if not path.is_relative_to(tests)]
    else:
        own = list(folder.values())
    if wanted is not None and not any(wanted(file.content) for file in own):
        return None
    files = dict(folder)
    files |= reader.files
    for name in ("strings.json", "quality_scale.yaml"):
        reader.read_file(place.folder / name, files)
    if place.layout is Layout.CUSTOM or place.folder / "strings.json" not in files:
        files |= reader.tree(place.folder / "translations", (".json",))
    if tests is not None:
        files |= reader.tree(tests, (".py",))
    return Integration(
        place.root,
        place.folder,
        place.layout,
        manifest["domain"],
        files,
        tests,
        reader.unread,
        _new_tests(place, manifest["domain"]) if tests is None else None,
    )


def _tests(place: Place, domain: str) -> PurePosixPath | None:
    candidates = [PurePosixPath("tests", "components", domain), PurePosixPath("tests", domain)]
    if place.layout is Layout.CUSTOM and place.alone:
        candidates.append(PurePosixPath("tests"))
    for candidate in candidates:
        folder = place.root / candidate
        try:
            if folder.is_dir() and folder.resolve() == folder:
                return candidate
        except (OSError, RuntimeError):
            continue
    return None


def _new_tests(place: Place, domain: str) -> PurePosixPath | None:
    """Return where an integration without tests would have them, if there is a place for them.

    There is none in an installed Home Assistant and in the folder of a configuration, nor beside
    several integrations, whose tests they would be; what lies in the integration's own folder, as
    it does where that is the repository's root, would be installed with it.
    """
    tests = PurePosixPath("tests")
    try:
        if place.layout is Layout.CORE:
            folder = tests / "components"
            return folder / domain if (place.root / folder).is_dir() else None
        taken = (tests, *_CONFIGURATION)
        if not place.folder.parts or any((place.root / name).exists() for name in taken):
            return None
        others = place.path.parent.glob(f"*/{MANIFEST}")
        return tests if all(other.parent == place.path for other in others) else None
    except (OSError, RuntimeError):
        return None


class _Reader:
    """Reads files below one root, and keeps account of those it could not."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.root = place.root
        self.files: dict[PurePosixPath, File] = {}
        self.unread: dict[PurePosixPath, str] = {}

    def manifest(self) -> dict[str, str]:
        """Return the manifest. Raises UsageError if it is none."""
        path = self.place.folder / MANIFEST

        def refused(why: str, line: int = 1) -> UsageError:
            return UsageError(f"{self.root / path} {why}", (path, line))

        self.read_file(path, self.files)
        if path not in self.files:
            raise refused(f"cannot be read: {self.unread.get(path, 'it does not exist')}")
        try:
            manifest = self.files[path].json
        except ValueError as error:
            line = getattr(error, "lineno", 1)
            raise refused(f"is not valid JSON: {error}", line) from error
        if not isinstance(manifest, dict):
            raise refused("is not a JSON object; write a manifest with a domain")
        domain = manifest.get("domain")
        if not isinstance(domain, str) or not re.fullmatch(r"\w+", domain):
            raise refused("has no valid domain; add one, such as my_cloud")
        return manifest

    def read_file(self, path: PurePosixPath, into: dict[PurePosixPath, File]) -> None:
        """Read one file, if it is there."""
        try:
            content = read_below(self.root, path)
        except FileNotFoundError:
            return
        except (OSError, RuntimeError, ValueError) as error:
            self.unread[path] = reason(error)
        else:
            into[path] = File(content)

    def tree(self, folder: PurePosixPath, suffixes: tuple[str, ...]) -> dict[PurePosixPath, File]:
        """Read the files below a folder that have one of the suffixes."""
        found: dict[PurePosixPath, File] = {}
        if not _is_real(self.root / folder):
            if os.path.lexists(self.root / folder):
                self.unread[folder] = "a symbolic link to a folder, which is not followed"
            return found
        pending = [folder]
        while pending:
            current = pending.pop()
            try:
                with os.scandir(self.root / current) as entries:
                    names = sorted(entries, key=lambda entry: entry.name)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                self.unread[current] = reason(error)
                continue
            for entry in names:
                if entry.is_dir(follow_symlinks=False):
                    if not _skipped(entry):
                        pending.append(current / entry.name)
                elif entry.name.endswith(suffixes):
                    self.read_file(current / entry.name, found)
                elif entry.is_symlink() and not _leads_to_a_file(entry):
                    self.unread[current / entry.name] = "a symbolic link to a folder or to nothing"
        return dict(sorted(found.items()))


def _is_real(folder: Path) -> bool:
    """Whether a folder is there, and no link on the way to it."""
    return os.path.realpath(folder) == str(folder) and folder.exists()


def _leads_to_a_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a loop
        return False


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path costs more than the read
        return file.read()


def _any_wanted(folder: str, wanted: Callable[[bytes], bool]) -> bool:
    """Whether a Python file below a folder is wanted; what cannot be read here is not.

    Most of core's ten thousand files are read here and nowhere else, so plain strings it is.
    """
    pending = [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        if not entry.is_file(follow_symlinks=False):
                            continue  # a link is looked at only once its folder is read
                        if entry.stat(follow_symlinks=False).st_size > LIMIT:
                            continue
                        if wanted(_read(entry.path)):
                            return True
                    elif entry.is_dir(follow_symlinks=False) and not _skipped(entry):
                        pending.append(entry.path)
        except OSError:
            continue
    return False


def text(root: Path, path: str) -> str:
    """Return the text of a file of a tree, empty where there is none that can be read."""
    try:
        return read_below(root, path).decode("utf-8-sig")
    except (OSError, ValueError):
        return ""


def relative(path: Path, root: Path) -> PurePosixPath:
    """Return a path relative to a root. Raises ValueError if it lies elsewhere."""
    return PurePosixPath(path.resolve().relative_to(root).as_posix())
