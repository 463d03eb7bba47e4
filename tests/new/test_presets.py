"""Every preset is a set of answers that the template takes, and says where it is from."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import yaml

from appcred.presets import presets, profile, profile_of, profiles
from appcred.questions import questions
from appcred.rehearsal.vendor import Terms
from appcred.stage_texts import STAGES
from new.command import refused, run

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.capture import CaptureFixture

pytestmark = pytest.mark.slow

# Stages whose names habits may have before the stage is there.
NOT_YET = {"no-refresh-token", "unrotated-refresh-token"}
URLS = ("authorize_url", "token_url", "console_url", "userinfo_url")


def test_there_are_at_least_ten_presets() -> None:
    assert len(presets()) >= 10
    assert {"google", "microsoft", "github", "spotify"} <= presets().keys()
    assert list(presets()) == [name.lower() for name in presets()]


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_preset_renders_as_it_says(
    capsys: CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    preset = presets()[name]
    done = run(capsys, tmp_path / "dest", "--defaults", "--preset", name)
    assert done.code == 0, done.err
    assert done.err.splitlines() == [f"appcred: {note}" for note in preset.notes]
    written = yaml.safe_load((tmp_path / "dest/.copier-answers.appcred.yml").read_text())
    # what the template does not ask, given the other answers, a preset does not say
    assert {key: written.get(key) for key in preset.answers} == preset.answers
    constants = (tmp_path / "dest/custom_components/example/const.py").read_text()
    assert preset.answers["authorize_url"] in constants
    assert preset.answers["token_url"] in constants


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_preset_has_sources_and_https_urls(name: str) -> None:
    preset = presets()[name]
    assert preset.sources
    for url in (*preset.sources, *(preset.answers[key] for key in URLS if key in preset.answers)):
        assert urlsplit(url).scheme == "https"
        assert urlsplit(url).hostname
    assert preset.answers.keys() <= questions().keys()
    # a vendor's facts, not the integration's
    assert not preset.answers.keys() & {"domain", "name", "layout", "floor", "client_id"}


def test_an_unknown_preset_lists_those_there_are(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    said = refused(run(capsys, tmp_path, "--defaults", "--preset", "Gogle"))
    assert all(part in said for part in ("'Gogle'", "did you mean google", "discord"))
    assert all(name in said for name in presets())
    said = refused(run(capsys, tmp_path, "--defaults", "--preset", "nosuch"))
    assert all(part in said for part in ("'nosuch'", "discord"))
    assert "did you mean" not in said


def test_a_preset_and_discovery_exclude_each_other(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    said = refused(run(capsys, tmp_path, "--preset", "google", "--discover", "https://x.example"))
    assert "not allowed with argument" in said


def test_vendors_with_habits() -> None:
    """Each has a page for each habit; its terms are those of a responses file."""
    known = profiles()
    wanted = {"google", "spotify", "github", "microsoft", "withings", "fitbit", "dropbox", "strava"}
    assert {*wanted, "netatmo"} <= known.keys()
    stages = {stage.name for stage in STAGES}
    hosts = [host for found in known.values() for host in found.hosts]
    assert len(hosts) == len(set(hosts))
    for found in known.values():
        assert found.habits or found.terms
        for habit in found.habits:
            assert set(habit.stages) <= stages | NOT_YET
            assert urlsplit(habit.source).scheme == "https"
            assert not habit.text.endswith(".")
        assert found.terms.keys() <= Terms.__dataclass_fields__.keys()
    for name, preset in presets().items():
        host = urlsplit(preset.answers["token_url"]).hostname
        if name in known:
            assert host in known[name].hosts


def test_a_habit_explains_the_stages_it_is_about() -> None:
    found = profile_of("oauth2.googleapis.com")
    assert found == profile("google")
    assert profile_of("example.com") is None
    assert found is not None
    said = found.explains("refresh")
    assert said.startswith("google gives a refresh token only where the authorize URL has ")
    assert said.endswith("/google-auth-library/latest/google-auth-library/credentialrequest)")
    assert found.explains("texts") == ""


def test_a_responses_file_overrides_the_vendors_usual_terms() -> None:
    usual = profile("withings").terms
    assert Terms().or_else(usual) == Terms(
        token={"userid": "{id}"}, token_wrapped="body", scope_format="comma"
    )
    said = Terms(token={"userid": "7", "more": 1}, scope_format="list")
    assert said.or_else(usual) == Terms(
        token={"userid": "7", "more": 1}, token_wrapped="body", scope_format="list"
    )
