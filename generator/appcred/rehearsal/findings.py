"""A rehearsal as findings, which every format of the other verbs can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.rehearsal import screens
from appcred.rehearsal.stage import Outcome, Result
from appcred.rehearsal.stages import STAGES
from appcred.stage_texts import NEEDS_RESPONSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from appcred.rehearsal.acceptance import Accepted
    from appcred.report.model import Judged


def with_stages(
    bare: Judged, results: Iterable[Result], accepted: Accepted, version: str
) -> Judged:
    """Return an integration with its stages, and with what there is to report of them.

    Args:
        bare: The integration.
        results: What came of the stages.
        accepted: What is not to be reported.
        version: The Home Assistant that ran.

    """
    results = tuple(results)
    found = (
        finding
        for finding in findings(bare.folder, results)
        if accepted.reason(finding.code) is None
    )
    return bare._replace(
        findings=(*found, *accepted.findings(results, version)),
        stages=tuple(_stage(result, accepted) for result in results),
    )


def _stage(result: Result, accepted: Accepted) -> Mapping[str, str | float]:
    stage: dict[str, str | float] = {
        "name": result.name,
        "code": result.code,
        "outcome": str(result.outcome),
        "seen": result.seen,
        "user": result.user,
        "seconds": result.seconds,
    }
    reason = accepted.reason(result.code)
    if result.outcome is Outcome.FAILED and reason is not None:
        stage["ignored"] = reason
    return stage


def findings(folder: PurePosixPath, results: Iterable[Result]) -> Iterator[Finding]:
    """Yield a finding for each stage that failed, and for each response that was missing."""
    files = {stage.name: stage.file for stage in (*STAGES, screens.STAGE)}
    lacking: dict[str, None] = {}
    for result in results:
        lacking |= dict.fromkeys(result.lacking)
        if result.outcome is Outcome.FAILED:
            message = f"{result.name}: {result.seen}"
            if result.user:
                message += f" A user sees: {result.user}"
            path = folder / (result.path or files[result.name])
            yield Finding(path, result.line, 1, result.code, result.name, message, Severity.ERROR)
    for request in lacking:
        yield Finding(
            folder / "manifest.json",
            1,
            1,
            NEEDS_RESPONSE.code,
            NEEDS_RESPONSE.name,
            f"the rehearsal needs a response for {request}; add it to the file of --responses",
            Severity.ERROR,
        )
