"""Forms for a client made up at random, gone through before a retrofit and after it.

What else they ask for is kept as it was; each entry from before keeps its own client. How many are
made up is said by `APPCRED_SETUPS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from appcred.retrofit.verb import Options, retrofit
from appcred.rules.examples import TEXTS
from appcred.rules.rule import Example
from retrofit_lab.forms import CONST, Form, made_up
from retrofit_lab.observing import COUNT, SPAN, observed, write

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.integration import Integration
    from lab.gate import Lab

CLIENT = ("client_id", "client_secret")


@dataclass(frozen=True, slots=True)
class Tried:
    """One that was made up, and what became of it; what was refused is as it was."""

    form: Form
    before: Integration
    after: Integration

    @property
    def entries(self) -> list[tuple[int, dict[str, Any]]]:
        """Entries from before: two of its version, and one that is older, with their clients."""
        versions = [self.form.version, self.form.version, *range(1, self.form.version)]
        return [
            (version, {"auth_implementation": "example", **self.form.others, **client(number)})
            for number, version in enumerate(versions)
        ]


def client(number: int) -> dict[str, str]:
    return {"client_id": f"id {number}", "client_secret": f"secret {number}"}


@cache
def tried(seed: int) -> Tried:
    form = made_up(seed)
    files = {"__init__.py": form.init, "config_flow.py": form.flow, "const.py": CONST}
    outcome = retrofit(
        Example({**files, "translations/en.json": TEXTS}).integration(), SPAN, Options()
    )
    assert bool(outcome.plan()) is not bool(outcome.manual)
    return Tried(form, outcome.before, outcome.after if outcome.plan() else outcome.before)


@pytest.fixture(scope="session")
def forms() -> dict[str, Tried]:
    return {f"form_{seed}": tried(seed) for seed in range(COUNT)}


def test_most_forms_are_migrated(forms: dict[str, Tried]) -> None:
    done = [each for each in forms.values() if each.after is not each.before]
    assert len(done) > 0.6 * COUNT


@pytest.mark.parametrize("release", ["2025.4.4", "2026.10.4"])
def test_entries_keep_what_they_had(
    release: str, lab: Lab, forms: dict[str, Tried], tmp_path: Path
) -> None:
    done = {name: each for name, each in forms.items() if each.after is not each.before}
    plan = {}
    for name, each in done.items():
        write(tmp_path / f"{name}_before", each.before)
        write(tmp_path / f"{name}_after", each.after)
        typed, entries = each.form.others, each.entries
        plan[f"{name}_before"] = {"typed": {**typed, **client(0)}, "entries": entries}
        plan[f"{name}_after"] = {"typed": typed, "entries": entries}
    found = observed(lab.environment(release), "observe_forms.py", tmp_path, plan)
    wrong = {}
    for name, each in done.items():
        before, after = found[f"{name}_before"], found[f"{name}_after"]
        said = [
            *_wrong_flow(before["flow"], after["flow"], each),
            *_wrong_entries(before, after, each),
        ]
        if said:
            sources = [each.after.files[each.after.path(f)].content.decode() for f in FILES]
            wrong[name] = [each.form.init, each.form.flow, *sources, *said]
    assert not wrong, "\n\n".join(map(str, next(iter(wrong.values()))))


FILES = ("__init__.py", "config_flow.py")


def _wrong_flow(before: dict[str, Any], after: dict[str, Any], each: Tried) -> list[str]:
    """Say what is not as it was, or should be, in a flow after a retrofit."""
    wrong = []
    steps = [sorted(each.form.others), "picked"] if each.form.others else ["picked"]
    if after["steps"] != steps:
        wrong.append(f"the flow goes through {after['steps']}")
    data = {key: value for key, value in before["entry"]["data"].items() if key not in CLIENT}
    if set(CLIENT) & after["entry"]["data"].keys():  # kept for other code, and of the one picked
        picked = dict(zip(client(0), ("picked", "as well"), strict=False))
        data |= {key: value for key, value in picked.items() if key in before["entry"]["data"]}
    if after["entry"] != {"title": before["entry"]["title"], "data": data}:
        wrong.append(f"{before['entry']} became {after['entry']}")
    if after["barred"] is not before["barred"]:
        wrong.append(f"a second entry is {'barred' if after['barred'] else 'allowed'} now")
    # What a form that is gone began with, it did again when it was filled in.
    did = [did for did, _ in groupby(each for each in before["did"] if each[0] != "client")]
    if [each for each, _ in groupby(after["did"])] != did:
        wrong.append(f"{before['did']} became {after['did']}")
    return wrong


def _wrong_entries(before: dict[str, Any], after: dict[str, Any], each: Tried) -> list[str]:
    """Say what is not as it was, or should be, of entries from before a retrofit."""
    wrong = []
    if after["newest"] != each.form.version + 1:
        wrong.append(f"entries are of version {after['newest']}")
    domains = set()
    pairs = zip(before["entries"], after["entries"], strict=True)
    for number, (old, new) in enumerate(pairs):
        kept = set(CLIENT) & new["data"].keys()
        data = {k: value for k, value in old["data"].items() if kept or k not in CLIENT}
        domain = new["data"]["auth_implementation"]
        domains.add(domain)
        events = [did for did in old["did"] if did[0] == "event"]
        wanted = {
            "migrated": True,
            "data": data | {"auth_implementation": domain},
            "version": after["newest"],
            "client": old["client"],
            "did": [["client", domain, *client(number).values()], *events],
        }
        if new != wanted:
            wrong.append(f"an entry is {new}, and should be {wanted}")
    if len(domains) < len(after["entries"]):
        wrong.append(f"entries share an auth domain: {domains}")
    return wrong
