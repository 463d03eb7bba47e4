"""Every rule's own examples: what it reports and where, and what its fix makes of it."""

from __future__ import annotations

import io
import json
import re
import tokenize
from typing import TYPE_CHECKING

import libcst as cst
import pytest

from appcred.finding import FixKind
from appcred.release import capabilities
from appcred.retrofit.migrations import MIGRATIONS
from appcred.rules import engine
from appcred.rules.documentation import as_markdown, as_text, documentation
from appcred.rules.rule import example_path

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from appcred.integration import Integration
    from appcred.rules.rule import Example

CODES = list(engine.codes())
EXAMPLES = [
    pytest.param(code, example, id=f"{code}-{number}")
    for code in CODES
    for number, example in enumerate(engine.rule(code).EXAMPLES)
]
FIXED = [
    pytest.param(code, example, id=f"{code}-{number}")
    for code in CODES
    for number, example in enumerate(engine.rule(code).EXAMPLES)
    if example.after
]


def places(integration: Integration, code: str, example: Example) -> list[str]:
    """Return where a rule finds something, as examples write it."""
    found = engine.check(integration, example.span(), [code])
    return [f"{_name(integration, f.path)}:{f.line}:{f.column}" for f in found]


def _name(integration: Integration, path: PurePosixPath) -> str:
    if path.is_relative_to(integration.folder):
        return str(path.relative_to(integration.folder))
    return f"/{path}"


@pytest.mark.parametrize(("code", "example"), EXAMPLES)
def test_rules_report_their_findings_and_places(code: str, example: Example) -> None:
    assert places(example.integration(), code, example) == list(example.at)


@pytest.mark.parametrize(("code", "example"), FIXED)
def test_fixes_give_the_documented_files(code: str, example: Example) -> None:
    before = example.integration()
    kind = engine.rule(code).RULE.fix
    assert kind is not None
    fixed = engine.fix(before, example.span(), {kind}, only=[code], migrations=MIGRATIONS)
    assert not fixed.dropped
    assert not fixed.manual
    wanted = {
        path: file.content
        for path, file in before.files.items()
        if path not in {example_path(before.folder, name) for name in example.after}
    }
    for name, text in example.after.items():
        if text is not None:
            wanted[example_path(before.folder, name)] = text.encode()
    assert {p: f.content for p, f in fixed.integration.files.items()} == wanted


@pytest.mark.parametrize(("code", "example"), FIXED)
def test_fix_is_done_once_and_keeps_comments(code: str, example: Example) -> None:
    before = example.integration()
    kind = engine.rule(code).RULE.fix
    assert kind is not None
    fixed = engine.fix(before, example.span(), {kind}, only=[code], migrations=MIGRATIONS)
    again = engine.fix(
        fixed.integration, example.span(), {kind}, only=[code], migrations=MIGRATIONS
    )
    assert again.integration is fixed.integration
    assert not again.applied
    for path, file in fixed.integration.files.items():
        if path.suffix == ".py":
            cst.parse_module(file.content)
        if path.suffix == ".json":
            json.loads(file.content)
        old = before.files.get(path)
        # A comment about what is migrated goes with it; APC001 is about a comment.
        if path.suffix == ".py" and old is not None and kind is FixKind.SAFE and code != "APC001":
            assert _comments(file.content) == _comments(old.content)


def _comments(content: bytes) -> list[str]:
    tokens = tokenize.tokenize(io.BytesIO(content).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_whole(code: str) -> None:
    module = engine.rule(code)
    rule = module.RULE
    assert rule.code == code
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert code[:4] in engine.FAMILIES
    assert hasattr(module, "fix") == (rule.fix in (FixKind.SAFE, FixKind.UNSAFE))
    assert (code in MIGRATIONS) == (rule.fix is FixKind.MIGRATION)
    assert {rule.since, rule.until} <= {None, *capabilities()}
    assert set(rule.consequences) <= set(CODES) - {code}
    text = documentation(module)
    assert text.title.endswith(".")
    assert len(text.body) > 80, "say why it matters to a user"
    assert rule.fix is None or text.fix, "say what the fix changes"
    assert code.startswith("APC0") or text.source, "say where it can be checked"
    assert any(not example.at for example in module.EXAMPLES), "say what is not reported"
    if code != "APC004":  # what cannot be read cannot stand in an example
        assert any(example.at for example in module.EXAMPLES)
    if rule.fix is FixKind.SAFE:
        assert any(example.after for example in module.EXAMPLES)
    assert rule.name in as_text(module)
    assert as_markdown(module).startswith(f"# {code} {rule.name}\n")


def test_names_are_unique() -> None:
    names = [engine.rule(code).RULE.name for code in CODES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("code", CODES)
def test_file_is_named_after_the_rule(code: str) -> None:
    stem = engine.codes()[code].rpartition(".")[2]
    assert stem.startswith(code.lower() + "_")


@pytest.mark.parametrize(("code", "example"), EXAMPLES)
def test_a_message_says_what_is_wrong_and_what_to_do(code: str, example: Example) -> None:
    for finding in engine.check(example.integration(), example.span(), [code]):
        assert finding.message.count("; ") == 1, finding.message
        assert not finding.message.endswith("."), finding.message


@pytest.mark.parametrize("code", CODES)
def test_a_rule_is_named_like_its_file(code: str) -> None:
    assert engine.name(code) == engine.rule(code).RULE.name
