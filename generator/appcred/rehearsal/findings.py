"""A rehearsal as findings, in the formats of every other verb."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from appcred import report as reports
from appcred.finding import Finding, Severity
from appcred.rehearsal import screens
from appcred.rehearsal.stage import Outcome, Result
from appcred.rehearsal.stages import STAGES
from appcred.report import sarif
from appcred.report.model import Judged, Report
from appcred.resources import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

NEEDS_RESPONSE: Final = "APC800"
_PAGE: Final = f"https://github.com/{REPOSITORY}/blob/main/docs/rehearse.md"


def findings(folder: PurePosixPath, results: Iterable[Result]) -> Iterator[Finding]:
    """Yield a finding for each stage that failed, and for each response that was missing."""
    files = {stage.name: stage.file for stage in (*STAGES, screens.STAGE)}
    lacking: dict[str, None] = {}
    for result in results:
        lacking |= dict.fromkeys(result.lacking)
        if result.outcome is Outcome.FAILED:
            message = f"{result.name}: {result.seen}"
            if result.user:
                message += f" What a user sees: {result.user}"
            path = folder / files[result.name]
            yield Finding(path, 1, 1, result.code, result.name, message, Severity.ERROR)
    for request in lacking:
        yield Finding(
            folder / "manifest.json",
            1,
            1,
            NEEDS_RESPONSE,
            "needs-response",
            f"the rehearsal needs a response for {request}; write it into the file that "
            "--responses names",
            Severity.ERROR,
        )


def render(judged: Judged, results: Iterable[Result], form: str) -> str:
    """Return a rehearsal as `json`, `sarif` or `github`."""
    results = tuple(results)
    found = tuple(findings(judged.folder, results))
    stages = tuple(
        {
            "name": result.name,
            "code": result.code,
            "outcome": str(result.outcome),
            "seen": result.seen,
            "user": result.user,
        }
        for result in results
    )
    report = Report((replace(judged, findings=found, stages=stages),), judged.target or "auto")
    if form == "sarif":
        return json.dumps(_sarif(report), indent=2, ensure_ascii=False) + "\n"
    return reports.render(report, form)


def _sarif(report: Report) -> dict[str, Any]:
    """Add the stages as rules, and their findings, to the log of a report that has none."""
    (one,) = report.integrations
    log = sarif.document(replace(report, integrations=(replace(one, findings=()),)))
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    places = {}
    titles = [(stage.code, stage.name, stage.proves) for stage in (*STAGES, screens.STAGE)]
    titles.append((NEEDS_RESPONSE, "needs-response", "The vendor's answers are known."))
    for code, name, title in titles:
        places[code] = len(rules)
        rules.append(
            {
                "id": code,
                "name": name,
                "shortDescription": {"text": title},
                "fullDescription": {"text": title},
                "helpUri": _PAGE,
                "defaultConfiguration": {"level": "error"},
            }
        )
    run["results"] = [
        {
            "ruleId": finding.code,
            "ruleIndex": places[finding.code],
            "level": "error",
            "message": {"text": finding.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": one.shown(finding.path)},
                        "region": {"startLine": finding.line, "startColumn": finding.column},
                    }
                }
            ],
        }
        for finding in one.findings
    ]
    return log
