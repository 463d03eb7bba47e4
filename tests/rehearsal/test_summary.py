"""What is said of a rehearsal: in words, side by side, for GitHub, and on a page."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from appcred import cli
from appcred.rehearsal import environment, findings, page, summary, verb
from appcred.rehearsal.acceptance import Acceptance, Accepted
from appcred.rehearsal.environment import RequirementsError
from appcred.rehearsal.stage import Outcome, Result
from appcred.rehearsal.stages import STAGES
from appcred.report.model import Judged

if TYPE_CHECKING:
    from collections.abc import Iterable

JUDGED = Judged(Path("/repo"), PurePosixPath("custom_components/x"), "x", "custom", "2026.10")
PASSED = Result("platform", "APC801", Outcome.PASSED, "fine")
FAILED = Result(
    "denied", "APC807", Outcome.FAILED, "a | b", "an error", path="config_flow.py", line=7
)
LACKING = Result("entry", "APC812", Outcome.UNREACHABLE, "needs GET x", lacking=("GET x",))
PART = ". Not all stages were rehearsed"
NOTHING = "No stage could be rehearsed."
WHOLE = tuple(Result(stage.name, stage.code, Outcome.PASSED, "fine") for stage in STAGES)


def found(
    results: Iterable[Result], version: str = "2026.10.4", accepted: Accepted | None = None
) -> summary.Rehearsal:
    results = tuple(results)
    judged = findings.with_stages(JUDGED, results, accepted or Accepted(), version)
    return summary.Rehearsal(judged, version, "namespace", results)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (WHOLE, f"{len(WHOLE)} passed, 0 failed, 0 not reached"),
        (
            (PASSED,),
            "1 passed, 0 failed, 0 not reached" + PART + ": only the requested stages were run.",
        ),
        (
            (*WHOLE[:-1], LACKING),
            f"{len(WHOLE) - 1} passed, 0 failed, 1 not reached{PART}: entry must pass first.",
        ),
    ],
)
def test_the_last_line_says_whether_it_was_the_whole_life(
    results: tuple[Result, ...], said: str
) -> None:
    assert summary.verdict(found(results)) == said
    assert summary.text(found(results)).splitlines()[-1] == said


def test_ignored_stages_are_counted() -> None:
    accepted = Accepted((Acceptance("APC807", "known"),))
    one = found((*WHOLE, FAILED), accepted=accepted)
    assert summary.verdict(one) == f"{len(WHOLE)} passed, 0 failed, 0 not reached, 1 ignored"
    assert "| ignored | APC807" in summary.markdown([one])


def test_several_releases_side_by_side() -> None:
    text = summary.side_by_side([found((PASSED, FAILED), "2025.12.4"), found((PASSED, LACKING))])
    lines = text.splitlines()
    assert lines[0] == "x in Home Assistant 2025.12.4, 2026.10.4"
    assert lines[2].split() == ["2025.12.4", "2026.10.4"]
    assert lines[3].split() == ["APC801", "platform", "passed", "passed"]
    assert lines[4].split() == ["APC807", "denied", "FAILED"]
    assert lines[5] == f"APC812 {'entry':26} {'':12}-"
    assert "  APC807 denied: a | b" in lines
    assert any(line.startswith("2026.10.4: 1 passed, 0 failed, 1 not reached") for line in lines)


def test_a_table_for_github() -> None:
    text = summary.markdown([found((PASSED, FAILED))])
    assert "## `x` in Home Assistant 2026.10.4" in text
    assert "| ❌ | APC807 `denied` | a \\| b |" in text


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "custom_components/one"
    folder.mkdir(parents=True)
    manifest = '{\n  "domain": "one",\n  "requirements": ["a==1"]\n}\n'
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    (folder / "application_credentials.py").write_text("", encoding="utf-8")
    return tmp_path


def test_several_releases_are_run_and_one_that_cannot_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[Any, ...]] = []

    def rehearse(_: Path, release: str, *_more: object, **options: Any) -> summary.Rehearsal:
        asked.append((release, options["report"], options["screenshots"]))
        if release == "2022.7":
            raise verb.NotRehearsedError(Judged(*_judged(place), error="no Python for 2022.7"))
        return found((PASSED,), f"{release}.9")

    monkeypatch.setattr(verb, "rehearse", rehearse)
    arguments = ["--report", "r.html", "--screenshots", "p"]
    code = cli.run(["rehearse", str(place), "--ha", "2025.12,2022.7, 2026.10", *arguments])
    assert asked == [
        (release, Path(f"r-{release}.html"), Path("p") / release)
        for release in ("2025.12", "2022.7", "2026.10")
    ]
    captured = capsys.readouterr()
    assert captured.out.startswith("x in Home Assistant 2025.12.9, 2026.10.9\n")
    assert code == 2
    assert captured.err == "appcred: no Python for 2022.7\n"
    summary_file = place / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary_file))
    assert cli.run(["rehearse", str(place), "--ha", "2025.12", "--format", "github"]) == 0
    assert "isolation namespace" in capsys.readouterr().out
    assert summary_file.read_text("utf-8").startswith("## `x` in Home Assistant 2025.12.9")
    assert asked[-1] == ("2025.12", None, None)


def _judged(root: Path) -> tuple[Path, PurePosixPath, str, str]:
    return root, PurePosixPath("custom_components/one"), "one", "custom"


def test_requirements_that_nobody_can_install_are_a_finding(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    def prepare(*_: object) -> None:
        raise RequirementsError("2026.10.4", "because you require a==1 and a==2")

    monkeypatch.setattr(environment, "prepare", prepare)
    monkeypatch.setattr(environment, "can_run", lambda _: True)
    report = tmp_path / "r.html"
    assert cli.run(["rehearse", str(place)]) == 1
    said = capsys.readouterr().out
    assert said.endswith("1 failed, 0 not reached. " + NOTHING + "\n")
    assert "network" not in said
    arguments = ["rehearse", str(place), "--format", "json", "--report", str(report)]
    assert cli.run(arguments) == 1
    (one,) = json.loads(capsys.readouterr().out)["integrations"]
    (finding,) = one["findings"]
    assert (finding["code"], finding["line"]) == ("APC850", 3)
    assert finding["path"].endswith("custom_components/one/manifest.json")
    assert "constraints of Home Assistant 2026.10.4: because you require" in finding["message"]
    assert "can be installed beside Home Assistant" in report.read_text("utf-8")


@pytest.mark.parametrize("option", ["--record", "--report", "--log"])
def test_files_that_cannot_be_written(
    place: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["rehearse", str(place), option, str(place / "none" / "x")]) == 2
    assert f"{option}: " in capsys.readouterr().err
    (place / "there").write_text("mine", encoding="utf-8")
    if option == "--record":
        assert cli.run(["rehearse", str(place), option, str(place / "there")]) == 2
        assert "exists; name another file, or delete it" in capsys.readouterr().err
    assert (place / "there").read_text("utf-8") == "mine"


def test_a_vendor_that_nobody_knows(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rehearse", str(place), "--vendor", "gogle"]) == 2
    assert "unknown vendor 'gogle'; did you mean google?" in capsys.readouterr().err


LOG = """\
2026-01-01 10:00:00.000 WARNING (MainThread) [custom_components.x] <b>odd</b>
2026-01-01 10:00:00.000 WARNING (MainThread) [custom_components.x] <b>odd</b>
2026-01-01 10:00:00.000 WARNING (MainThread) [homeassistant.core] none of ours
"""


def test_the_page_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "01.png").write_bytes(b"\x89PNG")
    request = {"stage": "entry", "method": "GET", "url": "https://a.example/<me>", "status": 200}
    told = {
        "log": LOG,
        "loggers": ["custom_components.x"],
        "requests": [{**request, "body": "", "answer": "<i>"}],
        "shown": [{"stage": "denied", "what": "aborted", "said": "You said <no>."}],
        "pictures": [["01.png", "The form", "Its <text>"]],
    }
    text = page.page(
        (PASSED, FAILED, LACKING),
        told,
        tmp_path,
        domain="x",
        name="X <Cloud>",
        homeassistant="2026.10.4",
        coverage="This was the whole life.",
        facts=["Kept"],
        ignored={},
    )
    for shown in ("X &lt;Cloud&gt;", "a | b", "needs GET x", "You said &lt;no&gt;", "&lt;i&gt;"):
        assert shown in text
    assert text.count("&lt;b&gt;odd&lt;/b&gt;") == 1
    assert "none of ours" not in text
    assert "data:image/png;base64,iVBORw==" in text
    assert "config_flow.py:7" in text
    outside = [part for part in ("<script", "<link", 'src="http', "url(http") if part in text]
    assert not outside
