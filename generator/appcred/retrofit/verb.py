"""`appcred retrofit`: brings existing integrations to application credentials.

The work is done by migrations and by the fixes of the rules, in memory; here it is decided which of
them run, that an integration is changed as a whole or not at all, and what is printed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from appcred import loading, settings, vcs
from appcred.changelog import paragraph
from appcred.check import emit, places
from appcred.documents.bindings import Bindings
from appcred.errors import UsageError
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.integration import MANIFEST, Layout
from appcred.oauth.code import oauth_code
from appcred.oauth.facts import facts
from appcred.oauth.helper import PLACEHOLDER_HOOK
from appcred.oauth.registration import Source, made_unregistered, registrations
from appcred.oauth.texts import description
from appcred.plan import Action, Plan, apply, colour_wanted, diff
from appcred.printing import line, lines, say
from appcred.release import REDIRECT_URL, Release, Span
from appcred.report.model import Judged, Report, plural
from appcred.retrofit.best import existing_tests, flow_tests
from appcred.retrofit.best.classes import conversion
from appcred.retrofit.best.manual import importing, one_of_several, typed_in, unknown_client
from appcred.retrofit.decide import Decision, Rung, best_decisions
from appcred.retrofit.graph import cycles
from appcred.retrofit.keep import follow
from appcred.retrofit.migrations import CREDENTIALS, FLOW_TESTS, MIGRATIONS, REMOVAL
from appcred.retrofit.steps.pick import names_its_implementation
from appcred.retrofit.steps.texts import outdated_descriptions
from appcred.retrofit.understand import Use, has_server_of_entry, other_flow, understand
from appcred.rules import engine, suppression
from appcred.rules.edit import StopError, stop
from appcred.target import releases

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from appcred.answers import Answers
    from appcred.integration import Integration
    from appcred.loading import Place
    from appcred.retrofit.keep import Followed

OWN: Final = ("APC1", "APC2", "APC4", "APC6")
"""What application credentials bring with them; all else waits for --select or --modernize."""

_NO_OAUTH: Final = (
    "it does not sign in with OAuth2; to add OAuth2, give --data authorize_url=… --data "
    "token_url=…, --preset or --discover"
)
_SERVER_OF_ENTRY: Final = (
    "its authorization server differs from entry to entry, and application credentials have one "
    "for all entries; nothing to do"
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for, as far as a single integration is concerned."""

    target: str = "auto"
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    modernize: bool = False
    unsafe: bool = False
    remove: bool = False
    strict: bool = False
    """Whether only the best rung will do."""
    assist: bool = False
    """Whether comments are written where a person has to go on."""
    answers: Answers | None = None
    """What a person answered, where that was asked for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one integration, in memory."""

    before: Integration
    after: Integration
    span: Span
    applied: tuple[Finding, ...]
    left: tuple[Finding, ...]
    manual: tuple[ManualWork, ...]
    notes: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    """What was decided for each step, and how well it could be done."""
    gone: tuple[Finding, ...] = ()
    """What the rules found at the start and do not any more, a fix's own finding or beside it."""

    def plan(self) -> Plan:
        """Return the difference."""
        return Plan.between(
            self.before.root,
            {path: file.content for path, file in self.before.files.items()},
            {path: file.content for path, file in self.after.files.items()},
        )


