"""The JSON of version 1, which `appcred/schema/report.json` describes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from appcred.finding import Severity

if TYPE_CHECKING:
    from appcred.report.model import Judged, Report

VERSION = 1


def render(report: Report) -> str:
    """Return one JSON object."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "version": VERSION,
        "target": report.floor,
        "integrations": [_integration(one) for one in report.integrations],
        "summary": {
            "checked": len(report.integrations) - report.failed,
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "changed": sum(bool(one.changes) for one in report.integrations),
            "failed": report.failed,
        },
        **report.extra,
    }


def _integration(one: Judged) -> dict[str, Any]:
    found: dict[str, Any] = {
        "domain": one.domain,
        "layout": one.layout,
        "path": one.display_path(),
        "target": one.target,
        "applicable": one.applicable,
        "findings": [
            {
                "code": finding.code,
                "name": finding.name,
                "severity": str(finding.severity),
                "path": one.display_path(finding.path),
                "line": finding.line,
                "column": finding.column,
                "message": finding.message,
                "fix": None if finding.fix is None else str(finding.fix),
            }
            for finding in one.findings
        ],
        "changes": [
            {"path": one.display_path(path), "action": action} for path, action in one.changes
        ],
        "manual": [
            {
                "path": one.display_path(work.path),
                "line": work.line,
                "reason": work.reason,
                "todo": work.todo,
            }
            for work in one.manual
        ],
        "error": one.error,
    }
    if one.facts is not None:
        found["facts"] = _placed(one, one.facts)
    if one.stages is not None:
        found["stages"] = [dict(stage) for stage in one.stages]
    return found


def _placed(one: Judged, facts: Any) -> Any:
    """Return facts with their paths as those of findings are."""
    if isinstance(facts, list):
        return [_placed(one, each) for each in facts]
    if not isinstance(facts, Mapping):
        return facts
    return {
        key: one.display_path(PurePosixPath(value)) if key == "path" else _placed(one, value)
        for key, value in facts.items()
    }
