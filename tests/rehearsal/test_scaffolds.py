"""What the template emits passes every stage, on its floor and on the current release.

Each is rehearsed with the responses file that `appcred new` writes, or prints, for it.

The gate runs a few that differ in every way that matters to a stage; `APPCRED_REHEARSE=all` runs
a pairwise cover of those ways (docs/rehearse.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appcred.release import Release
from lab.cover import pairwise
from rehearsal.support import ALL, CURRENT, RESULT, outcomes, rehearsed, scaffold, troubles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lab.gate import Lab

NEWEST = "2026.11.0"
RELEASES = ("2025.4.4", "2025.12.4", "2026.3.4", CURRENT, NEWEST)
FACTORS: dict[str, list[dict[str, Any]]] = {
    "floor": [
        *({"layout": "custom", "floor": floor} for floor in (202504, 202512, 202603, 202610)),
        {"layout": "core", "floor": 202611},
    ],
    "flow": [
        {"flow": "secret"},
        {"flow": "pkce_secret"},
        {"flow": "pkce_public", "client_id": "app-0815"},
    ],
    "token_auth": [{"token_auth": "body"}, {"token_auth": "basic"}],
    "identity": [
        {"identity": "userinfo"},
        {"identity": "token_claim", "claim_token": "access_token"},
        {"identity": "token_claim", "claim_token": "id_token"},
        {"identity": "none"},
    ],
    "reconfigure": [{"reconfigure": True}, {"reconfigure": False}],
    "platforms": [{"platforms": "sensor"}, {"platforms": ""}],
}
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
    if not ALL:
        return FEW
    rows = pairwise({name: range(len(values)) for name, values in FACTORS.items()}, _allowed)
    found = []
    for row in rows:
        data = {
            key: value for name, place in row.items() for key, value in FACTORS[name][place].items()
        }
        floor = Release.from_number(data["floor"])
        lowest = next(known for known in RELEASES if Release.parse(known) == floor)
        found += [(release, data) for release in dict.fromkeys((lowest, RELEASES[-1]))]
    return found


def _allowed(row: Mapping[str, Any]) -> bool:
    """Say whether answers can be given together: a public client has no secret to send."""
    given = {name: FACTORS[name][place] for name, place in row.items()}
    return not (
        given.get("flow", {}).get("flow") == "pkce_public"
        and given.get("token_auth", {}).get("token_auth") == "basic"
    )


def unreachable(answers: Mapping[str, Any]) -> set[str]:
    """Return the stages that what was answered leaves out."""
    found = {"yaml"}
    if answers.get("flow") == "pkce_public":
        found |= {"description", "no-credential", "two-credentials", "credential-gone"}
    if answers.get("identity") == "none":
        found |= {"reauth-other-account", "reconfigure-other-account", "second-account"}
    if answers.get("reconfigure") is False:
        found |= {"reconfigure", "reconfigure-other-account"}
    return found


def _name(case: tuple[str, dict[str, Any]]) -> str:
    release, answers = case
    chosen = (
        answers.get(key, "-") for key in ("layout", "floor", "flow", "token_auth", "identity")
    )
    return f"{release}-{'-'.join(map(str, chosen))}"


CASES = _cases()


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_every_stage_passes(
    case: tuple[str, dict[str, Any]],
    source: Path,
    tmp_path: Path,
    lab: Lab,
    record_property: Callable[[str, object], None],
) -> None:
    release, answers = case
    subject = scaffold(source, tmp_path, **{"domain": "whole", **answers})
    found = rehearsed(lab, subject, release)
    assert found.homeassistant == release
    not_reached = {name for name, outcome in outcomes(found).items() if outcome == "unreachable"}
    failed = {name for name, outcome in outcomes(found).items() if outcome == "failed"}
    passed = len(found.results) - len(not_reached) - len(failed)
    seconds = sum(result.seconds for result in found.results)
    said = f"{passed} stages passed, {len(not_reached)} do not apply, {seconds:.0f} s of stages"
    record_property(RESULT, ["scaffold", _name(case), said, len(CASES)])
    assert not failed, troubles(found)
    assert not_reached == unreachable(answers), troubles(found)


def test_a_client_of_its_own_is_the_one_credential(source: Path, tmp_path: Path, lab: Lab) -> None:
    """It is there once a flow has begun: also where no other stage begins one first."""
    answers = {"flow": "pkce_public", "client_id": "app-0815"}
    subject = scaffold(source, tmp_path, domain="built_in", **answers)
    found = rehearsed(lab, subject, stages=["one-credential", "entry"])
    assert outcomes(found) == {"one-credential": "passed", "entry": "passed"}, troubles(found)
