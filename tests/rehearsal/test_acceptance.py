"""What `[tool.appcred]` and comments accept of a rehearsal, and what they accept in vain."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import appcred
from appcred import cli
from appcred.rehearsal import environment, verb
from appcred.rehearsal.environment import Environment
from appcred.rehearsal.job import Ended
from appcred.rehearsal.stage import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Rehearse = Callable[..., tuple[int, dict[str, Any]]]

SCHEMA = json.loads((Path(appcred.__file__).parent / "schema/report.json").read_text("utf-8"))
PLATFORM = Result("platform", "APC801", Outcome.PASSED, "fine")
TWICE = Result("refresh-once", "APC815", Outcome.FAILED, "refreshed twice", "a demand")
ONCE = Result("refresh-once", "APC815", Outcome.PASSED, "refreshed once")
LACKING = Result("entry", "APC812", Outcome.UNREACHABLE, "needs", lacking=("GET https://a.b/c",))
KEPT = Result("refresh-once", "APC815", Outcome.UNREACHABLE, "entry failed", cause="entry failed")
NO_STEP = Result("reconfigure", "APC824", Outcome.UNREACHABLE, "it has no such step")
OAUTH = "from homeassistant.components.application_credentials import AuthorizationServer\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return an integration's folder in a repository."""
    folder = tmp_path / "custom_components" / "one"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"domain": "one"}', encoding="utf-8")
    (folder / "application_credentials.py").write_text("X = 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def rehearse(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Rehearse:
    """Return the command with what a rehearsal came to, in JSON, and the stages it ran."""
    real = Environment(place, "2026.10.4")
    monkeypatch.setattr(environment, "prepare", lambda *_: real)
    monkeypatch.setattr(environment, "can_run", lambda _: True)

    def run(results: Iterable[Result], *arguments: str) -> tuple[int, dict[str, Any]]:
        jobs: list[dict[str, Any]] = []

        def stages(
            job: dict[str, Any], _: object, progress: Callable[[Result], None], __: object
        ) -> Ended:
            jobs.append(job)
            for result in results:
                progress(result)
            return Ended(tuple(results))

        monkeypatch.setattr(verb.jobs, "run", stages)
        code = cli.run(["rehearse", str(place), "--format", "json", *arguments])
        report = json.loads(capsys.readouterr().out)
        jsonschema.Draft202012Validator(SCHEMA).validate(report)
        assert report["rehearsal"].keys() == {"homeassistant", "isolation"}
        document = report["integrations"][0]
        return code, document | {"asked": list(jobs[0]["stages"])}

    return run


def settings(place: Path, text: str) -> None:
    (place.parents[1] / "pyproject.toml").write_text(text, encoding="utf-8")


def codes(document: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in document["findings"]]


def test_a_failure_that_is_not_accepted_is_reported(rehearse: Rehearse) -> None:
    code, document = rehearse([PLATFORM, TWICE, LACKING])
    assert code == 1
    assert codes(document) == ["APC815", "APC800"]


@pytest.mark.parametrize("table", ["tool.appcred", "tool.appcred.domains.one"])
@pytest.mark.parametrize("prefix", ["APC815", "APC81", "APC8"])
def test_a_stage_that_the_settings_accept(
    place: Path, rehearse: Rehearse, table: str, prefix: str
) -> None:
    settings(place, f'[{table}]\nignore = {{ {prefix} = "the vendor wants it" }}\n')
    code, document = rehearse([PLATFORM, TWICE])
    assert code == 0
    assert codes(document) == []
    (stage,) = [stage for stage in document["stages"] if stage["name"] == "refresh-once"]
    assert (stage["outcome"], stage["ignored"]) == ("failed", "the vendor wants it")


def test_another_domains_settings_accept_nothing(place: Path, rehearse: Rehearse) -> None:
    settings(place, '[tool.appcred.domains.two]\nignore = { APC815 = "why" }\n')
    code, document = rehearse([TWICE])
    assert (code, codes(document)) == (1, ["APC815"])


def test_a_missing_response_can_be_accepted(place: Path, rehearse: Rehearse) -> None:
    settings(place, '[tool.appcred.domains.one]\nignore = { APC800 = "a third party" }\n')
    assert rehearse([LACKING])[0] == 0
    _, document = rehearse([PLATFORM])
    assert codes(document) == ["APC001"]


def test_a_comment_anywhere_accepts_a_stage(place: Path, rehearse: Rehearse) -> None:
    text = '"""One."""\n\nX = 1  # appcred: ignore[APC815] -- the vendor wants it\n'
    (place / "__init__.py").write_text(text, encoding="utf-8")
    code, document = rehearse([TWICE])
    assert (code, codes(document)) == (0, [])
    assert document["stages"][0]["ignored"] == "the vendor wants it"
    code, document = rehearse([ONCE])
    (finding,) = document["findings"]
    assert code == 0
    assert (finding["code"], finding["line"], finding["column"]) == ("APC001", 3, 8)
    assert finding["message"] == "unused ignore: APC815 is not reported in Home Assistant 2026.10.4"


def test_the_text_says_what_is_ignored_and_what_in_vain(
    place: Path, rehearse: Rehearse, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "X = 1  # appcred: ignore[APC815]\nY = 1  # appcred: ignore[APC801] -- none\n"
    (place / "__init__.py").write_text(text, encoding="utf-8")
    rehearse([PLATFORM, TWICE])
    assert cli.run(["rehearse", str(place)]) == 0
    said = capsys.readouterr().out
    assert "APC815 ignored refresh-once: refreshed twice" in said
    assert "ignored, for: no reason is given" in said
    assert "1 passed, 0 failed, 0 not reached, 1 ignored" in said
    assert "__init__.py:2: APC001 unused ignore: APC801 is not reported" in said


def test_progress_is_for_a_terminal(rehearse: Rehearse, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(sys.stderr, "write", said.append)
    rehearse([PLATFORM])
    assert not said
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    rehearse([PLATFORM])
    assert "".join(said).split() == ["passed", "platform", "0.0", "s"]


@pytest.mark.parametrize(
    ("results", "reported"),
    [
        ([PLATFORM, ONCE], ["APC001"]),
        ([PLATFORM], []),  # it did not run
        ([PLATFORM, KEPT], []),  # it could not show
    ],
    ids=["passed", "not run", "kept"],
)
def test_unused_suppressions(
    place: Path, rehearse: Rehearse, results: list[Result], reported: list[str]
) -> None:
    settings(place, '[tool.appcred.domains.one]\nignore = { APC815 = "why", APC601 = "why" }\n')
    code, document = rehearse(results)
    assert (code, codes(document)) == (0, reported)


def test_a_prefix_is_unused_when_all_its_codes_are(place: Path, rehearse: Rehearse) -> None:
    from appcred.stage_texts import STAGES

    def passed(*but: Result) -> list[Result]:
        kept = {result.code: result for result in but}
        return [
            kept.get(stage.code, Result(stage.name, stage.code, Outcome.PASSED, ""))
            for stage in STAGES
        ]

    settings(place, '[tool.appcred.domains.one]\nignore = { APC82 = "why" }\n')
    assert codes(rehearse(passed(NO_STEP))[1]) == ["APC001"]
    down = Result("provider-down", "APC827", Outcome.FAILED, "it failed", "a user")
    assert codes(rehearse(passed(down))[1]) == []


def test_nothing_is_reported_as_unused_without_a_request(place: Path, rehearse: Rehearse) -> None:
    settings(
        place,
        '[tool.appcred]\nselect = ["APC1", "APC81"]\n'
        '[tool.appcred.domains.one]\nignore = { APC815 = "why" }\n',
    )
    assert codes(rehearse([PLATFORM, ONCE])[1]) == []


def test_select_picks_stages(place: Path, rehearse: Rehearse) -> None:
    settings(place, '[tool.appcred]\nselect = ["APC1", "APC815", "APC804"]\n')
    assert rehearse([ONCE])[1]["asked"] == ["one-credential", "refresh-once"]
    assert rehearse([ONCE], "--stages", "entry")[1]["asked"] == ["entry"]
    settings(place, '[tool.appcred]\nselect = ["APC1"]\n')
    assert rehearse([ONCE])[1]["asked"] == []
    settings(place, '[tool.appcred]\nselect = ["APC"]\n')
    assert rehearse([ONCE])[1]["asked"] == []


def test_the_settings_say_the_release(
    place: Path, rehearse: Rehearse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def prepare(version: str, *_: object) -> Environment:
        asked.append(version)
        return Environment(place, "2025.4.4")

    monkeypatch.setattr(environment, "prepare", prepare)
    settings(place, '[tool.appcred]\ntarget = "2025.4"\n')
    rehearse([ONCE])
    assert asked == ["2025.4"]


@pytest.mark.usefixtures("rehearse")
def test_settings_that_are_wrong_are_reported(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(place, '[tool.appcred]\nignore = { APC899 = "why" }\n')
    assert cli.run(["rehearse", str(place)]) == 2
    assert "there is no rule 'APC899'" in capsys.readouterr().err


def test_check_knows_stages_and_leaves_them_alone(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(
        place,
        '[tool.appcred]\nselect = ["APC0", "APC8"]\n'
        '[tool.appcred.domains.one]\nignore = { APC815 = "why" }\n',
    )
    text = f"{OAUTH}X = 1  # appcred: ignore[APC816] -- the vendor wants it\n"
    (place / "application_credentials.py").write_text(text, encoding="utf-8")
    assert cli.run(["check", str(place)]) == 0
    assert "Nothing to report in 1 integration with OAuth2" in capsys.readouterr().out
    text = f"{OAUTH}X = 1  # appcred: ignore[APC816]\nY = 1  # appcred: ignore[APC899] -- why\n"
    (place / "application_credentials.py").write_text(text, encoding="utf-8")
    assert cli.run(["check", str(place)]) == 0
    said = capsys.readouterr().out
    assert "APC002 warning this ignore of APC816 gives no reason" in said
    assert "APC002 warning this ignore names APC899, which is not a rule" in said


def test_a_select_of_stages_alone_leaves_all_rules(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(place, '[tool.appcred]\nselect = ["APC815"]\n')
    (place / "application_credentials.py").write_text(OAUTH, encoding="utf-8")
    assert cli.run(["check", str(place)]) == 1
    assert "APC106" in capsys.readouterr().out
    assert cli.run(["check", str(place), "--select", "APC815"]) == 2
    assert "--select: APC815 is a stage of 'appcred rehearse'" in capsys.readouterr().err