def main(arguments: argparse.Namespace) -> int:
    """Run the verb and return its exit code. Raises UsageError for bad usage."""
    options = Options(
        arguments.target,
        settings.option(arguments.select, "--select"),
        settings.option(arguments.ignore, "--ignore") or (),
        arguments.modernize,
        arguments.unsafe_fixes,
        arguments.yaml == "remove",
        arguments.strict,
        arguments.assist,
        answers=_answers(arguments),
    )
    if options.target != "auto":
        try:
            Release.parse(options.target)
        except ValueError as error:
            raise UsageError(f"--target: {error}, or auto") from error
    dry = arguments.diff or arguments.check
    judged: list[Judged] = []
    paragraphs: list[str] = []
    found = places(arguments.paths)
    if options.answers is not None and len(found) > 1:
        raise UsageError(
            f"the answers apply to one integration, but PATH has {len(found)}; give the PATH of one"
        )
    for place in found:
        one, outcome = _retrofit_place(place, options)
        if outcome is not None:
            plan = outcome.plan()
            if plan and arguments.diff and arguments.format == "text":
                shown = diff(plan, colour=colour_wanted(sys.stdout), terminal=sys.stdout.isatty())
                sys.stdout.write(shown)
            if plan and not dry:
                try:
                    vcs.require_clean(
                        plan,
                        allow_dirty=arguments.allow_dirty,
                        allow_no_vcs=arguments.allow_no_vcs,
                    )
                    for sentence in apply(plan):
                        say(sentence)
                except UsageError as error:
                    one = one._replace(changes=(), fixed=0, error=str(error))
            if one.error is None:
                paragraphs += _next_steps(outcome, plan)
                if arguments.verbose:
                    for decision in outcome.decisions:
                        say(f"{one.display_path()}: {decision}")
        elif not (one.applicable or one.notes or one.error or len(found) > 1):
            one = one._replace(notes=(_NO_OAUTH,))
        judged.append(one)
    report = Report(tuple(judged), options.target)
    for one in report.integrations:
        for sentence in one.notes:
            say(f"{one.display_path()}: {sentence}")
        if one.error is not None:
            say(one.error)
    if arguments.format == "text":
        _print_text(report, paragraphs, dry=dry)
    else:
        emit(report, arguments.format, None)
    return _exit_code(report, dry=dry)


def _answers(arguments: argparse.Namespace) -> Answers | None:
    given = arguments.data or arguments.data_file or arguments.preset or arguments.discover
    if not given:
        return None
    from appcred.answers import gather

    answers = gather(arguments)
    for note in answers.notes:
        say(note)
    return answers


def _exit_code(report: Report, *, dry: bool) -> int:
    if any(one.crashed for one in report.integrations):
        return 3
    if report.failed:
        return 2
    changes = any(one.changes for one in report.integrations)
    manual = any(one.manual for one in report.integrations)
    return 1 if manual or (dry and changes) else 0


# --- one integration ---------------------------------------------------------------------------


def _retrofit_place(place: Place, options: Options) -> tuple[Judged, Outcome | None]:
    """Retrofit one integration in memory; whatever is wrong with it is in the result."""
    bare = Judged.at(place)
    try:
        integration = loading.load(place)
        if integration is None:
            return bare._replace(applicable=False), None
        vcs.refuse_leftovers(integration)
        return _judged(integration, options)
    except Exception as error:
        return bare.failed(error, "changed"), None


def _judged(integration: Integration, options: Options) -> tuple[Judged, Outcome | None]:
    judged = releases(integration, options.target)
    result = Judged.of(integration, judged)
    code = oauth_code(integration)
    if code.broken:
        broken = code.broken[0]
        where = result.display_path(broken.path)
        raise UsageError(f"{where}:{broken.line}: {broken.reason}; correct it and run this again")
    dependencies = integration.manifest.get("dependencies", [])
    if not (isinstance(dependencies, list) and all(isinstance(each, str) for each in dependencies)):
        where = result.display_path(integration.path(MANIFEST))
        raise UsageError(f"{where}: dependencies must be a list of domains; correct it first")
    for path, unread in integration.unread.items():
        if path.is_relative_to(integration.folder):  # nobody knows what it does with the client
            raise UsageError(
                f"{result.display_path(path)} cannot be read: {unread}; make it readable first"
            )
    if not code.applicable and options.answers is not None:
        return _generated(result, integration, judged.span, options)
    made_elsewhere = not (code.has_platform or code.flows or code.registers_by_hand)
    reason = _SERVER_OF_ENTRY if has_server_of_entry(integration) else None
    if reason is not None or not code.applicable or made_elsewhere:
        reason = reason or _why_not(integration)
        notes = (*result.notes, *([reason] if reason else []))
        return result._replace(applicable=False, notes=notes), None
    outcome = retrofit(integration, judged.span, options)
    if options.assist and outcome.manual:
        outcome = _assisted(outcome)
    plan = outcome.plan()
    return (
        result._replace(
            findings=tuple(f for f in outcome.left if f.severity is Severity.ERROR),
            changes=tuple((change.path, str(change.action)) for change in plan.changes),
            manual=outcome.manual,
            facts={
                **facts(integration),
                "decisions": [each.as_json() for each in outcome.decisions],
            },
            notes=(
                *result.notes,
                *_floor_note(integration, judged.span),
                *outcome.notes,
                *_needs(outcome),
            ),
            fixed=len(outcome.applied) if plan else 0,
        ),
        outcome,
    )


