"""The rendered files compared with DEST: the plan of what to write."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

import yaml

from appcred.documents.yaml import parse
from appcred.errors import UsageError
from appcred.plan import Plan
from appcred.printing import say
from appcred.scaffold.rendering import ANSWERS_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath


def plan(dest: Path, files: Mapping[PurePosixPath, bytes]) -> Plan:
    """Compare the rendered files with DEST. Raises UsageError if files collide."""
    there: dict[PurePosixPath, bytes | None] = {}
    for path in files:
        try:
            there[path] = (dest / path).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise UsageError(f"DEST {dest} is too long; choose a shorter path") from error
            there[path] = None  # a folder, a file where a folder is needed, what may not be read
    files = {path: data for path, data in files.items() if not _is_own(dest, path, data)}
    there = {path: data for path, data in there.items() if path in files}
    collisions = [str(path) for path, data in there.items() if data != files[path]]
    if collisions:
        one = len(collisions) == 1
        instead = f"move {'it' if one else 'them'} away, or give another DEST"
        former = _domain(there.get(ANSWERS_FILE))
        if former is not None and str(ANSWERS_FILE) in collisions:
            _refuse_another(former, _domain(files[ANSWERS_FILE]))
            instead = (
                "to change the answers of an earlier scaffold: copier update --answers-file "
                f"{ANSWERS_FILE} --data KEY=VALUE"
            )
        raise UsageError(
            f"DEST already contains {len(collisions)} file{'' if one else 's'} with other content: "
            f"{', '.join(collisions)}. Nothing was written; {instead}"
        )
    same = {path: data for path, data in there.items() if data is not None}
    return Plan.between(dest, same, files)


_OWN: Final = {
    ".gitignore": (),
    "LICENSE": ("COPYING", "LICENSE.md", "LICENSE.txt"),
    "README.md": (),
    "ruff.toml": (".ruff.toml", "pyproject.toml"),
}
"""Files of a repository that its author may have already, by these names or others."""


def _is_own(dest: Path, path: PurePosixPath, data: bytes) -> bool:
    """Whether DEST has its own version of a file, which is kept; prints a note."""
    names = (str(path), *_OWN.get(str(path), ()))
    if str(path) not in _OWN:
        return False
    own = next((name for name in names if (dest / name).is_file()), None)
    if own is None or (own == str(path) and (dest / own).read_bytes() == data):
        return False
    say(f"{own} already exists and was kept; {path} was not written")
    return True


def _domain(answers: bytes | None) -> object:
    """Return the domain that an answers file is for, None if it is no answers file."""
    try:
        return parse(answers or b"")["domain"]
    except (yaml.YAMLError, LookupError, TypeError, ValueError):
        return None  # then it is a file in the way, like any other


def _refuse_another(former: object, domain: object) -> None:
    """Raise UsageError if the integration that DEST was made for is another one."""
    if former != domain:
        raise UsageError(
            f"DEST is already the repository of the integration {former!r}, and {domain!r} would "
            "replace its tests and settings; give another DEST"
        )
