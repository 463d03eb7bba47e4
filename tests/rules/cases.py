"""A case of one rule: files, and what the rule says about them, with where and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appcred.integration import Layout
from appcred.rules import engine
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appcred.finding import Finding, Severity


def findings(code: str, example: Example) -> list[Finding]:
    """Return what one rule finds in an example."""
    return list(engine.check(example.integration(), example.span(), [code]))


@dataclass(frozen=True)
class Case:
    """What a rule must say about some files: by place, a part of the message."""

    code: str
    files: Mapping[str, str]
    at: Mapping[str, str]
    layout: Layout = Layout.CUSTOM
    floor: str | None = None
    newest: str | None = None
    count: int | None = None
    """Findings, where several are at one place."""
    severity: Severity | None = None
    """Where it is not the rule's own."""
    fix: object = "the rule's"
    """None where this finding cannot be fixed."""

    def hold(self) -> None:
        """Assert it."""
        example = Example(self.files, layout=self.layout, floor=self.floor, newest=self.newest)
        integration = example.integration()
        found = findings(self.code, example)
        shown = {}
        for finding in found:
            inside = finding.path.is_relative_to(integration.folder)
            name = finding.path.relative_to(integration.folder) if inside else f"/{finding.path}"
            shown[f"{name}:{finding.line}:{finding.column}"] = finding.message
        assert list(shown) == list(self.at), shown
        for place, part in self.at.items():
            assert part in shown[place], shown
        assert len(found) == (len(self.at) if self.count is None else self.count), found
        rule = engine.rule(self.code).RULE
        for finding in found:
            assert finding.severity is (self.severity or rule.severity)
            assert finding.fix is (None if self.fix is None else rule.fix)