def _generated(
    result: Judged, integration: Integration, span: Span, options: Options
) -> tuple[Judged, Outcome | None]:
    """Give OAuth2 to an integration that has none."""
    from appcred.generation.whole import generate, has_urls

    answers = options.answers
    if answers is None or not has_urls(answers):
        raise UsageError(
            f"{result.display_path()} has no OAuth2 yet; to add it, give authorize_url and "
            "token_url with --data, --preset or --discover"
        )
    asked = options.select is not None and "APC101" in _codes(options)
    made = generate(integration, span, answers, platform_asked=asked)
    before = {f.key for f in engine.check(integration, span)}
    left = engine.check(made.integration, span) if made.integration is not integration else ()
    wrong = [f for f in left if f.severity is Severity.ERROR and f.key not in before]
    outcome = Outcome(integration, made.integration, span, (), left, made.manual)
    if wrong:
        work = tuple(
            ManualWork(
                f.path,
                f.line,
                f"the result would have {f.code}: {f.message}",
                f"correct that first (`appcred explain {f.code}` shows how) and run this again",
            )
            for f in wrong
        )
        outcome = Outcome(integration, integration, span, (), left, work)
    plan = outcome.plan()
    changes = tuple((change.path, str(change.action)) for change in plan.changes)
    notes = (*result.notes, *(made.notes if plan else ()))
    return (
        result._replace(changes=changes, manual=outcome.manual, facts={}, notes=notes),
        outcome,
    )


def _why_not(integration: Integration) -> str | None:
    """Say why an integration that has a client secret is none of ours."""
    if integration.domain in ("application_credentials", "auth", "cloud"):
        return "this is part of Home Assistant's own sign-in; nothing to do"
    if oauth_code(integration).constructions:
        return (
            "it uses Home Assistant's auth implementation, but its own flow in place of Home "
            "Assistant's OAuth2 flow; nothing to do"
        )
    if any(d.mentions("client_secret", "CONF_CLIENT_SECRET") for d in integration.modules.values()):
        return "it signs in with its own library, not with Home Assistant's OAuth2 helper"
    return None


def _floor_note(integration: Integration, span: Span) -> tuple[str, ...]:
    own = releases(integration, "auto").span.floor
    if integration.layout is Layout.CUSTOM and own < span.floor:
        return (
            f"hacs.json allows {own}, but the result needs {span.floor}; raise it in hacs.json",
        )
    return ()


def retrofit(integration: Integration, span: Span, options: Options) -> Outcome:
    """Retrofit an integration: by the best of the rungs that holds, or not at all."""
    other = other_flow(integration)
    if other is not None:
        findings = engine.check(integration, span)
        return Outcome(integration, integration, span, (), findings, (other,))
    if not options.strict and not options.remove and _names_its_own(integration):
        kept = _keep(integration, span, options)
        if kept is not None:
            return kept
    best = _apply_fixes(integration, span, options)
    if not best.manual or options.strict or options.remove or best.plan():
        return best if _concerns(best, options) else replace(best, after=integration, applied=())
    kept = _keep(integration, span, options)
    return kept if kept is not None else best


