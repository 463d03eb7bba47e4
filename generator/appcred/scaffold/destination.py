"""DEST: whether it can be written to, and whether it is the right place for the integration."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from appcred.errors import UsageError
from appcred.printing import say
from appcred.release import Release
from appcred.vcs import is_ignored

if TYPE_CHECKING:
    from collections.abc import Mapping


def resolve(dest: Path) -> Path:
    """Return DEST, absolute, if it can be written to, new or existing.

    `apply` would find the same errors, but only after all the questions.
    """
    try:
        place = Path(os.path.abspath(dest))  # noqa: PTH100 - `resolve` stumbles over loops
        status = place.stat() if _is_there(place) else None
    except OSError as error:
        raise UsageError(f"DEST {dest} is not a valid path: {error.strerror}") from error
    if status is not None and not place.is_dir():
        raise UsageError(f"DEST {dest} is a file; name a folder, new or existing")
    nearest = next(folder for folder in (place, *place.parents) if os.path.lexists(folder))
    if not nearest.is_dir():
        raise UsageError(f"DEST {dest} cannot be created: {nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"DEST {dest} cannot be written: {nearest} is not writable")
    return place


def _is_there(path: Path) -> bool:
    """Whether there is something, be it a broken link. Raises OSError for what cannot be."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise
        return False
    return True


def layout_of(dest: Path) -> str:
    """Return the layout that a folder is for: core's in a checkout of core, else custom."""
    return "core" if (dest / "homeassistant" / "const.py").is_file() else "custom"


def check_layout(dest: Path, given: Mapping[str, Any]) -> None:
    """Refuse a folder that no integration of a layout can go into, whatever its domain.

    `given` are the answers that are known before the others are asked, `layout` among them.
    """
    core = given["layout"] == "core"
    parents = ("homeassistant", "components") if core else ("custom_components",)
    domain = given.get("domain", dest.name)
    _refuse_inside(dest, (*parents, domain))
    repository = bool(given.get("repository"))
    if repository and not core:
        _refuse_others(dest, given.get("domain"))
    _refuse_nested(dest, needs_root=repository and not core)


def check_place(dest: Path, answers: Mapping[str, Any]) -> None:
    """Refuse a folder that is already a part of the integration's path."""
    path = PurePosixPath(answers["integration_dir"]).parts
    _refuse_inside(dest, path)
    if answers["layout"] == "custom" and answers["repository"]:
        _refuse_others(dest, path[1])


def _refuse_inside(dest: Path, path: tuple[str, ...]) -> None:
    # A checkout of core may itself be called homeassistant.
    for count in range(len(path), len(path) - 2, -1):
        if dest.parts[-count:] == path[:count]:
            raise UsageError(
                f"DEST {dest} would contain another {'/'.join(path)}; give the folder above "
                f"{path[0]}: {dest.parents[count - 1]}"
            )


def _refuse_others(dest: Path, domain: str | None) -> None:
    manifests = (dest / "custom_components").glob("*/manifest.json")
    others = sorted(each.parent.name for each in manifests if each.parent.name != domain)
    if others and (domain is not None or len(others) > 1):
        raise UsageError(
            f"DEST holds the integration {others[0]!r} already, but HACS accepts one for "
            "each repository; give another DEST, or --data repository=false"
        )


def check_repository(dest: Path, answers: Mapping[str, Any]) -> None:
    """Refuse a repository's files outside of its root; print notes about other unusual places."""
    if answers["layout"] == "core":
        from appcred.target import core_release

        release, needed = core_release(dest), Release.from_number(answers["floor"])
        if not (dest / "homeassistant" / "const.py").exists():
            say("DEST is not a checkout of Home Assistant's core, but the next steps need one")
        elif release is not None and release < needed:
            say(f"DEST is Home Assistant {release}, but the integration needs {needed} or newer")
    outer = _refuse_nested(
        dest, needs_root=answers["layout"] == "custom" and bool(answers["repository"])
    )
    if outer is not None:
        say(f"DEST is inside the git repository {outer}; the files will belong to it")


def _refuse_nested(dest: Path, *, needs_root: bool) -> Path | None:
    """Return the git repository around DEST; refuse it for what works only at a root."""
    outer = next((folder for folder in dest.parents if (folder / ".git").exists()), None)
    if outer is None or (dest / ".git").exists() or is_ignored(outer, dest):
        return None
    if needs_root:
        raise UsageError(
            f"DEST is inside the git repository {outer}, but hacs.json and workflows work "
            "only in its root folder; give that folder, one outside, or --data "
            "repository=false"
        )
    return outer
