"""`appcred check`: runs the rules over every integration below the paths given."""

from __future__ import annotations

import gc
import os
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from appcred import loading, settings
from appcred.documents.lines import replaced_lines
from appcred.errors import UsageError
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import mentions_helper
from appcred.oauth.secrets import shown_secrets
from appcred.printing import say
from appcred.release import Release, Span
from appcred.report.model import Edit, Judged, Report, plural
from appcred.rules import engine, suppression
from appcred.target import releases

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from appcred.integration import Integration
    from appcred.loading import Place

_ALONE: Final = 40
"""The number of integrations below which a second process costs more than it saves."""

_UNREADABLE: Final = engine.UNPARSED


class CheckOptions(NamedTuple):
    """The options that concern a single integration."""

    target: str = "auto"
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    config: Path | None = None
    fix: bool = False
    unsafe: bool = False
    edits: bool = False
    """Whether to say what each safe fix would change."""
    secrets: bool = False
    """Whether to look for the client secrets that the source shows, so that none is printed."""


def main(arguments: argparse.Namespace) -> int:
    """Run the verb and return its exit code. Raises UsageError for bad usage."""
    options = CheckOptions(
        arguments.target,
        settings.option(arguments.select, "--select"),
        settings.option(arguments.ignore, "--ignore") or (),
        arguments.config,
        arguments.fix,
        arguments.unsafe_fixes,
        edits=arguments.format == "sarif",
        secrets=arguments.format in ("text", "full"),
    )
    if arguments.statistics and arguments.format not in ("text", "full", "concise"):
        raise UsageError(
            "--statistics needs --format text, full or concise; the other formats list every "
            "finding"
        )
    if options.target != "auto":
        try:
            Release.parse(options.target)
        except ValueError as error:
            raise UsageError(f"--target: {error}, or auto") from error
    if options.config is not None:
        settings.read(options.config, required=True)
    known = None
    if arguments.baseline is not None or arguments.write_baseline is not None:
        from appcred import baseline

        known = baseline.read(arguments.baseline) if arguments.baseline is not None else None
    # Syntax trees are freed by counting references. Looking for cycles among their millions of
    # nodes would take a third of the time, and find none.
    collecting = gc.isenabled()
    gc.disable()
    try:
        judged = judge_all(places(arguments.paths), options)
    finally:
        if collecting:
            gc.enable()
    report = Report(
        tuple(judged),
        options.target,
        options.unsafe,
        grouped=not arguments.no_group,
        statistics=arguments.statistics,
    )
    code = exit_code(report)
    if arguments.write_baseline is not None:
        baseline.write(arguments.write_baseline, report)
        say(f"wrote the findings to {arguments.write_baseline}")
        code = 2 if report.failed else 0
    if known is not None:
        report, gone = baseline.without(report, known)
        code = exit_code(report)
        if gone:
            be = "is" if gone == 1 else "are"
            say(
                f"{plural(gone, 'finding')} of {arguments.baseline} {be} no longer reported; "
                "update it with --write-baseline"
            )
    for one in report.integrations:
        for note in one.notes:
            say(f"{one.display_path()}: {note}")
    for said in dict.fromkeys(one.error for one in report.integrations if one.error is not None):
        say(said)
    emit(report, arguments.format, arguments.output)
    return code


def emit(report: Report, form: str, output: Path | None) -> None:
    """Write a report to a file, or to standard output. Raises UsageError if it cannot."""
    from appcred.report import render

    terminal = output is None and sys.stdout.isatty()
    if form == "text":
        known = any(one.secrets is not None for one in report.integrations)
        form = "full" if terminal and known else "concise"
    if terminal and form == "full":
        import shutil

        report = replace(
            report,
            color="NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb",
            width=shutil.get_terminal_size().columns,
        )
    # A byte of a file name that is not UTF-8 becomes an escape, which JSON has as well.
    text = render(report, form).encode(errors="backslashreplace").decode()
    try:
        if output is None:
            print(text, end="", flush=True)
        else:
            output.write_text(text, encoding="utf-8")
    except BrokenPipeError:
        raise
    except OSError as error:
        where = output or "standard output"
        raise UsageError(f"{where} cannot be written: {error.strerror}") from error


def exit_code(report: Report) -> int:
    """Return 2 if something could not be read, 1 if there are errors, else 0."""
    codes = {f.code for one in report.integrations for f in one.findings}
    if any(one.crashed for one in report.integrations):
        return 3
    if report.failed or _UNREADABLE in codes:
        return 2
    return 1 if report.count(Severity.ERROR) else 0


def places(paths: Iterable[Path]) -> tuple[Place, ...]:
    """Return the integrations below the paths, each once. Raises UsageError if there is none."""
    found = {place.path: place for path in paths for place in loading.find(path, say)}
    return tuple(found.values())


def judge_all(where: Sequence[Place], options: CheckOptions) -> list[Judged]:
    """Judge integrations in their order; many of them in as many processes as there are cores."""
    if len(where) < _ALONE or options.fix:
        return [judge(place, options) for place in where]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    wanted = int(os.environ.get("APPCRED_JOBS") or cores or 1)
    if wanted < 2 or not hasattr(os, "fork"):
        return [judge(place, options) for place in where]
    from appcred.parallel import spread

    return spread(lambda place: judge(place, options), where, wanted)


def judge(place: Place, options: CheckOptions) -> Judged:
    """Load and check one integration; errors are part of the result."""
    bare = Judged.at(place)
    try:
        integration = loading.load(place, _worth_reading)
        if integration is None:
            return bare._replace(applicable=False)
        return _check(integration, options)
    except Exception as error:
        return bare.failed(error, "checked")


def _worth_reading(content: bytes) -> bool:
    return mentions_helper(content) or suppression.WORD in content


