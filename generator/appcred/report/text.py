"""Text for people: one line for each finding, as ruff prints them, then a summary.

Findings of one file that differ in their place alone are one line, unless that is not wanted.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from appcred.finding import FixKind, Severity
from appcred.printing import line
from appcred.report.model import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import Finding
    from appcred.report.model import Judged, Report


class Group(NamedTuple):
    """A finding, and the same finding at other places of the file."""

    first: Finding
    more: tuple[Finding, ...]


def render(report: Report) -> str:
    """Return the lines and the summary."""
    return "".join(f"{line(each)}\n" for each in (*_lines(report), *closing(report)))


def _lines(report: Report) -> Iterator[str]:
    for one in report.integrations:
        for group in () if report.statistics else grouped(report, one):
            finding = group.first
            mark = " [*]" if is_fixable(report, finding) else ""
            place = f"{one.display_path(finding.path)}:{finding.line}:{finding.column}"
            times = f" ({len(group.more) + 1} times)" if group.more else ""
            yield f"{place}: {finding.code} {finding.severity}{mark} {finding.message}{times}"
        yield from change_lines(one)


def change_lines(one: Judged) -> Iterator[str]:
    """Yield the lines for manual work and for what was changed."""
    for work in one.manual:
        yield f"{one.display_path(work.path)}:{work.line}: {work.reason}; to do: {work.todo}"
    for path, action in one.changes:
        yield f"{one.display_path(path)}: {action}"


def grouped(report: Report, one: Judged) -> list[Group]:
    """Return the findings of an integration in their order, those that say the same together."""
    if not report.grouped:
        return [Group(finding, ()) for finding in one.findings]
    found: dict[tuple[object, ...], list[Finding]] = {}
    for finding in one.findings:
        key = (finding.path, finding.code, finding.message, finding.severity, finding.fix)
        found.setdefault(key, []).append(finding)
    return [Group(first, tuple(more)) for first, *more in found.values()]


def is_fixable(report: Report, finding: Finding) -> bool:
    """Whether `--fix`, with the given options, resolves a finding."""
    return finding.fix in _fixing(report)


def _fixing(report: Report) -> tuple[FixKind, ...]:
    """Return the kinds of fixes that `--fix` applies with the given options."""
    return (FixKind.SAFE, FixKind.UNSAFE) if report.unsafe_too else (FixKind.SAFE,)


def closing(report: Report) -> Iterator[str]:
    """Yield the table of rules, if it is wanted, and the summary."""
    if report.statistics:
        yield from statistics(report)
    yield from summary(report)


def statistics(report: Report) -> Iterator[str]:
    """Yield a line for each rule: how often it was reported, and whether that can be fixed."""
    every = [finding for one in report.integrations for finding in one.findings]
    counts = Counter((finding.code, finding.name, finding.severity) for finding in every)
    fixable = Counter(finding.code for finding in every if is_fixable(report, finding))
    width = len(str(max(counts.values(), default=0)))
    for (code, name, severity), count in sorted(counts.items(), key=lambda e: (-e[1], e[0])):
        mark = "[*]" if fixable[code] else "[ ]"
        yield f"{count:>{width}}  {code}  {severity:<7}  {mark} {name}"


def summary(report: Report) -> Iterator[str]:
    """Yield the closing lines: the number of findings, and how to resolve them."""
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
    found = [finding for one in report.integrations for finding in one.findings]
    safe = sum(is_fixable(report, finding) for finding in found)
    hidden = sum(one.unsafe for one in report.integrations)
    if safe:
        yield f"[*] {safe} fixable with --fix{' --unsafe-fixes' if report.unsafe_too else ''}."
    if hidden:
        them = "1 hidden fix" if hidden == 1 else f"{hidden} hidden fixes"
        yield f"{them} can be enabled with --unsafe-fixes."
    # What is for information alone, a retrofit edits only if it is asked to.
    migrations = sum(
        each.fix is FixKind.MIGRATION and each.severity is not Severity.INFO for each in found
    )
    if migrations:
        yield f"{plural(migrations, 'finding')} may be resolved by `appcred retrofit`."
