"""The Home Assistant releases that an integration is judged over, by `--target` or its tree."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from appcred.errors import UsageError
from appcred.integration import Layout
from appcred.loading import text
from appcred.reading import read_below, reason
from appcred.release import Release, Span, newest, oldest
from appcred.resources import ANSWERS

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.integration import Integration


class Range(NamedTuple):
    """A span, and, where it is not the one that was asked for, a sentence that says why."""

    span: Span
    note: str | None = None


def releases(integration: Integration, target: str) -> Range:
    """Return the releases an integration is judged over.

    `target` is a release, or `auto`: `homeassistant/const.py` of a core tree, else the
    `homeassistant` of hacs.json, else the newest known release. An author's integration must
    work on every release from there to the newest; one in core's tree only ever runs in its own.
    Raises UsageError for a target that is no release.
    """
    note = None
    if target == "auto":
        floor, note = _own_floor(integration)
        core = integration.layout is Layout.CORE
        source = "homeassistant/const.py is from" if core else "hacs.json allows"
    else:
        try:
            floor = Release.parse(target)
        except ValueError as error:
            raise UsageError(f"--target: {error}, or auto") from error
        source = "--target is"
    if floor < oldest():
        note = (
            f"{source} Home Assistant {floor}, but application credentials need {oldest()}. "
            f"Using {oldest()} as the minimum."
        )
        floor = oldest()
    elif floor > newest():
        note = (
            f"{source} Home Assistant {floor}, which is newer than this version of appcred "
            f"knows. Checking for {newest()}."
        )
    last = floor if integration.layout is Layout.CORE else max(floor, newest())
    return Range(Span(floor, last), note)


def _own_floor(integration: Integration) -> tuple[Release, str | None]:
    """Return the floor that the tree names, and a note if that is not usable."""
    root = integration.root
    if integration.layout is Layout.CORE:
        return core_release(root) or newest(), None
    try:
        settings = json.loads(read_below(root, "hacs.json"))
    except FileNotFoundError:
        settings = {}
    except (OSError, ValueError, RecursionError) as error:
        parsed = isinstance(error, (json.JSONDecodeError, RecursionError))
        why = "is not valid JSON" if parsed else f"cannot be read: {reason(error)}"
        return newest(), f"hacs.json {why}. Using {newest()} as the minimum."
    try:
        if isinstance(settings, dict) and "homeassistant" not in settings:
            return _answered_floor(root) or newest(), None
        return Release.parse(settings["homeassistant"]), None
    except (ValueError, KeyError, TypeError, AttributeError):
        wanted = (
            f"hacs.json has no valid release as `homeassistant`. Using {newest()} as the minimum."
        )
        return newest(), wanted


def _answered_floor(root: Path) -> Release | None:
    """Return the floor from Copier's answers, for a tree without hacs.json.

    Each answer is on a line of its own; a YAML parser would take longer than the check.
    """
    found = re.search(r"^floor: (\d{6})$", text(root, ANSWERS), re.MULTILINE)
    return Release.from_number(int(found[1])) if found else None


def core_release(root: Path) -> Release | None:
    """Return the release of a checkout of core, or None."""
    const = text(root, "homeassistant/const.py")
    major = re.search(r"^MAJOR_VERSION\b[^=\n]*= *(\d{4})", const, re.MULTILINE)
    minor = re.search(r"^MINOR_VERSION\b[^=\n]*= *(\d{1,2})", const, re.MULTILINE)
    return Release(int(major[1]), int(minor[1])) if major and minor else None
