"""What settings and comments accept of a rehearsal, and which of them accept nothing.

A stage is about a whole integration, so a comment that names one holds wherever in it the comment
stands: best beside the code that is the reason.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appcred import loading, settings, stage_texts
from appcred.rehearsal.stage import Outcome
from appcred.rules import engine, suppression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from appcred.finding import Finding
    from appcred.integration import Integration
    from appcred.rehearsal.stage import Result

_UNUSED: Final = "APC001"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A code of a stage, or the start of some, that is accepted, and why."""

    prefix: str
    reason: str
    path: PurePosixPath | None = None
    """Where it is written; None where it holds for other integrations too."""
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is accepted of one integration."""

    every: tuple[Acceptance, ...] = ()
    unused: bool = True
    """Whether one that accepts nothing is to be reported."""

    def reason(self, code: str) -> str | None:
        """Return why a code is accepted; None if it is not."""
        for one in self.every:
            if code.startswith(one.prefix):
                return one.reason or "no reason is given"
        return None

    def findings(self, results: Iterable[Result], version: str) -> Iterator[Finding]:
        """Yield a finding for each that accepts nothing, where the stages ran that would show it.

        Args:
            results: What came of the stages that ran.
            version: The Home Assistant that they ran in.

        """
        if not self.unused:
            return
        by_code = {result.code: result for result in results}
        rule = engine.rule(_UNUSED).RULE
        for one in self.every:
            if one.path is not None and _accepts_nothing(one.prefix, by_code):
                message = f"unused ignore: {one.prefix} is not reported in Home Assistant {version}"
                yield rule.on(one.path, one.line, one.column, message, fixable=False)


def _accepts_nothing(prefix: str, by_code: dict[str, Result]) -> bool:
    """Whether all stages that a prefix names ran, and what it names did not come up."""
    named = [stage.code for stage in stage_texts.STAGES if stage.code.startswith(prefix)]
    if prefix == stage_texts.NEEDS_RESPONSE.code:
        named = [stage.code for stage in stage_texts.STAGES if stage.code in by_code]
        return bool(named) and not any(by_code[code].lacking for code in named)
    found = [by_code[code] for code in named if code in by_code]
    if len(found) < len(named):
        return False
    # One that was kept from running says nothing; one that does not apply does.
    kept = any(result.cause or result.lacking for result in found)
    passed = any(result.outcome is Outcome.PASSED for result in found)
    return passed and not kept and all(r.outcome is not Outcome.FAILED for r in found)


def read(integration: Integration, configured: settings.Settings) -> Accepted:
    """Return what the settings, and the comments in its code, accept of an integration."""
    choice = configured.of(integration.domain)
    own = dict(configured.domains).get(integration.domain, settings.Choice())
    path = None
    if configured.path is not None:
        with contextlib.suppress(ValueError):  # a link to a file elsewhere
            path = loading.relative(configured.path, integration.root)
    every = [
        *(Acceptance(*each) for each in configured.common.ignore),
        *(Acceptance(*each, path) for each in own.ignore),
        *(
            Acceptance(comment.code, comment.reason, comment.path, comment.line, comment.column)
            for comment in suppression.suppressions(integration)
        ),
    ]
    stages = tuple(
        one
        for one in every
        if one.prefix and any(code.startswith(one.prefix) for code in stage_texts.CODES)
    )
    ignored = [code for code, _ in choice.ignore]
    return Accepted(stages, _UNUSED in settings.selected(choice.select, ignored))
