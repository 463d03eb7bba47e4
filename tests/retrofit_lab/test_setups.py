"""Functions `async_setup` made up at random, run before a retrofit and after it.

With YAML the same has to come of it, with an import in place of the registration. Without it,
all has to be done that does not need YAML. `APPCRED_SETUPS` says how many are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from appcred.retrofit.verb import Options, retrofit
from appcred.rules.rule import Example
from retrofit_lab.observing import COUNT, SPAN, observed, write
from retrofit_lab.setups import CONST, DOMAIN, FLOW, Setup, made_up

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.integration import Integration
    from lab.gate import Lab

CLIENT = {"client_id": "id", "client_secret": "secret"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One that was made up, and what became of it; what was refused is as it was."""

    setup: Setup
    before: Integration
    after: Integration
    removed: Integration
    """Once the import from YAML is taken out again."""

    @property
    def migrated(self) -> bool:
        return self.after is not self.before

    @property
    def configs(self) -> dict[str, dict[str, Any]]:
        """The configurations to set it up with, each with a name."""
        others = self.setup.others
        found: dict[str, dict[str, Any]] = {
            "whole": {DOMAIN: CLIENT | others},
            "client": {DOMAIN: CLIENT},
            "none": {},
        }
        return found | ({"others": {DOMAIN: others}} if others else {})


@cache
def tried(seed: int) -> Tried:
    setup = made_up(seed)
    files = {"__init__.py": setup.source, "config_flow.py": FLOW, "const.py": CONST}
    outcome = retrofit(Example(files).integration(), SPAN, Options())
    assert bool(outcome.plan()) is not bool(outcome.manual)
    if outcome.manual:
        return Tried(setup, outcome.before, outcome.before, outcome.before)
    removed = retrofit(outcome.after, SPAN, Options(remove=True))
    return Tried(setup, outcome.before, outcome.after, removed.after)


@pytest.fixture(scope="session")
def everything() -> dict[str, Tried]:
    return {f"setup_{seed}": tried(seed) for seed in range(COUNT)}


def test_most_setups_are_migrated(everything: dict[str, Tried]) -> None:
    done = [each for each in everything.values() if each.migrated]
    assert len(done) > 0.6 * COUNT
    still = [each for each in done if b"async_import" in _init(each.removed)]
    assert len(still) < 0.1 * COUNT


@pytest.mark.parametrize("release", ["2025.4.4", "2026.10.4"])
def test_migrated_setups_do_the_same_as_before(
    release: str, lab: Lab, everything: dict[str, Tried], tmp_path: Path
) -> None:
    done = {name: each for name, each in everything.items() if each.migrated}
    plan = {}
    for name, each in done.items():
        for state in ("before", "after", "removed"):
            write(tmp_path / f"{name}_{state}", getattr(each, state))
            plan[f"{name}_{state}"] = each.configs
    found = observed(lab.environment(release), "observe.py", tmp_path, plan)
    wrong = {}
    for name, each in done.items():
        before, after, removed = (found[f"{name}_{s}"] for s in ("before", "after", "removed"))
        said = [*_wrong(before, after), *_wrong_removed(after, removed, each)]
        if said:
            wrong[name] = [each.setup.source, _init(each.after).decode(), *said]
    assert not wrong, "\n\n".join(map(str, next(iter(wrong.values()))))


Observed = dict[str, dict[str, Any]]
"""What came of each configuration."""


def _wrong(before: Observed, after: Observed) -> list[str]:
    """Say what is not as it was, or should be, after a retrofit."""
    wrong = [
        f"{case}: {seen['result']}" for case, seen in after.items() if seen["result"] != "True"
    ]
    for case in ("whole", "client"):
        old, new = before[case]["did"], after[case]["did"]
        if _of(old, "client") != _of(new, "client"):
            wrong.append(f"{case}: {_of(old, 'client')} became {_of(new, 'client')}")
        if len(_of(new, "issue")) != 1:
            wrong.append(f"{case}: {_of(new, 'issue')}")
        if _of(old, "event", "service") != _of(new, "event", "service"):
            wrong.append(f"{case}: did {old}, and does {new}")
        wrong += [
            f"{case}: {what} {before[case][what]} became {after[case][what]}"
            for what in ("data", "implementations")
            if before[case][what] != after[case][what]
        ]
    others = after.keys() - {"whole", "client"}
    wrong += [str(after[each]) for each in others if _of(after[each]["did"], "client", "issue")]
    # Without YAML it does what it did without, and what it did with YAML that had the client alone.
    for did in (before["none"]["did"], before["client"]["did"]):
        left = [each for each in _of(did, "event", "service") if each not in after["none"]["did"]]
        if left:
            wrong.append(f"without YAML it does not do {left}")
    if "others" in after:
        left = [each for each in before["whole"]["did"] if each not in after["others"]["did"]]
        if _of(left, "event", "service"):
            wrong.append(f"with the other keys it does not do {left}")
        if before["whole"]["data"] != after["others"]["data"]:
            wrong.append(f"with the other keys it keeps {after['others']['data']}")
    return wrong


def _wrong_removed(after: Observed, removed: Observed, each: Tried) -> list[str]:
    """Say what is not as it was, or should be, once the import is taken out."""
    wrong = []
    if each.removed is each.after:
        return wrong
    for case in after:
        if case == "client" or (case == "whole" and "others" not in after):
            continue  # there is no section any more
        kept = _of(after[case]["did"], "event", "service")
        if removed[case]["did"] != kept or removed[case]["result"] != "True":
            wrong.append(f"removed, {case}: {kept} became {removed[case]}")
    return wrong


def _of(did: list[Any], *kinds: str) -> list[Any]:
    return [each for each in did if each[0] in kinds]


def _init(integration: Integration) -> bytes:
    file = integration.file("__init__.py")
    assert file is not None
    return file.content
