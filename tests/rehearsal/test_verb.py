"""The command: bad input, its reports, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from appcred import cli, report
from appcred.rehearsal import environment, findings, isolation, pythons, summary, verb
from appcred.rehearsal.acceptance import Accepted
from appcred.rehearsal.stage import Outcome, Result
from appcred.rehearsal.stages import STAGES, selected
from appcred.report.model import Judged, Report
from rehearsal.support import CURRENT, prepared, scaffold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.gate import Lab

FLOOR = "2025.4.4"
JUDGED = Judged(Path("/repo"), PurePosixPath("custom_components/x"), "x", "custom", "2026.10")
RESULTS = (
    Result("platform", "APC801", Outcome.PASSED, "fine"),
    Result("denied", "APC807", Outcome.FAILED, "seen", "an error"),
    Result(
        "entry",
        "APC812",
        Outcome.UNREACHABLE,
        "needs a response",
        lacking=("GET https://a.example/me",),
    ),
)


def integration(folder: Path, domain: str = "one") -> Path:
    place = folder / "custom_components" / domain
    place.mkdir(parents=True)
    (place / "manifest.json").write_text(json.dumps({"domain": domain}), encoding="utf-8")
    (place / "application_credentials.py").write_text("", encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--stages", "entry,exit"], "unknown stage 'exit'; known stages: platform, "),
        (["--ha", "tomorrow"], "--ha: 'tomorrow' is not a Home Assistant release"),
        (["--ha", "2019.1"], "--ha: 2019.1 has no application credentials; name 2022.6 or newer"),
        (["--responses", "nowhere.yml"], "nowhere.yml cannot be read"),
    ],
)
def test_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert cli.run(["rehearse", str(integration(tmp_path)), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_pictures_need_a_browser_and_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(integration(tmp_path))
    monkeypatch.setattr(verb.importlib.util, "find_spec", lambda _: None)
    assert cli.run(["rehearse", place, "--screenshots", str(tmp_path / "p")]) == 2
    assert "pip install 'appcred[browser]'" in capsys.readouterr().err
    monkeypatch.setattr(verb.importlib.util, "find_spec", lambda _: True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.run(["rehearse", place, "--screenshots", str(tmp_path / "p")]) == 2
    assert "Chromium is not installed; install it" in capsys.readouterr().err
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    assert cli.run(["rehearse", place, "--screenshots", str(program)]) == 2
    assert "cannot be made" in capsys.readouterr().err


def test_an_integration_that_cannot_be_rehearsed_is_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = integration(tmp_path)
    monkeypatch.setattr(environment, "find_python", lambda *_, **__: None)
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "cache"))
    for text, said in (
        ("{", "is not valid JSON"),
        ('{"domain": "one"}', "Home Assistant 2026.10 cannot run here: Python 3.14 was not found"),
    ):
        (place / "manifest.json").write_text(text, encoding="utf-8")
        assert cli.run(["rehearse", str(place), "--ha", "2026.10", "--format", "json"]) == 2
        captured = capsys.readouterr()
        assert said in captured.err
        document = json.loads(captured.out)
        assert said in document["integrations"][0]["error"]
        assert document["summary"]["failed"] == 1
    assert cli.run(["rehearse", str(place), "--stages", "x", "--format", "json"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("release", ["2026.10", "2026.10.4"])
def test_a_home_that_cannot_be_written(tmp_path: Path, release: str) -> None:
    """Nobody can write below /proc, root neither."""
    place = integration(tmp_path)
    environ = {key: value for key, value in os.environ.items() if key != "APPCRED_CACHE"}
    environ |= {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": ""}
    done = subprocess.run(
        [sys.executable, "-m", "appcred", "rehearse", str(place), "--ha", release],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    (said,) = done.stderr.splitlines()
    assert "/proc/nowhere/.cache/appcred/homeassistant cannot be written" in said
    assert said.endswith("set APPCRED_CACHE to a folder that can")


def test_one_integration_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    integration(tmp_path)
    integration(tmp_path, "two")
    assert cli.run(["rehearse", str(tmp_path)]) == 2
    assert "contains 2 integrations (one, two, …); give the path of one" in capsys.readouterr().err


def test_nothing_to_rehearse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (integration(tmp_path) / "application_credentials.py").unlink()
    assert cli.run(["rehearse", str(tmp_path)]) == 2
    assert "nothing to rehearse" in capsys.readouterr().err


def test_a_python_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPCRED_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "find_python", lambda *_, **__: None)
    assert cli.run(["rehearse", str(integration(tmp_path)), "--ha", "2026.10"]) == 2
    said = capsys.readouterr().err
    assert "Home Assistant 2026.10 cannot run here: Python 3.14 was not found; install it" in said
    assert "APPCRED_PYTHON_3_14=/path/to/python3.14" in said


def test_the_release_is_the_trees_own_or_one_that_can_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from appcred import loading

    integration(tmp_path)
    (tmp_path / "hacs.json").write_text('{"homeassistant": "2025.4.0"}', encoding="utf-8")
    (place,) = loading.find(tmp_path, print)
    tree = loading.load(place)
    assert tree is not None
    said: list[str] = []
    monkeypatch.setattr(environment, "can_run", lambda _: True)
    assert str(verb._release(tree, "auto", said.append)) == "2025.4"
    monkeypatch.setattr(environment, "can_run", lambda release: str(release) != "2025.4")
    assert str(verb._release(tree, "auto", said.append)) == "2026.11"
    assert said == ["no Python for Home Assistant 2025.4 is installed. Running 2026.11."]
    assert str(verb._release(tree, "2026.3", said.append)) == "2026.3"
    monkeypatch.setattr(environment, "can_run", lambda _: False)
    assert str(verb._release(tree, "auto", said.append)) == "2025.4"


@pytest.mark.parametrize("package", ["aiohttp", "oauthlib", "jwt"])
def test_a_missing_extra_is_named(tmp_path: Path, package: str) -> None:
    code = (
        "import sys; sys.modules[sys.argv[1]] = None; from appcred import cli; "
        "sys.exit(cli.run(['rehearse', sys.argv[2]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, package, integration(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'appcred[rehearse]'" in done.stderr
    assert package in done.stderr


def test_required_stages_run_first() -> None:
    stages, asked = selected(["refresh"])
    names = [stage.name for stage in stages]
    assert asked == {"refresh"}
    assert names == ["platform", "one-credential", "code-exchange", "entry", "refresh"]
    assert selected([])[0] == list(STAGES)
    assert len({stage.code for stage in STAGES}) == len(STAGES)
    places = {stage.name: place for place, stage in enumerate(STAGES)}
    assert all(places[need] < places[stage.name] for stage in STAGES for need in stage.needs)


def test_the_reports() -> None:
    judged = findings.with_stages(JUDGED, RESULTS, Accepted(), CURRENT)
    found = summary.Rehearsal(judged, CURRENT, "guard", RESULTS)
    assert found.failed
    well = findings.with_stages(JUDGED, RESULTS[:1], Accepted(), CURRENT)
    assert not summary.Rehearsal(well, CURRENT, "guard", RESULTS[:1]).failed
    text = summary.text(found)
    assert "APC807 FAILED  denied: seen" in text
    assert "a user sees: an error" in text
    assert "1 passed, 1 failed, 1 not reached" in text
    document = json.loads(report.render(Report((judged,)), "json"))
    (one,) = document["integrations"]
    assert [found["code"] for found in one["findings"]] == ["APC807", "APC800"]
    assert [stage["outcome"] for stage in one["stages"]] == ["passed", "failed", "unreachable"]
    assert document["summary"]["errors"] == 2
    extra = {"rehearsal": {"homeassistant": CURRENT, "isolation": "guard"}}
    whole = Report((judged,), extra=extra)
    github = report.render(whole, "github")
    said = f"homeassistant {CURRENT}, isolation guard"
    assert f"::notice title=appcred rehearsal::{said}\n" in github
    assert "::error file=" in github
    assert "title=APC800 needs-response" in github
    log: dict[str, Any] = json.loads(report.render(whole, "sarif"))
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[found["ruleIndex"]]["id"] for found in run["results"]] == ["APC807", "APC800"]
    assert run["properties"] == extra


def _own_processes(marker: str) -> list[str]:
    """Return the processes whose command or environment names a folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                command = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if marker.encode() in command and int(process.name) != os.getpid():
                found.append(f"{process.name} {command[:80]!r}")
    return found


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a cache of its own that shares the environments of the real one."""
    real = pythons.cache_root()
    own = tmp_path / "cache"
    own.mkdir()
    for name in ("homeassistant", "python3.14", "python3.13"):
        if (real / name).exists():
            (own / name).symlink_to(real / name)
    monkeypatch.setenv("APPCRED_CACHE", str(own))
    yield own
    (own / "homeassistant").unlink(missing_ok=True)


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("isolated", [True, False], ids=["namespace", "guard"])
def test_nothing_is_left_behind(
    source: Path, tmp_path: Path, cache: Path, lab: Lab, way: int, *, isolated: bool
) -> None:
    subject = scaffold(source, tmp_path, domain="cut_short")
    prepared(lab)
    code = (
        "import sys; from pathlib import Path; from appcred.rehearsal.verb import rehearse; "
        "rehearse(Path(sys.argv[1]), sys.argv[2], progress=print, isolate=sys.argv[3] == 'True')"
    )
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", code, subject.folder, CURRENT, str(isolated)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert b"platform" in process.stdout.readline()
    runs = cache / "runs"
    assert _own_processes(str(runs))
    process.send_signal(way)
    process.wait(30)
    deadline = time.monotonic() + 15
    while _own_processes(str(runs)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _own_processes(str(runs))
    if way == signal.SIGKILL:
        # Nobody was left to tidy up: the next run does.
        with isolation.run_folder():
            pass
    assert not list(runs.iterdir())


def test_the_guard_says_what_it_is(source: Path, tmp_path: Path, lab: Lab) -> None:
    subject = scaffold(source, tmp_path, domain="guarded")
    prepared(lab)
    found = verb.rehearse(subject.folder, CURRENT, ["refresh"], subject.responses, isolate=False)
    assert found.isolation == "guard"
    assert (
        "a guard in the process, because this system permits no network namespace"
        in summary.text(found)
    )
    assert [result.outcome for result in found.results] == ["passed"]


def test_several_releases_are_shown_side_by_side(
    source: Path, tmp_path: Path, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = scaffold(source, tmp_path, domain="both", floor=202504)
    for release in (FLOOR, CURRENT):
        prepared(lab, release)
    arguments = ["--stages", "platform,denied", "--report", str(tmp_path / "page.html")]
    releases = f"{FLOOR},{CURRENT}"
    assert cli.run(["rehearse", str(subject.folder), "--ha", releases, *arguments]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"both in Home Assistant {FLOOR}, {CURRENT}\n")
    assert re.search(r"^APC801 platform +passed +passed$", said, re.MULTILINE)
    assert re.search(r"^APC807 denied +passed +passed$", said, re.MULTILINE)
    for release in (FLOOR, CURRENT):
        assert f"{release}: 2 passed, 0 failed, 0 not reached" in said
        page = (tmp_path / f"page-{release}.html").read_text("utf-8")
        assert f"Home Assistant {release}" in page


def test_a_missing_response_of_an_unrequested_stage_is_reported(
    source: Path, tmp_path: Path, lab: Lab
) -> None:
    subject = scaffold(source, tmp_path / "a path with spaces", domain="lacking")
    subject.responses.unlink()
    prepared(lab)
    found = verb.rehearse(subject.folder, CURRENT, ["entry"])
    asked = "GET https://example.com/oauth2/userinfo"
    assert [(result.name, result.outcome) for result in found.results] == [
        ("code-exchange", "unreachable"),
        ("entry", "unreachable"),
    ]
    assert f"needs a response for {asked}" in found.results[0].seen
    assert found.failed
    text = summary.text(found)
    assert f"the rehearsal needs a response for {asked}; add it to the file of" in text


def test_a_run_without_responses_writes_them(source: Path, tmp_path: Path, lab: Lab) -> None:
    """And what is kept of it holds no secret; its file then does where it is the only one."""
    subject = scaffold(source, tmp_path, domain="learnt")
    subject.responses.unlink()
    prepared(lab)
    kept = {name: tmp_path / name for name in ("record.yml", "log.txt", "report.html")}
    record, log, page = kept.values()
    stages = ["refresh", "same-account", "logs"]
    found = verb.rehearse(subject.folder, CURRENT, stages, record=record, log=log, report=page)
    assert {result.outcome for result in found.results} == {"passed"}, found.results
    answers = yaml.safe_load(record.read_text("utf-8"))["answers"]
    assert answers == [
        {
            "url": "https://example.com/oauth2/userinfo",
            "json": {"sub": "{id}", "name": "{name}"},
        },
        {"url": "https://example.com/api/status", "json": {"status": "status"}},
    ]
    for name, file in kept.items():
        text = file.read_text("utf-8")
        assert not re.search(r"eyJ[\w-]{10,}\.|secret-[\w-]{20,}", text), name
    assert "custom_components.learnt" in log.read_text("utf-8")
    assert "grant_type=refresh_token" in page.read_text("utf-8")
    found = verb.rehearse(subject.folder, CURRENT, ["refresh"], record)
    assert {result.outcome for result in found.results} == {"passed"}, found.results


def test_home_assistant_is_kept_until_it_is_interrupted(
    source: Path, tmp_path: Path, lab: Lab, cache: Path
) -> None:
    """The result is told all the same, and nothing is left afterwards."""
    subject = scaffold(source, tmp_path, domain="kept")
    prepared(lab)
    command = ["rehearse", str(subject.folder), "--ha", CURRENT, "--stages", "platform", "--keep"]
    process = subprocess.Popen(
        [sys.executable, "-m", "appcred", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "press Ctrl-C" in line:
            break
    told = "".join(said)
    assert re.search(r"Home Assistant runs at http://127\.0\.0\.1:\d+: user rehearsal, pass", told)
    assert "--host-resolver-rules=MAP * 127.0.0.1:" in told
    assert _own_processes(str(cache))
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "1 passed, 0 failed, 0 not reached" in out
    assert not _own_processes(str(cache))
    assert not list((cache / "runs").iterdir())
