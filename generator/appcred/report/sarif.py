"""SARIF 2.1.0, which GitHub's code scanning and most editors read."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from appcred import stage_texts
from appcred.finding import Severity
from appcred.report.model import display_path
from appcred.resources import REPOSITORY, program_version, rule_page
from appcred.rules import engine
from appcred.rules.documentation import documentation

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from appcred.finding import Finding
    from appcred.report.model import Judged, Report

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(report: Report) -> str:
    """Return one log with one run."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return the log as plain data."""
    codes = list(engine.codes())
    if any(one.stages is not None for one in report.integrations):
        codes += stage_texts.CODES
    seen: Counter[str] = Counter()
    base = report.base
    results = [
        _result(one, finding, codes, seen, base)
        for one in report.integrations
        for finding in one.findings
    ]
    failures = [
        {
            "level": "error",
            "message": {"text": one.error},
            "locations": [{"physicalLocation": _failed(one, base)}],
        }
        for one in report.integrations
        if one.error is not None
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "appcred",
                        "version": program_version(),
                        "informationUri": f"https://github.com/{REPOSITORY}",
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "originalUriBaseIds": {
                    "SRCROOT": {"uri": f"{base.as_uri()}/".replace(":////", ":///")}
                },
                "invocations": [
                    {
                        "executionSuccessful": not failures,
                        "toolExecutionNotifications": failures,
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "results": results,
                **({"properties": dict(report.extra)} if report.extra else {}),
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    if code in stage_texts.BY_CODE:
        stage = stage_texts.BY_CODE[code]
        return {
            "id": code,
            "name": stage.name,
            "shortDescription": {"text": stage.proves},
            "fullDescription": {"text": stage.user},
            "help": {"text": stage.user, "markdown": stage.user},
            "helpUri": stage_texts.PAGE,
            "defaultConfiguration": {"level": "error"},
        }
    module = engine.rule(code)
    text = documentation(module)
    return {
        "id": code,
        "name": module.RULE.name,
        "shortDescription": {"text": text.title},
        "fullDescription": {"text": text.body or text.title},
        "help": {"text": text.body or text.title, "markdown": text.body or text.title},
        "helpUri": rule_page(code),
        "defaultConfiguration": {"level": _LEVELS[module.RULE.severity]},
    }


def _result(
    one: Judged, finding: Finding, codes: list[str], seen: Counter[str], base: Path
) -> dict[str, Any]:
    # Lines move, and so do working folders; the rest, and how often it came before, do not.
    identity = ":".join((one.domain, *finding.key))
    seen[identity] += 1
    digest = hashlib.sha256(
        f"{identity}:{seen[identity]}".encode(errors="backslashreplace")
    ).hexdigest()
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(one.path(finding.path), base),
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
        "partialFingerprints": {"appcred/v1": digest[:32]},
        **({"fixes": [_fix(one, finding, base)]} if finding in one.edits else {}),
    }


def _failed(one: Judged, base: Path) -> dict[str, Any]:
    if one.place is None:
        return {"artifactLocation": _artifact(one.path(), base)}
    path, line = one.place
    return {
        "artifactLocation": _artifact(one.path(path), base),
        "region": {"startLine": line},
    }


def _fix(one: Judged, finding: Finding, base: Path) -> dict[str, Any]:
    """Return what a safe fix changes, by whole lines of the files as they are."""
    files: dict[PurePosixPath, list[dict[str, Any]]] = {}
    for edit in one.edits[finding]:
        files.setdefault(edit.path, []).append(
            {
                "deletedRegion": {
                    "startLine": edit.first,
                    "startColumn": 1,
                    "endLine": edit.last + 1,
                    "endColumn": 1,
                },
                "insertedContent": {"text": edit.text},
            }
        )
    return {
        "description": {"text": f"appcred check --fix --select {finding.code}"},
        "artifactChanges": [
            {"artifactLocation": _artifact(one.path(path), base), "replacements": replacements}
            for path, replacements in files.items()
        ],
    }


def _artifact(path: Path, base: Path) -> dict[str, str]:
    if not path.is_relative_to(base):
        return {"uri": path.as_uri()}
    return {"uri": quote(os.fsencode(display_path(path, base))), "uriBaseId": "SRCROOT"}
