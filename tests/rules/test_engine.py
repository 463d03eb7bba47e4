"""The loop that fixes: one at a time, and only what makes things better is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.release import Release, Span
from appcred.rules import engine
from appcred.rules.rule import Example, Rule, stale_finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))
TREE = Example({"a.py": "one two\n"}).integration()
PATH = TREE.path("a.py")


def _rule(code: str, word: bytes, fix: Callable[..., Any], **facts: Any) -> SimpleNamespace:
    """Make a rule that finds a word in a.py."""
    severity, kind = facts.pop("severity", Severity.ERROR), facts.pop("kind", FixKind.SAFE)
    rule = Rule(code, code.lower(), severity, kind, **facts)

    def check(integration: Integration, _span: Span) -> Iterator[Finding]:
        content = integration.files[PATH].content
        if word in content:
            yield rule.on(PATH, 1, content.index(word) + 1, f"there is {word.decode()}")

    return SimpleNamespace(RULE=rule, check=check, fix=fix)


def _swap(old: bytes, new: bytes) -> Callable[..., Integration]:
    def fix(integration: Integration, _finding: Finding, _span: Span) -> Integration:
        return integration.with_file(PATH, integration.files[PATH].content.replace(old, new))

    return fix


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*modules: SimpleNamespace) -> None:
        known = {module.RULE.code: module for module in modules}
        monkeypatch.setattr(engine, "codes", lambda: dict.fromkeys(known, ""))
        monkeypatch.setattr(engine, "rule", lambda code: known[code])

    return use


def test_applies_in_the_order_of_codes(rules: Callable[..., None]) -> None:
    rules(
        _rule("APC902", b"two", _swap(b"two", b"2")), _rule("APC901", b"one", _swap(b"one", b"1"))
    )
    fixed = engine.fix(TREE, SPAN, {FixKind.SAFE})
    assert [finding.code for finding in fixed.applied] == ["APC901", "APC902"]
    assert fixed.integration.files[PATH].content == b"1 2\n"
    assert fixed.left == ()


def test_drops_a_fix_that_leaves_its_finding(rules: Callable[..., None]) -> None:
    rules(_rule("APC901", b"one", _swap(b"two", b"2")))
    fixed = engine.fix(TREE, SPAN, {FixKind.SAFE})
    assert fixed.integration is TREE
    assert [dropped.finding.code for dropped in fixed.dropped] == ["APC901"]
    assert fixed.dropped[0].introduced == ()


def test_drops_a_fix_that_brings_another_finding(rules: Callable[..., None]) -> None:
    rules(
        _rule("APC901", b"one", _swap(b"one", b"three")),
        _rule("APC902", b"three", _swap(b"", b"")),
    )
    fixed = engine.fix(TREE, SPAN, {FixKind.SAFE})
    assert fixed.integration is TREE
    assert [finding.code for finding in fixed.dropped[0].introduced] == ["APC902"]


def test_keeps_a_fix_that_brings_information(rules: Callable[..., None]) -> None:
    rules(
        _rule("APC901", b"one", _swap(b"one", b"three")),
        _rule("APC902", b"three", _swap(b"", b""), severity=Severity.INFO),
    )
    fixed = engine.fix(TREE, SPAN, {FixKind.SAFE}, wanted=lambda f: f.code == "APC901")
    assert [finding.code for finding in fixed.applied] == ["APC901"]
    assert [finding.code for finding in fixed.left] == ["APC902"]


def test_leaves_other_kinds_and_unwanted_findings(rules: Callable[..., None]) -> None:
    rules(_rule("APC901", b"one", _swap(b"one", b"1")))
    assert not engine.fix(TREE, SPAN, {FixKind.MIGRATION}).applied
    assert not engine.fix(TREE, SPAN, {FixKind.SAFE}, wanted=lambda _: False).applied


def test_a_migration_is_the_callers_own(rules: Callable[..., None]) -> None:
    def only_reports(*_: object) -> Integration:
        raise AssertionError

    module = _rule("APC901", b"one", only_reports, kind=FixKind.MIGRATION)
    rules(module)
    assert not engine.fix(TREE, SPAN, {FixKind.MIGRATION}).applied
    edits = {"APC901": _swap(b"one", b"1")}
    fixed = engine.fix(TREE, SPAN, {FixKind.MIGRATION}, migrations=edits)
    assert fixed.integration.files[PATH].content == b"1 two\n"


def test_hands_on_manual_work(rules: Callable[..., None]) -> None:
    def fix(_integration: Integration, finding: Finding, _span: Span) -> ManualWork:
        return stale_finding(finding)

    rules(_rule("APC901", b"one", fix))
    fixed = engine.fix(TREE, SPAN, {FixKind.SAFE})
    assert [(work.path, work.line) for work in fixed.manual] == [(PATH, 1)]
    assert fixed.left


def test_hides_consequences(rules: Callable[..., None]) -> None:
    rules(
        _rule("APC901", b"one", _swap(b"", b""), consequences=("APC902",)),
        _rule("APC902", b"two", _swap(b"", b"")),
    )
    assert [finding.code for finding in engine.check(TREE, SPAN)] == ["APC901"]


def test_runs_only_what_is_asked_for(rules: Callable[..., None]) -> None:
    rules(_rule("APC901", b"one", _swap(b"", b"")), _rule("APC902", b"two", _swap(b"", b"")))
    assert [finding.code for finding in engine.check(TREE, SPAN, ["APC902"])] == ["APC902"]


def test_no_fix_may_break_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = Example({"config_flow.py": "one = 1\n"}).integration()
    path = tree.path("config_flow.py")
    unparsable = engine.rule("APC003")

    def fix(integration: Integration, _finding: Finding, _span: Span) -> Integration:
        return integration.with_file(path, b"two = (\n")

    rule = Rule("APC901", "apc901", Severity.ERROR, FixKind.SAFE)

    def check(integration: Integration, _span: Span) -> Iterator[Finding]:
        if b"one" in integration.files[path].content:
            yield rule.on(path, 1, 1, "one")

    breaking = SimpleNamespace(RULE=rule, check=check, fix=fix)
    monkeypatch.setattr(engine, "codes", lambda: {"APC003": "", "APC901": ""})
    monkeypatch.setattr(engine, "rule", {"APC901": breaking, "APC003": unparsable}.get)
    fixed = engine.fix(tree, SPAN, {FixKind.SAFE}, only=["APC901"])
    assert fixed.integration is tree
    assert [finding.code for finding in fixed.dropped[0].introduced] == ["APC003"]


def test_a_rule_holds_for_its_releases() -> None:
    def holds(floor: str, **facts: Any) -> bool:
        rule = Rule("APC901", "x", Severity.ERROR, **facts)
        return rule.applies(TREE, Span(Release.parse(floor), Release(2026, 11)))

    assert holds("2025.4", since="setup_errors_handled")
    assert not holds("2025.4", since="setup_errors_handled", at_floor=True)
    assert holds("2026.10", since="setup_errors_handled", at_floor=True)
    assert holds("2026.9", until="setup_errors_handled")
    assert not holds("2026.10", until="setup_errors_handled")
