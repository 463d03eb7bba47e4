"""Each broken integration fails its stage, and the report names the cause.

The gate runs some of each kind, all but one in the same integration; `APPCRED_REHEARSE=all` runs
them all, each in one of its own (docs/rehearse.md).
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from rehearsal.broken import BROKEN, DOMAIN, READS_YAML, READS_YAML_LIST, TOGETHER, Broken
from rehearsal.support import ALL, RESULT, describe, outcomes, rehearsed, said, scaffold
from rehearsal.unusual import UNUSUAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.gate import Lab


def _chosen() -> list[tuple[Broken, ...]]:
    """Return what each integration has: one breakage, or, in the gate, many beside each other."""
    if ALL:
        return [(broken,) for broken in BROKEN]
    by_name = {broken.name: broken for broken in BROKEN}
    return [(BROKEN[0],), tuple(by_name[name] for name in TOGETHER)]


CHOSEN = _chosen()
SHOWN_BY = {"texts": ["reauth-other-account"], "logs": ["entry"], "complaints": ["unload"]}
"""Stages in which what others look for comes about."""


@pytest.mark.parametrize("chosen", CHOSEN, ids=lambda chosen: f"{chosen[0]}, {len(chosen)}")
def test_the_stage_finds_it(
    chosen: tuple[Broken, ...],
    source: Path,
    tmp_path: Path,
    lab: Lab,
    record_property: Callable[[str, object], None],
) -> None:
    subject = scaffold(source, tmp_path, domain=DOMAIN, **chosen[0].answers)
    for edit in (edit for broken in chosen for edit in broken.edits):
        edit.apply(subject.folder)
    describe(subject, "provider", {key: v for each in chosen for key, v in each.provider.items()})
    stages = [name for each in chosen for name in (each.stage, *SHOWN_BY.get(each.stage, ()))]
    found = rehearsed(lab, subject, stages=stages)
    for broken in chosen:
        result = said(found, broken.stage)
        told = f"{result.code} {broken.stage}: {result.seen}"
        record_property(RESULT, ["broken", broken.name, told, len(BROKEN)])
        assert result.outcome == "failed", told
        assert broken.seen in result.seen, told
        assert result.user
        assert not re.search(r"\b[0-9A-Z]{26}\b|\[\d{9,}\]", result.seen), "differs each time"
    assert found.failed


def test_each_breakage_still_finds_what_it_breaks(source: Path, tmp_path: Path) -> None:
    """Also those that the gate does not run: the template has moved on under some before."""
    whole: dict[str, Path] = {}
    for number, broken in enumerate((*BROKEN, *UNUSUAL)):
        answers = broken.answers if isinstance(broken, Broken) else {}
        key = str(sorted(answers.items()))
        if key not in whole:
            whole[key] = scaffold(source, tmp_path / key, domain=DOMAIN, **answers).folder
        copy = tmp_path / str(number)
        shutil.copytree(whole[key], copy)
        for edit in broken.edits:
            edit.apply(copy)


def test_combined_breakages_cover_all_kinds() -> None:
    """So that the gate runs one of each group of stages."""
    kinds = {broken.kind for chosen in CHOSEN for broken in chosen}
    assert kinds == {broken.kind for broken in BROKEN}


def test_each_stage_has_an_integration_that_fails_it() -> None:
    from appcred.rehearsal.stages import STAGES

    covered = {broken.stage for broken in BROKEN}
    # One credential without two cannot be broken on its own: what breaks it breaks no-credential.
    assert {stage.name for stage in STAGES} - covered == {"one-credential"}


FORMS_OF_YAML = {
    "one client": (READS_YAML, None, "passed", "imported once"),
    "a list, of which nobody says what it names": (
        READS_YAML_LIST,
        None,
        "unreachable",
        "cannot tell which name entries store for a client of the list",
    ),
    # Each client has a name of its own, which an entry from before has only by the responses file.
    "a list": (READS_YAML_LIST, "shop {client_id}", "passed", "imported once"),
}


@pytest.mark.parametrize("form", FORMS_OF_YAML if ALL else ["a list"])
def test_yaml_credentials_that_are_imported_well(
    form: str, source: Path, tmp_path: Path, lab: Lab
) -> None:
    edits, named, outcome, words = FORMS_OF_YAML[form]
    subject = scaffold(source, tmp_path, domain=DOMAIN)
    for edit in edits:
        edit.apply(subject.folder)
    if named:
        describe(subject, "yaml", {"auth_implementation": named})
    found = rehearsed(lab, subject, stages=["yaml"])
    assert outcomes(found) == {"yaml": outcome}, said(found, "yaml").seen
    assert words in said(found, "yaml").seen