def _concerns(outcome: Outcome, options: Options) -> bool:
    """Whether what was changed is about application credentials, or was asked for by its code.

    A flow whose implementations come from elsewhere needs none of their texts.
    """
    asked = options.select is not None or options.modernize or options.unsafe
    return asked or oauth_code(outcome.after).has_platform


def _assisted(outcome: Outcome) -> Outcome:
    """Return an outcome with a comment at each place of manual work."""
    from appcred.retrofit.markers import with_markers

    todo = tuple(
        Decision("manual step", Rung.TODO, each.reason, each.path, each.line)
        for work in outcome.manual
        for each in work.each
    )
    return replace(
        outcome,
        after=with_markers(outcome.before, outcome.after, outcome.manual),
        decisions=(*outcome.decisions, *todo),
    )


def _keep(integration: Integration, span: Span, options: Options) -> Outcome | None:
    """Follow the client where the best rung does not hold; None where that does not hold either."""
    try:
        followed = follow(integration, span)
    except StopError:
        return None
    if followed is None:
        return None
    outcome = _apply_fixes(followed.integration, span, options, start=integration)
    if outcome.manual or not outcome.plan():
        return None
    return replace(
        outcome,
        decisions=followed.decisions,
        notes=(*followed.notes, *_kept(followed), *outcome.notes),
    )


def _names_its_own(integration: Integration) -> bool:
    """Whether a flow sets or names its implementation itself, and lets nobody pick one."""
    if oauth_code(integration).registers_by_hand and names_its_implementation(integration):
        return True
    if not any(document.mentions("flow_impl =") for document in integration.modules.values()):
        return False
    found = understand(integration).registrations
    return any(each.site.use is Use.FLOW for each in found)


def _kept(followed: Followed) -> Iterator[str]:
    """Name each step that keeps the integration's own code."""
    for each in followed.decisions:
        if each.rung is not Rung.BEST:
            where = f"{each.path}:{each.line}: " if each.path is not None else ""
            yield f"{where}{each.reason}"


