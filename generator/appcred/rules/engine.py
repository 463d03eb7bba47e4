"""Runs the rules over an integration, and their fixes one at a time until none is left."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from appcred.documents.lines import line_before
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.rules.rule import RuleModule, as_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from appcred.integration import Integration
    from appcred.release import Span

    Fix = Callable[[Integration, Finding, Span], Integration | ManualWork]
    """Returns the Integration without a finding, or why it is manual work."""

FAMILIES: Final = {
    "APC1": "the application credentials platform",
    "APC2": "the manifest",
    "APC3": "the config flow",
    "APC4": "credentials from YAML, a form or constants, registered by hand",
    "APC5": "setup and session",
    "APC6": "strings and translations",
    "APC7": "tests",
    "APC0": "appcred itself",
}
"""The families of rules by the start of a code, in the order of the documentation."""


UNPARSED: Final = "APC003"
"""The code for a file that is not valid Python."""


TEXTS: Final = "APC6"
"""The family of rules about texts."""
CLIENT_RULES: Final = "APC4"
"""The family of rules about clients that are registered or imported by the integration."""
_CLIENT_CALLS: Final = ("register_implementation", "import_client_credential")
"""What is in the text of each that does; importing the rules takes a while, and few need them."""


@cache
def codes() -> Mapping[str, str]:
    """Return the name of each rule's module by its code, in the order of the codes."""
    files = sorted(path.stem for path in Path(__file__).parent.glob("apc[0-9]*.py"))
    return {stem.partition("_")[0].upper(): f"appcred.rules.{stem}" for stem in files}


def name(code: str) -> str:
    """Return the name of a rule, which is that of its file, without importing it."""
    return codes()[code].rpartition(".")[2].partition("_")[2].replace("_", "-")


def rule(code: str) -> RuleModule:
    """Return a rule by its code. Raises KeyError for a code that there is not."""
    return as_rule(import_module(codes()[code]))


def check(
    integration: Integration, span: Span, only: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """Return what the rules find, in the order of files and lines.

    `only` restricts it to those codes. A finding that another one brings with it, by the
    `consequences` of that one's rule, is left out; so is what would be said about texts that
    cannot be read.
    """
    found: set[Finding] = set()
    hidden: set[str] = set()
    by_hand = any(module.mentions(*_CLIENT_CALLS) for module in integration.modules.values())
    for code in codes():
        if only is not None and code not in only:
            continue
        if code.startswith(CLIENT_RULES) and not by_hand:
            continue
        if code.startswith(TEXTS) and integration.strings_unclear:
            continue
        module = rule(code)
        if not module.RULE.applies(integration, span):
            continue
        before = len(found)
        found.update(module.check(integration, span))
        if len(found) > before:
            hidden.update(module.RULE.consequences)
    return tuple(sorted(finding for finding in found if finding.code not in hidden))


class Dropped(NamedTuple):
    """A fix that was not kept: it left its finding standing, or brought the ones named."""

    finding: Finding
    introduced: tuple[Finding, ...]


class Fixed(NamedTuple):
    """What fixing made of an integration."""

    integration: Integration
    applied: tuple[Finding, ...]
    """The findings that are gone, in the order of their fixes."""
    dropped: tuple[Dropped, ...]
    manual: tuple[ManualWork, ...]
    """With `dropped`: their lines count in the files as they were before any fix."""
    left: tuple[Finding, ...]
    """What the rules find in the result."""


def fix(
    integration: Integration,
    span: Span,
    kinds: Collection[FixKind],
    *,
    only: Collection[str] | None = None,
    wanted: Callable[[Finding], bool] = lambda _: True,
    migrations: Mapping[str, Fix] = MappingProxyType({}),
) -> Fixed:
    """Apply fixes of these kinds, one at a time, until none is left.

    They run in the order of their codes; after each one the rules are run anew over what it
    made. A fix that does not make its own finding go away, or that brings a new one that is
    more than information, is dropped. `wanted` leaves out findings that are suppressed. The rules
    whose kind of fix is a migration only report; `migrations` has the edits for them, by code.
    """
    applied: list[Finding] = []
    dropped: list[Dropped] = []
    manual: list[ManualWork] = []
    given_up: set[tuple[str, str, str]] = set()
    if only is not None:
        only = {*only, UNPARSED}  # whatever is asked for, no fix may break a file
    findings = check(integration, span, only)
    begin = integration

    def next_one() -> Finding | None:
        open_ = [
            f
            for f in findings
            if f.fix in kinds
            and (f.fix is not FixKind.MIGRATION or f.code in migrations)
            and f.key not in given_up
            and wanted(f)
        ]
        return min(open_, key=lambda f: (f.code, f), default=None)

    while (finding := next_one()) is not None:
        module = rule(finding.code)
        edit = migrations[finding.code] if finding.fix is FixKind.MIGRATION else module.fix
        made = edit(integration, finding, span)
        if isinstance(made, ManualWork):
            manual.extend(
                work._replace(line=original_line(begin, integration, work)) for work in made.each
            )
            given_up.add(finding.key)
            continue
        after = check(made, span, only)
        fewer = Counter(f.key for f in after)[finding.key] < _count(findings, finding)
        moved = {f.code for f in findings} & set(module.RULE.moves)
        first = _has_first_texts(integration, made)
        new = tuple(
            f
            for f in new_findings(findings, after)
            if f.code not in {*moved, *module.RULE.reveals}
            and not (first and f.code.startswith(TEXTS))
        )
        if not fewer or new:
            found = finding._replace(line=original_line(begin, integration, finding))
            dropped.append(Dropped(found, new))
            given_up.add(finding.key)
            continue
        applied.append(finding)
        integration, findings = made, after
    return Fixed(integration, tuple(applied), tuple(dropped), tuple(manual), findings)


def original_line(begin: Integration, now: Integration, one: Finding | ManualWork) -> int:
    """Return the line of a finding, or of manual work, in the files as they were at the beginning.

    That is where a person looks for it, if nothing of what was made since is kept.
    """
    file, changed = begin.files.get(one.path), now.files.get(one.path)
    if file is None or changed is None or file.content == changed.content:
        return one.line
    return line_before(file.content, changed.content, one.line)


def _has_first_texts(before: Integration, after: Integration) -> bool:
    """Whether there is a file of texts now, whose texts were not looked at before."""
    return before.file(before.strings_name) is None and after.file(after.strings_name) is not None


def _count(findings: tuple[Finding, ...], finding: Finding) -> int:
    return sum(f.key == finding.key for f in findings)


def new_findings(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings, information aside, that are new.

    One that says the same of another file, where the first is gone, has only moved.
    """
    known = Counter(f.key for f in before)
    new = []
    for finding in after:
        if known[finding.key]:
            known[finding.key] -= 1
        elif finding.severity is not Severity.INFO:
            new.append(finding)
    gone = {(code, message) for (code, _, message), count in known.items() if count}
    return tuple(f for f in new if (f.code, f.key[2]) not in gone)
