"""What came of a rehearsal, in words: for a terminal, side by side, and for GitHub's summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appcred.finding import Severity
from appcred.printing import printable
from appcred.rehearsal.stage import Outcome, Result
from appcred.stage_texts import NEEDS_RESPONSE, REQUIREMENTS, STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.report.model import Judged

MARKS: Final = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.UNREACHABLE: "-"}
KEPT: Final = {
    "namespace": "a separate network namespace with loopback only",
    "guard": "a guard in the process, because this system permits no network namespace",
}
_PICTURES: Final = "screenshots"
_EMOJI: Final = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.UNREACHABLE: "➖"}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of one integration's rehearsal."""

    judged: Judged
    """The integration, as every report names it, with its stages and its findings."""
    homeassistant: str
    """The exact version that ran."""
    isolation: str
    """How it was kept from the network: by a `namespace` of its own, or a `guard`."""
    results: tuple[Result, ...]
    vendor: str = ""
    """The vendor whose habits it has; empty: none whose are known."""

    @property
    def ran(self) -> bool:
        """Whether Home Assistant ran: the requirements could be installed."""
        return all(result.code != REQUIREMENTS.code for result in self.results)

    @property
    def covered(self) -> bool:
        """Whether all stages ran that apply to the integration: that was its whole life."""
        ran = {result.name for result in self.results}
        whole = ran >= {stage.name for stage in STAGES if stage.name != _PICTURES}
        return whole and not any(result.cause or result.lacking for result in self.results)

    @property
    def failed(self) -> bool:
        """Whether there is something to correct: in the integration, or in the responses."""
        return any(finding.severity is Severity.ERROR for finding in self.judged.findings)


def text(found: Rehearsal) -> str:
    """Describe a rehearsal for a person."""
    lines = [
        f"{found.judged.domain} in Home Assistant {found.homeassistant}",
        *([f"isolated from the network by {KEPT[found.isolation]}"] if found.ran else ()),
        *([(f"token responses as those of {found.vendor} (presets.yml)")] if found.vendor else ()),
        "",
    ]
    ignored = ignored_of(found)
    for result in found.results:
        mark = "ignored" if result.code in ignored else MARKS[result.outcome]
        lines.append(f"{result.code} {mark:7} {result.name}: {result.seen}")
        if result.outcome is Outcome.FAILED and result.path:
            lines.append(f"               at {result.path}:{result.line}")
        if result.user:
            lines.append(f"               a user sees: {result.user}")
        if result.code in ignored:
            lines.append(f"               ignored, for: {ignored[result.code]}")
    lines.append("")
    lines += [
        f"{found.judged.display_path(one.path)}:{one.line}: {one.code} {one.message}"
        for one in found.judged.findings
        if one.severity is not Severity.ERROR or one.code == NEEDS_RESPONSE.code
    ]
    return "\n".join([*lines, verdict(found)])


def ignored_of(found: Rehearsal) -> dict[str, str]:
    """Return why each stage that is ignored is."""
    stages = found.judged.stages or ()
    return {str(each["code"]): str(each["ignored"]) for each in stages if "ignored" in each}


def verdict(found: Rehearsal) -> str:
    """Say in a line how many stages passed, and whether that was the whole life."""
    ignored = len(ignored_of(found))
    counted = {each: sum(result.outcome is each for result in found.results) for each in Outcome}
    parts = [
        f"{counted[Outcome.PASSED]} passed",
        f"{counted[Outcome.FAILED] - ignored} failed",
        f"{counted[Outcome.UNREACHABLE]} not reached",
        *([f"{ignored} ignored"] if ignored else ()),
    ]
    return ". ".join(filter(None, (", ".join(parts), coverage(found))))


def coverage(found: Rehearsal) -> str:
    """Say what a run left out of the integration's life; empty: nothing."""
    if found.covered:
        return ""
    if not found.ran:
        return "No stage could be rehearsed."
    blocking = next(
        (each.name for each in found.results if each.lacking or each.outcome is Outcome.FAILED), ""
    )
    why = f": {blocking} must pass first" if blocking else ""
    if not any(each.cause or each.lacking for each in found.results):
        why = ": only the requested stages were run"
    return f"Not all stages were rehearsed{why}."


def side_by_side(every: Sequence[Rehearsal]) -> str:
    """Describe rehearsals in several releases: a row for each stage, then what went wrong."""
    versions = [found.homeassistant for found in every]
    lines = [f"{every[0].judged.domain} in Home Assistant {', '.join(versions)}", ""]
    named = {(result.code, result.name): None for found in every for result in found.results}
    lines.append(f"{'':34}" + "".join(f"{version:12}" for version in versions).rstrip())
    for code, name in named:
        marks = "".join(f"{_mark(found, code):12}" for found in every).rstrip()
        lines.append(f"{code} {name:26} {marks}")
    for found in every:
        told = [
            f"  {result.code} {result.name}: {result.seen}"
            for result in found.results
            if result.outcome is Outcome.FAILED and result.code not in ignored_of(found)
        ]
        lines += ["", f"{found.homeassistant}: {verdict(found)}", *told]
    return "\n".join(lines)


def _mark(found: Rehearsal, code: str) -> str:
    if code in ignored_of(found):
        return "ignored"
    return next((MARKS[result.outcome] for result in found.results if result.code == code), "")


def markdown(every: Sequence[Rehearsal]) -> str:
    """Describe rehearsals for the summary of a GitHub job."""
    lines = []
    for found in every:
        lines += [
            f"## `{found.judged.domain}` in Home Assistant {found.homeassistant}",
            "",
            verdict(found),
            "",
            "| | stage | what was seen |",
            "|---|---|---|",
        ]
        for result in found.results:
            mark = "ignored" if result.code in ignored_of(found) else _EMOJI[result.outcome]
            seen = printable(result.seen).replace("|", "\\|").replace("<", "&lt;")
            lines.append(f"| {mark} | {result.code} `{result.name}` | {seen} |")
        lines.append("")
    return "\n".join(lines)