def _check(integration: Integration, options: CheckOptions) -> Judged:
    path = options.config or integration.root / "pyproject.toml"
    configured = settings.read(path, required=options.config is not None)
    choice = configured.of(integration.domain)
    target = choice.target if options.target == "auto" and choice.target else options.target
    judged = releases(integration, target)
    result = Judged.of(integration, judged)
    code = oauth_code(integration)
    if not code.applicable and not code.broken:
        return result._replace(applicable=False)
    accepted = dict(choice.ignore)
    select = options.select if options.select is not None else choice.select
    codes = settings.selected(select, options.ignore)
    result = result._replace(codes=codes)
    used: set[str] = set()

    def reported(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        kept = []
        for finding in suppression.apply(findings, comments):
            prefix = next((p for p in accepted if finding.code.startswith(p)), None)
            if prefix is None:
                kept.append(finding)
            else:
                used.add(prefix)
        return tuple(kept)

    if options.secrets:
        result = result._replace(secrets=tuple(shown_secrets(code)))
    comments = suppression.suppressions(integration)
    kinds = {FixKind.SAFE, FixKind.UNSAFE} if options.unsafe else {FixKind.SAFE}
    if options.fix:
        result = _fixed(result, integration, judged.span, codes, kinds, reported)
        unused = _unused(configured, integration, accepted, used, codes)
        return result._replace(findings=tuple(sorted((*result.findings, *unused))))
    found = reported(engine.check(integration, judged.span, codes))
    found += _unused(configured, integration, accepted, used, codes)
    hidden = 0 if options.unsafe else sum(f.fix is FixKind.UNSAFE for f in found)
    if options.edits:
        result = result._replace(edits=_edits(integration, judged.span, found))
    return result._replace(findings=tuple(sorted(found)), unsafe=hidden)


def _edits(
    integration: Integration, span: Span, findings: Iterable[Finding]
) -> dict[Finding, tuple[Edit, ...]]:
    """Return the changes that each safe fix, applied alone, would make to existing files."""
    found = {}
    for finding in findings:
        if finding.fix is not FixKind.SAFE:
            continue
        made = engine.rule(finding.code).fix(integration, finding, span)
        if isinstance(made, ManualWork) or made.files.keys() != integration.files.keys():
            continue
        changed = [path for path, file in made.files.items() if file is not integration.files[path]]
        found[finding] = tuple(
            Edit(path, first, last, text)
            for path in changed
            for first, last, text in replaced_lines(
                integration.files[path].content, made.files[path].content
            )
        )
    return found


def _fixed(
    result: Judged,
    integration: Integration,
    span: Span,
    codes: tuple[str, ...],
    kinds: set[FixKind],
    reported: Callable[[Iterable[Finding]], tuple[Finding, ...]],
) -> Judged:
    from appcred import plan, vcs

    vcs.refuse_leftovers(integration)
    outcome = engine.fix(
        integration, span, kinds, only=codes, wanted=lambda finding: bool(reported([finding]))
    )
    changes = plan.Plan.between(
        integration.root,
        {path: file.content for path, file in integration.files.items()},
        {path: file.content for path, file in outcome.integration.files.items()},
    )
    remarks = plan.apply(changes)
    left = reported(outcome.left)
    notes = [*result.notes, *remarks]
    notes += [
        f"reverted the {one.finding.code} fix in {one.finding.path}: it "
        + (
            f"introduced {', '.join(sorted({f.code for f in one.introduced}))}"
            if one.introduced
            else "did not resolve its finding"
        )
        for one in outcome.dropped
    ]
    hidden = 0 if FixKind.UNSAFE in kinds else sum(f.fix is FixKind.UNSAFE for f in left)
    return result._replace(
        findings=left,
        changes=tuple((change.path, str(change.action)) for change in changes.changes),
        manual=tuple(
            work._replace(line=engine.original_line(outcome.integration, integration, work))
            for work in outcome.manual  # which counts in what was, and not in what is there now
        ),
        notes=tuple(notes),
        fixed=len(outcome.applied),
        unsafe=hidden,
    )


def _unused(
    configured: settings.Settings,
    integration: Integration,
    accepted: dict[str, str],
    used: set[str],
    codes: tuple[str, ...],
) -> tuple[Finding, ...]:
    """Return findings for entries of a domain's own `ignore` that nothing was ignored by.

    Those of the common table are left alone: another integration may need them.
    """
    own = dict(configured.domains).get(integration.domain)
    if own is None or configured.path is None:
        return ()
    module = engine.rule("APC001")
    if "APC001" not in codes:
        return ()
    try:
        path = loading.relative(configured.path, integration.root)
    except ValueError:
        return ()
    unused = [
        code
        for code, _ in own.ignore
        if code in accepted and code not in used and set(codes) & {*_of(code)}
    ]
    lines = (
        loading.text(configured.path.parent, configured.path.name).splitlines() if unused else []
    )
    return tuple(
        module.RULE.on(
            path,
            _line(lines, integration.domain, code),
            1,
            f"unused ignore: {code} is not reported for {integration.domain}; remove it",
            fixable=False,
        )
        for code in unused
    )


def _line(lines: list[str], domain: str, code: str) -> int:
    """Return the line of a code in the table of a domain, or 1 if it is not found."""
    named = [number for number, line in enumerate(lines, 1) if re.search(rf"\b{domain}\b", line)]
    after = named[0] if named else 0
    behind = (
        n for n, line in enumerate(lines, 1) if n >= after and re.search(rf"\b{code}\b", line)
    )
    return next(behind, 1)


def _of(prefix: str) -> Iterable[str]:
    return (code for code in engine.codes() if code.startswith(prefix))
