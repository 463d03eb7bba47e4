"""Integrations to rehearse: scaffolded ones, with a vendor that suits their answers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import copier

from appcred.rehearsal.environment import EnvironmentUnavailableError, can_run, prepare
from appcred.rehearsal.pythons import python_missing
from appcred.rehearsal.verb import rehearse
from appcred.release import Release, python_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from appcred.rehearsal.stage import Outcome, Result
    from appcred.rehearsal.verb import Rehearsal
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
    """Emit an integration below `target` and describe its vendor beside it."""
    worker = copier.run_copy(
        str(source), target / "tree", data=answers, defaults=True, quiet=True, unsafe=False
    )
    given = worker.answers.combined
    inner = "homeassistant/components" if given["layout"] == "core" else "custom_components"
    responses = target / "responses.json"
    responses.write_text(json.dumps(vendor_of(given)), encoding="utf-8")
    return Scaffold(target / "tree" / inner / given["domain"], responses)


def vendor_of(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a responses file for the vendor that the template's answers describe."""
    separator = answers["scope_separator"]
    scopes = answers["scopes"].split()
    provider: dict[str, Any] = {
        "scopes": scopes,
        "scope_separator": separator,
        "pkce": answers["flow"] != "secret" or None,
        "token_auth": answers["token_auth"],
        "authorize_parameters": dict(parse_qsl(answers["extra_authorize_params"])),
    }
    responses: list[dict[str, Any]] = []
    if answers["identity"] == "userinfo":
        account = _nested({answers["id_field"]: "{id}", answers["title_field"]: "{name}"})
        responses.append({"url": _any_query(answers["userinfo_url"]), "json": account})
    if answers["identity"] == "token_claim":
        provider["claims"] = {answers["id_claim"]: "{id}", answers["title_claim"]: "{name}"}
    if answers["platform"] == "sensor":
        value = _nested({answers["value_field"]: 21})
        responses.append({"url": _any_query(answers["api_url"]), "json": value})
    for response in responses:
        response["scopes"] = scopes
    return {"provider": provider, "answers": responses}


def _any_query(url: str) -> str:
    return url.partition("?")[0]


def _nested(fields: Mapping[str, Any]) -> Any:
    """Return a JSON document that has values at paths such as `data.0.id`."""
    document: Any = {}
    for path, value in fields.items():
        place, keys = document, path.split(".")
        for key, following in zip(keys, [*keys[1:], ""], strict=True):
            inner: Any = value if not following else ([] if following.isdecimal() else {})
            if isinstance(place, list):
                if not place:
                    place.append(inner)
                place = place[int(key)]
            else:
                place = place.setdefault(key, inner)
    return document


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
