"""What the template emits passes every stage, on its floor and on the current release.

The gate runs a few that differ in every way that matters to a stage; `APPCRED_REHEARSE=all` runs
the lab's whole cover of the answers (docs/rehearse.md).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from lab.trees import cover
from rehearsal.support import CURRENT, outcomes, rehearsed, scaffold, troubles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lab.gate import Lab

NEWEST = "2026.11.0"
FEW: list[tuple[str, dict[str, Any]]] = [
    (
        "2025.4.4",
        {
            "floor": 202504,
            "flow": "pkce_secret",
            "token_auth": "basic",
            "identity": "token_claim",
            "scopes": "read:status user.profile",
            "scope_separator": ",",
            "extra_authorize_params": "access_type=offline&prompt=consent",
        },
    ),
    (CURRENT, {"flow": "pkce_public", "client_id": "app-0815", "identity": "userinfo"}),
    (NEWEST, {"layout": "core", "token_auth": "basic", "identity": "none", "reconfigure": False}),
]


def _cases() -> list[tuple[str, dict[str, Any]]]:
    if os.environ.get("APPCRED_REHEARSE") != "all":
        return FEW
    return [
        # The packages of the cover's requirements are made up; its own tests do not install them.
        (release, {**answers.data, "requirements": ""})
        for answers in cover()
        for release in answers.releases
    ]


def unreachable(answers: Mapping[str, Any]) -> set[str]:
    """Return the stages that what was answered leaves out."""
    found = {"yaml"}
    if answers.get("flow") == "pkce_public":
        found |= {"no-credential", "two-credentials", "credential-gone"}
    if answers.get("identity") == "none":
        found |= {"reauth-other-account", "reconfigure-other-account"}
    if answers.get("reconfigure") is False:
        found |= {"reconfigure", "reconfigure-other-account"}
    return found


def _name(case: tuple[str, dict[str, Any]]) -> str:
    release, answers = case
    chosen = (answers.get(key, "-") for key in ("layout", "floor", "flow", "identity"))
    return f"{release}-{'-'.join(map(str, chosen))}"


@pytest.mark.parametrize("case", _cases(), ids=_name)
def test_every_stage_passes(
    case: tuple[str, dict[str, Any]], source: Path, tmp_path: Path, lab: Lab
) -> None:
    release, answers = case
    subject = scaffold(source, tmp_path, **{"domain": "whole", **answers})
    found = rehearsed(lab, subject, release)
    assert found.homeassistant == release
    not_reached = {name for name, outcome in outcomes(found).items() if outcome == "unreachable"}
    failed = {name for name, outcome in outcomes(found).items() if outcome == "failed"}
    assert not failed, troubles(found)
    assert not_reached == unreachable(answers), troubles(found)
