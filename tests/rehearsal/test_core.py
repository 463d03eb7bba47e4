"""Core's own integrations, as they are in the package of 2026.10.4, with a verdict on each.

What a stage says of one that did not pass has been compared with its code; `core_verdicts.yml` has
what came of that. The gate runs one of them; `APPCRED_REHEARSE=all` runs them all
(docs/rehearse.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from appcred.rehearsal.verb import rehearse
from lab.sources import wheel
from rehearsal.support import ALL, CURRENT, RESULT, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appcred.rehearsal.stage import Result
    from lab.gate import Lab

HERE = Path(__file__).parent
VERDICTS: dict[str, dict[str, Any]] = yaml.safe_load(
    (HERE / "core_verdicts.yml").read_text(encoding="utf-8")
)
CHOSEN = sorted(VERDICTS) if ALL else ["microbees"]
RIGHT = "Right."


def _reported(results: tuple[Result, ...]) -> Iterator[Result]:
    """Yield what did not pass, but for what was not reached because of another stage."""
    return (result for result in results if result.outcome != "passed" and not result.cause)


def _expected(verdicts: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return the verdict on each stage and outcome."""
    given = verdicts.get("verdicts", {})
    return {(name, "unreachable"): RIGHT for name in verdicts["right"]} | {
        (name, outcome): said for name, of in given.items() for outcome, said in of.items()
    }


def _section(name: str, results: tuple[Result, ...]) -> str:
    known = _expected(VERDICTS[name])
    counted = dict.fromkeys(("passed", "failed", "unreachable"), 0)
    for result in results:
        counted[result.outcome] += 1
    passed, failed, not_reached = counted.values()
    said = f"{passed} passed, {failed} failed, {not_reached} not reached"
    lines = [f"## {name}", "", f"{VERDICTS[name]['code']} {said}."]
    reported = list(_reported(results))
    if reported:
        lines += ["", "| stage | outcome | seen | verdict |", "|---|---|---|---|"]
    for result in reported:
        verdict = known.get((result.name, result.outcome), "**none yet**")
        seen = result.seen.replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {result.name} | {result.outcome} | {seen} | {verdict} |")
    return "\n".join(lines)


@pytest.mark.parametrize("name", CHOSEN)
def test_each_result_has_a_verdict(
    name: str, lab: Lab, record_property: Callable[[str, object], None]
) -> None:
    prepared(lab)
    folder = wheel(CURRENT) / "homeassistant" / "components" / name
    found = rehearse(folder, CURRENT, responses=HERE / "core" / f"{name}.yml")
    record_property(RESULT, ["core", name, _section(name, found.results), len(CHOSEN)])
    reported = {
        (result.name, str(result.outcome)): result.seen for result in _reported(found.results)
    }
    known = _expected(VERDICTS[name])
    assert reported.keys() == known.keys(), {
        **{key: f"no verdict: {seen}" for key, seen in reported.items() if key not in known},
        **{key: "no longer seen" for key in known if key not in reported},
    }


def test_each_responses_file_has_verdicts() -> None:
    assert {path.stem for path in (HERE / "core").glob("*.yml")} == set(VERDICTS)
    assert len(VERDICTS) >= 10