def _apply_fixes(
    integration: Integration, span: Span, options: Options, *, start: Integration | None = None
) -> Outcome:
    """Apply the fixes that were asked for; all of it holds, or nothing does.

    `start` is the integration as it was read, where something was done to it already.
    """
    codes = _codes(options)
    comments = suppression.suppressions(integration)

    def wanted(finding: Finding) -> bool:
        asked = options.select is not None or options.modernize or finding.code == REMOVAL
        if finding.severity is Severity.INFO and not asked:
            return False
        return bool(list(suppression.apply([finding], comments)))

    kinds = {FixKind.SAFE, FixKind.MIGRATION}
    if options.unsafe:
        kinds.add(FixKind.UNSAFE)
    begin = _completed(integration, span, options)
    migrated = start is not None
    integration = start if start is not None else integration
    fixed = engine.fix(
        begin,
        span,
        kinds,
        wanted=lambda f: f.code in codes and wanted(f),
        migrations=MIGRATIONS,
    )
    after = _completed(fixed.integration, span, options)
    tests = flow_tests.Written(after)
    brings = migrated or _brings_credentials(integration, after, fixed.applied)
    if brings and _tests_wanted(options):
        tests = flow_tests.write(after, span)
    elif any(finding.code == REMOVAL for finding in fixed.applied):
        tests = flow_tests.follow(integration, after, span)
    after = tests.integration
    left = fixed.left if after is fixed.integration else engine.check(after, span)
    before = left if after is integration else engine.check(integration, span)
    fixed = fixed._replace(integration=after)
    manual = {*fixed.manual, *_not_understood(after if migrated else integration)}
    if any(finding.code == REMOVAL for finding in fixed.applied):
        manual |= set(_not_imported_yet(integration))
    if "APC101" in codes and any(finding.code == "APC101" for finding in before):
        from appcred.generation.platform import missing_facts

        manual |= set(missing_facts(fixed.integration))
    manual |= {
        ManualWork(
            one.finding.path,
            one.finding.line,
            one.finding.message,
            (
                f"do this by hand (`appcred explain {one.finding.code}` shows how): the "
                "automatic edit "
            )
            + (
                f"introduced {', '.join(sorted({f.code for f in one.introduced}))}"
                if one.introduced
                else "did not resolve the finding"
            ),
        )
        for one in fixed.dropped
        if one.finding.fix is FixKind.MIGRATION
    }
    manual |= {
        ManualWork(
            f.path,
            engine.original_line(integration, after, f),
            f"the result would have {f.code}: {f.message}",
            f"correct that first (`appcred explain {f.code}` shows how) and run this again",
        )
        for f in engine.new_findings(before, left)
        if f.severity is Severity.ERROR
    }
    if not manual:
        manual |= set(_undefined(integration, fixed.integration))
        if migrated:
            manual |= set(_new_cycles(integration, fixed.integration))
    if manual:
        manual |= set(_left_registrations(integration, manual))
        return Outcome(integration, integration, span, (), before, tuple(sorted(manual)))
    notes = tuple(
        _not_written(fixed.integration, [f for f in left if f.code in codes and wanted(f)])
    )
    if migrated or any(finding.code in CREDENTIALS for finding in fixed.applied):
        notes = (*notes, *_secrets(left), *outdated_descriptions(integration, fixed.integration))
    notes = (*notes, *tests.notes, *existing_tests.expecting(integration, after))
    notes = (*notes, *existing_tests.making(integration, after))
    if any(finding.code == REMOVAL for finding in fixed.applied):
        notes = (*notes, *existing_tests.setting_up(integration, after))
    remain = {f.key for f in left}
    gone = tuple(f for f in before if f.key not in remain)
    decided = () if migrated else tuple(dict.fromkeys(best_decisions(integration, after)))
    outcome = Outcome(integration, fixed.integration, span, fixed.applied, left, (), notes)
    return replace(outcome, decisions=decided, gone=gone)


def _brings_credentials(
    before: Integration, after: Integration, applied: tuple[Finding, ...]
) -> bool:
    """Whether application credentials are new, or a registration by hand has become them."""
    new = oauth_code(after).has_platform and not oauth_code(before).has_platform
    return new or any(finding.code in CREDENTIALS for finding in applied)


def _tests_wanted(options: Options) -> bool:
    """Whether tests come along; who names what to fix has to name them."""
    return FLOW_TESTS in settings.selected(options.select or ("APC",), options.ignore)


def _needs(outcome: Outcome) -> Iterable[str]:
    """Say what new tests need elsewhere."""
    if outcome.after.test_modules.keys() <= outcome.before.files.keys():
        return ()
    from appcred.generation.testing import needs

    return needs(outcome.before, outcome.span)


def _not_written(integration: Integration, left: list[Finding]) -> Iterable[str]:
    """Say which texts are missing that only a person can give."""
    for finding in left:
        if finding.code == "APC604" and finding.fix is None:
            yield f"{finding.path}:{finding.line}: {finding.message}"
    code = oauth_code(integration)
    bare = any(f.code == "APC601" for f in left)
    hook = code.platform is not None and code.provides(PLACEHOLDER_HOOK)
    if description(integration) is None and (bare or hook):
        yield (
            "the credentials dialog has no text; give it one with --data console_url=… (the "
            "page where users register a client) or --data credentials_text=…"
        )


def _secrets(left: Iterable[Finding]) -> Iterable[str]:
    """Say which secrets stand in the source, for all of its users to read."""
    for finding in left:
        if finding.code == "APC115":
            yield f"{finding.path}:{finding.line}: {finding.message}"


