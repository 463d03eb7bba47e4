"""For a person at a terminal: one line for each finding, as ruff prints them, then a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import FixKind, Severity
from appcred.printing import line
from appcred.report.model import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.report.model import Report


def render(report: Report) -> str:
    """Return the lines and the summary."""
    return "".join(f"{line(each)}\n" for each in (*_lines(report), *summary(report)))


def _lines(report: Report) -> Iterator[str]:
    for one in report.integrations:
        for finding in one.findings:
            mark = " [*]" if finding.fix in _fixing(report) else ""
            place = f"{one.shown(finding.path)}:{finding.line}:{finding.column}"
            yield f"{place}: {finding.code} {finding.severity}{mark} {finding.message}"
        for work in one.manual:
            yield f"{one.shown(work.path)}:{work.line}: {work.reason}; to do: {work.todo}"
        for path, action in one.changes:
            yield f"{one.shown(path)}: {action}"


def _fixing(report: Report) -> tuple[FixKind, ...]:
    """Return the kinds of fixes that `--fix` applies, as it was asked for."""
    return (FixKind.SAFE, FixKind.UNSAFE) if report.unsafe_too else (FixKind.SAFE,)


def summary(report: Report) -> Iterator[str]:
    """Yield the closing lines: what was found, and what can be done about it."""
    judged = [one for one in report.integrations if one.applicable and one.error is None]
    fixed = sum(one.fixed for one in report.integrations)
    if fixed:
        yield f"Fixed {plural(fixed, 'finding')}."
    counts = {severity: report.count(severity) for severity in Severity}
    where = f"in {plural(len(judged), 'integration')} with OAuth2"
    others = len(report.integrations) - len(judged) - report.failed
    if others:
        where += f" ({others} without)"
    if report.failed:
        where += f"; {report.failed} could not be checked"
    if not any(counts.values()):
        yield (
            f"Nothing to report {where}."
            if judged or not report.failed
            else (f"Nothing was checked{where.partition('with OAuth2')[2]}.")
        )
    else:
        parts = [
            plural(counts[Severity.ERROR], "error"),
            plural(counts[Severity.WARNING], "warning"),
        ]
        if counts[Severity.INFO]:
            parts.append(f"{counts[Severity.INFO]} for information")
        yield f"Found {', '.join(parts)} {where}."
    if report.baselined:
        be = "is" if report.baselined == 1 else "are"
        yield f"{plural(report.baselined, 'more finding')} {be} in the baseline."
    fixes = [f.fix for one in report.integrations for f in one.findings]
    safe = sum(fix in _fixing(report) for fix in fixes)
    hidden = sum(one.unsafe for one in report.integrations)
    if safe:
        yield f"[*] {safe} fixable with --fix{' --unsafe-fixes' if report.unsafe_too else ''}."
    if hidden:
        them = "1 hidden fix" if hidden == 1 else f"{hidden} hidden fixes"
        yield f"{them} can be enabled with --unsafe-fixes."
    migrations = fixes.count(FixKind.MIGRATION)
    if migrations:
        yield f"{plural(migrations, 'finding')}: `appcred retrofit` migrates what it understands."
