"""A baseline: the findings that a large tree starts with, so that only new ones are reported."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from appcred.errors import UsageError
from appcred.finding import FixKind
from appcred.reading import read_given

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.finding import Finding
    from appcred.report.model import Judged, Report

VERSION: Final = 1
_FIELDS: Final = ("domain", "code", "path", "message")

Key = tuple[str, str, str, str]


def write(path: Path, report: Report) -> None:
    """Write every finding of a report. Raises UsageError if the file cannot be written."""
    known = Counter(_key(one, finding) for one in report.integrations for finding in one.findings)
    rows = [
        {**dict(zip(_FIELDS, key, strict=True)), "count": count}
        for key, count in sorted(known.items())
    ]
    text = json.dumps({"version": VERSION, "findings": rows}, indent=2, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def read(path: Path) -> Counter[Key]:
    """Read a baseline. Raises UsageError if the file is none."""
    try:
        loaded = json.loads(read_given(path))
        if loaded["version"] != VERSION:
            raise UsageError(
                f"{path} has version {loaded['version']}, but this appcred reads version "
                f"{VERSION}; create it again with --write-baseline"
            )
        return Counter({_row(row): int(row["count"]) for row in loaded["findings"]})
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is not a baseline; create one with --write-baseline") from error


def _row(row: dict[str, str]) -> Key:
    domain, code, path, message = (str(row[name]) for name in _FIELDS)
    return domain, code, path, message


def without(report: Report, known: Counter[Key]) -> tuple[Report, int]:
    """Return a report without the findings of a baseline, and how many of those are gone.

    Findings outside of a `--select` or of the given part of the tree do not count as gone.
    """
    left = Counter(known)
    integrations = []
    hidden = 0
    for one in report.integrations:
        new: list[Finding] = []
        for finding in one.findings:
            key = _key(one, finding)
            if left[key] > 0:
                left[key] -= 1
                hidden += 1
            else:
                new.append(finding)
        unsafe = sum(finding.fix is FixKind.UNSAFE for finding in new) if one.unsafe else 0
        integrations.append(one._replace(findings=tuple(new), unsafe=unsafe))
    asked = {(one.domain, code) for one in report.integrations for code in one.codes}
    gone = sum(count for key, count in left.items() if count > 0 and key[:2] in asked)
    return replace(report, integrations=tuple(integrations), baselined=hidden), gone


def _key(one: Judged, finding: Finding) -> Key:
    code, path, message = finding.key
    return one.domain, code, path, message
