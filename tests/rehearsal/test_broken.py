"""Each broken integration fails its stage, and the report names the cause.

The gate runs one of each kind; `APPCRED_REHEARSE=all` runs them all (docs/rehearse.md).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from rehearsal.broken import BROKEN, DOMAIN, READS_YAML, READS_YAML_LIST, Broken
from rehearsal.support import ALL, RESULT, describe, outcomes, rehearsed, said, scaffold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab.gate import Lab


def _chosen() -> list[Broken]:
    if ALL:
        return list(BROKEN)
    first = {broken.kind: broken for broken in reversed(BROKEN)}
    return [broken for broken in BROKEN if first[broken.kind] is broken]


CHOSEN = _chosen()
SHOWN_BY = {"texts": ["reauth-other-account"], "logs": ["entry"], "complaints": ["unload"]}
"""Stages in which what others look for comes about."""


@pytest.mark.parametrize("broken", CHOSEN, ids=str)
def test_the_stage_finds_it(
    broken: Broken,
    source: Path,
    tmp_path: Path,
    lab: Lab,
    record_property: Callable[[str, object], None],
) -> None:
    subject = scaffold(source, tmp_path, domain=DOMAIN, **broken.answers)
    for edit in broken.edits:
        edit.apply(subject.folder)
    describe(subject, "provider", broken.provider)
    stages = [broken.stage, *SHOWN_BY.get(broken.stage, ())]
    found = rehearsed(lab, subject, stages=stages)
    result = said(found, broken.stage)
    told = f"{result.code} {broken.stage}: {result.seen}"
    record_property(RESULT, ["broken", broken.name, told, len(CHOSEN)])
    assert result.outcome == "failed", result.seen
    assert broken.seen in result.seen
    assert result.user
    assert not re.search(r"\b[0-9A-Z]{26}\b|\[\d{9,}\]", result.seen), "it differs each time"
    assert found.failed


def test_each_stage_has_an_integration_that_fails_it() -> None:
    from appcred.rehearsal.stages import STAGES

    covered = {broken.stage for broken in BROKEN}
    # One credential without two cannot be broken on its own: what breaks it breaks no-credential.
    assert {stage.name for stage in STAGES} - covered == {"one-credential"}


def test_yaml_credentials_that_are_imported_well(source: Path, tmp_path: Path, lab: Lab) -> None:
    subject = scaffold(source, tmp_path, domain=DOMAIN)
    for edit in READS_YAML:
        edit.apply(subject.folder)
    found = rehearsed(lab, subject, stages=["yaml"])
    assert outcomes(found) == {"yaml": "passed"}, said(found, "yaml").seen
    assert "imported once" in said(found, "yaml").seen


def test_a_list_of_clients_under_keys_of_its_own(source: Path, tmp_path: Path, lab: Lab) -> None:
    """Each under a name of its own, which an entry from before has only by the responses file."""
    subject = scaffold(source, tmp_path, domain=DOMAIN)
    for edit in READS_YAML_LIST:
        edit.apply(subject.folder)
    found = rehearsed(lab, subject, stages=["yaml"])
    assert outcomes(found) == {"yaml": "unreachable"}, said(found, "yaml").seen
    assert (
        "cannot tell which name entries store for a client of the list" in said(found, "yaml").seen
    )
    describe(subject, "yaml", {"auth_implementation": "shop {client_id}"})
    found = rehearsed(lab, subject, stages=["yaml"])
    assert outcomes(found) == {"yaml": "passed"}, said(found, "yaml").seen
