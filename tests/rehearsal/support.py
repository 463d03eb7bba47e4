"""Integrations to rehearse: scaffolded ones, with the responses file that comes with them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import copier
import yaml

from appcred.rehearsal.environment import EnvironmentUnavailableError, can_run, prepare
from appcred.rehearsal.pythons import python_missing
from appcred.rehearsal.verb import rehearse
from appcred.release import Release, python_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from appcred.rehearsal.stage import Outcome, Result
    from appcred.rehearsal.summary import Rehearsal
    from lab.gate import Lab

CURRENT = "2026.10.4"
ALL = os.environ.get("APPCRED_REHEARSE") == "all"
"""Whether everything is rehearsed, and its results are kept."""
RESULT = "rehearsal"
"""The property under which a test records what goes into the results."""


@dataclass(frozen=True)
class Scaffold:
    """An integration as the template emits it, and the vendor that its answers describe."""

    folder: Path
    """The integration's own folder."""
    responses: Path


def scaffold(source: Path, target: Path, **answers: Any) -> Scaffold:
    """Emit an integration below `target`, with the responses file that comes with it."""
    worker = copier.run_copy(
        str(source), target / "tree", data=answers, defaults=True, quiet=True, unsafe=False
    )
    given = worker.answers.combined
    if given["layout"] == "custom":
        root, responses = "custom_components", target / "tree/rehearsal.yml"
    else:  # where `appcred new` prints it
        root, responses = "homeassistant/components", target / "rehearsal.yml"
        responses.write_text(given["rehearsal"], encoding="utf-8")
    return Scaffold(target / "tree" / root / given["domain"], responses)


def describe(subject: Scaffold, key: str, more: Mapping[str, Any]) -> None:
    """Add to what an integration's responses file says under a key."""
    vendor = yaml.safe_load(subject.responses.read_text(encoding="utf-8"))
    vendor[key] = {**vendor.get(key, {}), **more}
    subject.responses.write_text(yaml.safe_dump(vendor), encoding="utf-8")


def rehearsed(
    lab: Lab, subject: Scaffold, release: str = CURRENT, stages: Iterable[str] = ()
) -> Rehearsal:
    """Rehearse an integration, or skip (or fail) the test where the release cannot run."""
    prepared(lab, release)
    return rehearse(subject.folder, release, stages, subject.responses)


def prepared(lab: Lab, release: str = CURRENT) -> None:
    """Build the environment of a release, or skip (or fail) the test where it cannot run."""
    if not can_run(Release.parse(release)):
        lab.missing(release, python_missing(python_for(Release.parse(release))))
    try:
        prepare(release)
    except EnvironmentUnavailableError as error:
        lab.missing(release, str(error))
    lab.exercised(release)


def outcomes(found: Rehearsal) -> dict[str, Outcome]:
    """Return how each stage ended."""
    return {result.name: result.outcome for result in found.results}


def said(found: Rehearsal, name: str) -> Result:
    """Return what came of one stage."""
    return next(result for result in found.results if result.name == name)


def troubles(found: Rehearsal) -> list[str]:
    """Return the stages that did not pass, with what was seen."""
    return [
        f"{result.name} {result.outcome}: {result.seen}"
        for result in found.results
        if result.outcome != "passed"
    ]
