"""All of Home Assistant's core is the corpus: every finding in it has a verdict."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from appcred import cli
from appcred.finding import Severity
from appcred.release import own_packages
from appcred.rules import engine
from corpus_check.verdicts import BEFORE, ONLY_BEFORE, TABLE
from lab.sources import NEWEST, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab

pytestmark = pytest.mark.lab


def key(code: str, domain: str, path: str, line: int) -> str:
    """Return a finding as pytest's difference of two sets shows it best."""
    return f"{domain}/{path}:{line} {code}"


def checked(release: str, folder: Path) -> dict[str, Any]:
    """Return the report of a release of core."""
    output = folder / "report.json"
    code = cli.run(["check", str(wheel(release)), "--format", "json", "--output", str(output)])
    assert code == 1  # there are errors in core
    loaded: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return checked(NEWEST, tmp_path_factory.mktemp("core"))


def test_every_integration_is_judged(report: dict[str, Any], lab: Lab) -> None:
    lab.exercised(NEWEST)
    assert report["target"] == "2026.11"
    assert report["summary"]["failed"] == 0
    assert report["summary"]["checked"] > 1500
    assert not [one["error"] for one in report["integrations"] if one["error"]]
    assert sum(one["applicable"] for one in report["integrations"]) == 56


def test_every_finding_has_a_verdict(report: dict[str, Any], lab: Lab) -> None:
    lab.exercised(NEWEST)
    found = [
        key(
            finding["code"],
            one["domain"],
            finding["path"].split(f"/components/{one['domain']}/")[1],
            finding["line"],
        )
        for one in report["integrations"]
        for finding in one["findings"]
    ]
    known = [key(row["code"], row["domain"], row["path"], row["line"]) for row in TABLE]
    assert sorted(found) == sorted(known)


def test_matters_of_taste_are_information(report: dict[str, Any]) -> None:
    severities = {
        (one["domain"], finding["code"], finding["line"]): finding["severity"]
        for one in report["integrations"]
        for finding in one["findings"]
    }
    for row in TABLE:
        severity = severities[row["domain"], row["code"], row["line"]]
        assert (row["verdict"] == "taste") == (severity == Severity.INFO), row
        assert row["verdict"] in ("true", "taste")
        assert len(row["why"]) > 40


def test_the_known_true_ones_are_in_it() -> None:
    verdicts: dict[str, dict[str, str]] = {}
    for row in TABLE:
        verdicts.setdefault(row["code"], {})[row["domain"]] = row["verdict"]
    assert verdicts["APC108"] == {"smartthings": "true", "withings": "true"}
    # docs/decisions.md says why one of them is no fault
    assert verdicts["APC107"] == {"electric_kiwi": "taste", "teslemetry": "true"}
    assert set(verdicts) <= set(engine.codes())


def test_the_draft_for_the_release_before(tmp_path: Path, lab: Lab) -> None:
    lab.exercised(BEFORE)
    found = {
        (finding["code"], one["domain"])
        for one in checked(BEFORE, tmp_path)["integrations"]
        for finding in one["findings"]
    }
    newest = {(row["code"], row["domain"]) for row in TABLE}
    before = {(row["code"], row["domain"]) for row in ONLY_BEFORE}
    assert not newest & before
    assert sorted(found - newest) == sorted(before)
    assert all(len(row["why"]) > 40 and row["verdict"] in ("true", "taste") for row in ONLY_BEFORE)


@pytest.mark.parametrize("release", ["2022.6.7", "2025.4.4", NEWEST])
def test_the_packages_of_home_assistant_come_with_it(release: str, lab: Lab) -> None:
    lab.exercised(release)
    (metadata,) = wheel(release).glob("homeassistant-*.dist-info/METADATA")
    required = re.findall(r"^Requires-Dist: ([\w.-]+)", metadata.read_text("utf-8"), re.MULTILINE)
    assert {name.lower() for name in own_packages()} <= {name.lower() for name in required}