def _completed(integration: Integration, span: Span, options: Options) -> Integration:
    if options.answers is None:
        return integration
    from appcred.generation.platform import complete

    return complete(integration, span, options.answers)


def _codes(options: Options) -> tuple[str, ...]:
    select = options.select
    if select is None:
        select = ("APC",) if options.modernize else OWN
    codes = settings.selected(select, options.ignore)
    if options.remove:
        return (*codes, REMOVAL) if REMOVAL not in codes else codes
    return tuple(code for code in codes if code != REMOVAL)


def _undefined(before: Integration, after: Integration) -> Iterable[ManualWork]:
    """Yield where a changed file would read a name that is not bound, or not yet, and was before.

    No fix should do that; but one that did would break the integration at its start.
    """
    for path, file in after.files.items():
        old = before.files.get(path)
        if path.suffix != ".py" or (old is not None and old.content == file.content):
            continue
        new = Bindings(file.python.module)
        known = Bindings(old.python.module) if old is not None else None
        faults = {
            "is not defined": new.unbound() - (known.unbound() if known else set()),
            "would be used before it is assigned": new.early()
            - (known.early() if known else set()),
            "may be used before it is assigned": new.uncertain()
            - (known.uncertain() | known.early() if known else set()),
        }
        for fault, found in faults.items():
            for _, name in sorted(found):
                yield ManualWork(
                    path,
                    1,
                    f"with this edit `{name}` {fault}",
                    "migrate it by hand, and report this as a defect of appcred",
                )


def _new_cycles(before: Integration, after: Integration) -> Iterable[ManualWork]:
    """Yield the modules that would load each other and did not."""
    for pair in cycles(oauth_code(after)) - cycles(oauth_code(before)):
        first, second = sorted(pair)
        yield ManualWork(
            after.module_path(first),
            1,
            f"with this edit {first} and {second} would import each other",
            "migrate it by hand, and report this as a defect of appcred",
        )


def _left_registrations(integration: Integration, manual: set[ManualWork]) -> Iterable[ManualWork]:
    """Yield the registrations that no manual work names yet, for each of them has to go.

    Once nothing but code that is understood is left, the next run does that.
    """
    if all(_AGAIN in work.todo for work in manual):
        return
    named = {(work.path, work.line) for work in manual}
    for registration in registrations(integration).understood:
        module = registration.module
        line, _ = module.document.position(registration.used.call.node)
        inside = registration.constructed
        lines = {line}
        if inside.module is module:
            lines |= {
                module.document.position(value.node).line
                for value in (
                    inside,
                    registration.client_id,
                    registration.authorize_url,
                    registration.token_url,
                )
                if value.module is module
            }
        if not any((module.path, each) in named for each in lines):
            yield ManualWork(
                module.path,
                line,
                "an implementation is registered here by hand",
                f"let application_credentials.py provide it, and {importing(registration)}",
            )


_AGAIN: Final = "run this again"


def _not_imported_yet(integration: Integration) -> Iterable[ManualWork]:
    """Yield what takes clients from YAML itself: no release has imported them so far."""
    for registration in registrations(integration).understood:
        if registration.source in (Source.YAML, Source.LIST):
            yield stop(
                registration.module,
                registration.used.call.node,
                "this client is not imported yet, so removing it from YAML would lose it",
                "migrate without --yaml remove, publish that release, and run this again "
                "when all users have updated",
            ).manual


def _not_understood(integration: Integration) -> Iterable[ManualWork]:
    """Yield what no rule can do for the registrations of an integration, each by itself."""
    found = registrations(integration)
    yield from found.manual
    code = oauth_code(integration)
    yield from made_unregistered(code)
    several = len(found.understood) > 1
    for registration in found.understood:
        if registration.source in (Source.YAML, Source.LIST) and several:
            yield one_of_several(registration, found.understood).manual
        if registration.source is not Source.UNKNOWN:
            continue
        yield unknown_client(registration, found.understood).manual
        if typed_in(found.understood):
            continue
        try:
            conversion(code, registration)
        except StopError as error:
            yield error.manual_in(integration)


# --- what is printed ------------------------------------------------------------------------------


def _print_text(report: Report, paragraphs: list[str], *, dry: bool) -> None:
    for one in report.integrations:
        if not one.applicable or one.error is not None:
            continue
        for path, action in one.changes:
            print(line(f"{one.display_path(path)}: {action}"))
        for todo, works in groupby(one.manual, lambda work: work.todo):
            places = [f"{one.display_path(w.path)}:{w.line}: {w.reason}" for w in works]
            print("\n".join(line(place) for place in places))
            print(line(f"    to do{' in each place' if len(places) > 1 else ''}: {todo}"))
    done = [one for one in report.integrations if one.changes]
    left = [one for one in report.integrations if one.manual and not one.changes]
    rest = len(report.integrations) - len(done) - len(left) - report.failed
    verb = "would be changed" if dry else "changed"
    parts = []
    if done:
        files = sum(len(one.changes) for one in done)
        more = ", and manual steps remain" if any(one.manual for one in done) else ""
        parts.append(f"{plural(files, 'file')} of {plural(len(done), 'integration')} {verb}{more}")
    if left:
        parts.append(f"{plural(len(left), 'integration')} unchanged: manual steps required")
    if rest:
        parts.append(f"nothing to do in {plural(rest, 'integration')}")
    if parts:
        print("; ".join(parts) + ".")
    for text in paragraphs:
        print(f"\n{lines(text)}")


def _next_steps(outcome: Outcome, plan: Plan) -> list[str]:
    """Return what comes next, and a paragraph for the changelog."""
    if not plan:
        return []
    integration = outcome.before
    found = [f.code for f in outcome.applied]
    made = {change.path for change in plan.changes if change.action is Action.CREATE}
    new = integration.path("config_flow.py") in made
    lines = list(_by_rule(outcome))
    if new and not lines:
        rest = len(plan.changes) - len(made)
        lines = [f"from the template: {plural(len(made), 'new file')}, and {rest} changed"]
    paragraphs = ["\n".join(lines)] if lines else []
    text = paragraph(integration, outcome.after, found)
    if text is not None:
        paragraphs.append(text)
    if new:
        paragraphs += _next_steps_of_new(outcome)
    # The list is made of the integrations that have the platform's file.
    if integration.layout is Layout.CORE and integration.path("application_credentials.py") in made:
        lists = "lists" if new else "list of integrations with application credentials"
        paragraphs.append(f"Update core's generated {lists}: python3 -m script.hassfest")
    return paragraphs


def _by_rule(outcome: Outcome) -> Iterator[str]:
    """Yield for each rule that fixed something in how many places and files that was."""
    for code in dict.fromkeys(f.code for f in outcome.applied):
        # One fix may end several findings, and one may end what only another has brought.
        fixed, gone = (
            [f for f in all_of_them if f.code == code]
            for all_of_them in (outcome.applied, outcome.gone)
        )
        places = plural(max(len(fixed), len(gone)), "place")
        files = plural(len({f.path for f in (*fixed, *gone)}), "file")
        yield f"{code} {engine.rule(code).RULE.name}: {places} in {files}"


def _next_steps_of_new(outcome: Outcome) -> Iterator[str]:
    """Yield what comes next after a flow was written, and a paragraph for the changelog."""
    name = outcome.before.manifest.get("name", outcome.before.domain)
    text = (
        f"For the changelog: {name} can now be added under Settings > Devices & services by "
        "signing in to the service. What is set up in configuration.yaml keeps working."
    )
    if not oauth_code(outcome.after).calls.get("async_import_client_credential"):
        text += (
            " It asks for application credentials first; the redirect URL to register with the "
            f"vendor is {REDIRECT_URL}."
        )
    yield text
    yield (
        "The API client of an entry is in entry.runtime_data; use it to add entities for an entry."
    )
