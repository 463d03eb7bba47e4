"""The four formats, each against what its readers demand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import pytest

import appcred
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.report import FORMATS, render
from appcred.report.model import Judged, Report, display_path, plural
from appcred.rules import engine

HERE = Path(__file__).parent
SCHEMA = json.loads((Path(appcred.__file__).parent / "schema/report.json").read_text("utf-8"))
SARIF = json.loads((HERE / "sarif-2.1.0.json").read_text("utf-8"))

FOLDER = PurePosixPath("custom_components/example")
ODD = 'a 50 % chance: "yes",\r\nor ::error::no'


def finding(code: str, severity: Severity, **facts: Any) -> Finding:
    """Make a finding; what is not given is plain."""
    name = engine.rule(code).RULE.name
    path = facts.get("path", FOLDER / "config_flow.py")
    message = facts.get("message", "it is wrong")
    return Finding(path, 3, 5, code, name, message, severity, facts.get("fix"))


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    judged = Judged(
        tmp_path.resolve(),
        FOLDER,
        "example",
        "custom",
        "2025.4",
        findings=(
            finding("APC102", Severity.ERROR, fix=FixKind.SAFE),
            finding("APC303", Severity.WARNING, fix=FixKind.UNSAFE, message=ODD),
            finding("APC401", Severity.WARNING, fix=FixKind.MIGRATION),
            finding("APC601", Severity.INFO, path=FOLDER / "a b,c:d%.py", fix=FixKind.MIGRATION),
            finding("APC601", Severity.INFO, path=FOLDER / "a b,c:d%.py"),
        ),
        changes=((FOLDER / "manifest.json", "modify"),),
        manual=(ManualWork(FOLDER / "__init__.py", 40, "a helper registers it", "import it"),),
        unsafe=1,
    )
    elsewhere = Judged(
        Path("/elsewhere"), FOLDER, "other", "custom", error="other/manifest.json is no JSON"
    )
    return Report((judged, elsewhere))


def empty() -> Report:
    return Report((Judged(Path("/x"), FOLDER, "example", "custom", "2026.10"),))


def test_json_output_matches_its_schema(report: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    loaded = json.loads(render(report, "json"))
    validator.validate(loaded)
    validator.validate(json.loads(render(empty(), "json")))
    assert loaded["target"] == "2025.4"
    assert loaded["summary"] == {
        "checked": 1,
        "errors": 1,
        "warnings": 2,
        "changed": 1,
        "failed": 1,
    }
    first, other = loaded["integrations"]
    assert first["path"] == "custom_components/example"
    assert first["findings"][0] == {
        "code": "APC102",
        "name": "hook-takes-self",
        "severity": "error",
        "path": "custom_components/example/config_flow.py",
        "line": 3,
        "column": 5,
        "message": "it is wrong",
        "fix": "safe",
    }
    assert first["error"] is None
    assert other["path"] == "/elsewhere/custom_components/example"
    assert other["error"] == "other/manifest.json is no JSON"
    loaded["integrations"][0]["findings"][0]["line"] = 0
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(loaded)


PLACED = {
    "path": f"{FOLDER}/__init__.py",
    "line": 7,
    "by": "registration",
    "auth_domain": "example",
}


def test_json_carries_facts_and_stages() -> None:
    one = Judged(
        Path("/x"),
        FOLDER,
        "example",
        "custom",
        facts={
            "platform": True,
            "stashed": [],
            "entries": {"flows": [], "auth_implementations": [PLACED]},
        },
        stages=({"name": "setup", "outcome": "passed", "seen": "loaded"},),
    )
    loaded = json.loads(render(Report((one,)), "json"))
    jsonschema.Draft202012Validator(SCHEMA).validate(loaded)
    assert loaded["target"] == "auto"
    facts = loaded["integrations"][0]["facts"]
    assert facts["platform"] is True
    # as the paths of findings are: below the working folder relative to it
    (stored,) = facts["entries"]["auth_implementations"]
    assert stored == {**PLACED, "path": f"/x/{FOLDER}/__init__.py"}
    assert loaded["integrations"][0]["stages"][0]["outcome"] == "passed"


def test_sarif_output_matches_the_official_schema(report: Report) -> None:
    validator = jsonschema.Draft4Validator(SARIF)
    for each in (report, empty()):
        validator.validate(json.loads(render(each, "sarif")))
    run = json.loads(render(report, "sarif"))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(engine.codes())
    assert all(rule["help"]["text"] for rule in run["tool"]["driver"]["rules"])
    results = run["results"]
    assert [result["level"] for result in results] == [
        "error",
        "warning",
        "warning",
        "note",
        "note",
    ]
    for result in results:
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert uri["uriBaseId"] in run["originalUriBaseIds"]
        assert not uri["uri"].startswith("/")
        assert "\\" not in uri["uri"]
    odd = results[3]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert odd == "custom_components/example/a%20b%2Cc%3Ad%25.py"
    prints = [result["partialFingerprints"]["appcred/v1"] for result in results]
    assert len(set(prints)) == len(prints)
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_fingerprints_survive_moved_lines(report: Report) -> None:
    def prints(each: Report) -> list[str]:
        results = json.loads(render(each, "sarif"))["runs"][0]["results"]
        return [result["partialFingerprints"]["appcred/v1"] for result in results]

    there = finding("APC303", Severity.WARNING, message="it is another at const.py:12")
    first = report.integrations[0]._replace(findings=(*report.integrations[0].findings, there))
    moved = [
        found._replace(line=30, message=found.message.replace(".py:12", ".py:40"))
        for found in first.findings
    ]
    one = first._replace(findings=tuple(moved))
    before = replace(report, integrations=(first,))
    assert prints(replace(report, integrations=(one,))) == prints(before)


def test_sarif_is_the_same_from_every_folder(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = replace(report, integrations=report.integrations[:1])
    (tmp_path / ".git").mkdir()
    whole = render(alone, "sarif")
    for folder in (tmp_path / "custom_components", Path("/")):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        assert render(alone, "sarif") == whole
    # Without a repository the tree's root takes its place, where it is not the working folder's.
    (tmp_path / ".git").rmdir()
    assert '"uri": "file:///"' in render(alone, "sarif")
    monkeypatch.chdir(tmp_path / "custom_components")
    assert render(alone, "sarif") == whole


def test_github_names_files_of_the_workspace(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    lines = render(report, "github").splitlines()
    assert lines[0].startswith("::error file=custom_components/example/config_flow.py,line=3,")
    assert lines[-5].startswith("::error file=/elsewhere/custom_components/example,")
    # A workspace that this is not in says nothing about it.
    monkeypatch.setenv("GITHUB_WORKSPACE", "/nowhere")
    monkeypatch.chdir(tmp_path)
    assert render(report, "github").startswith("::error file=custom_components/example/")


def unescaped(text: str) -> str:
    """Undo what GitHub's runner undoes (ActionCommand.cs of actions/runner)."""
    for mark, meant in (
        ("%0D", "\r"),
        ("%0A", "\n"),
        ("%3A", ":"),
        ("%2C", ","),
        ("%25", "%"),
    ):
        text = text.replace(mark, meant)
    return text


def test_github_commands_are_escaped(report: Report) -> None:
    lines = render(report, "github").splitlines()
    commands = [line for line in lines if line.startswith("::")]
    form = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")
    matches = [form.fullmatch(command) for command in commands]
    assert all(matches)
    assert [match[1] for match in matches if match] == [
        "error",
        "warning",
        "warning",
        "notice",
        "notice",
        "warning",
        "error",
    ]
    odd = matches[1]
    assert odd
    assert unescaped(odd[3]) == ODD
    file = matches[3]
    assert file
    properties = dict(part.split("=", 1) for part in file[2].split(","))
    assert unescaped(properties["file"]) == "custom_components/example/a b,c:d%.py"
    assert properties["line"] == "3"
    assert properties["col"] == "5"
    assert properties["title"] == "APC601 no-description"


def test_text_is_like_ruffs(report: Report) -> None:
    lines = render(report, "text").splitlines()
    assert lines[0] == (
        "custom_components/example/config_flow.py:3:5: APC102 error [*] it is wrong"
    )
    assert "custom_components/example/__init__.py:40: a helper registers it; to do: import it" in (
        lines
    )
    assert "custom_components/example/manifest.json: modify" in lines
    found = "Found 1 error, 2 warnings, 2 for information in 1 integration with OAuth2"
    assert lines[-4:] == [
        f"{found}; 1 could not be checked.",
        "[*] 1 fixable with --fix.",
        "1 hidden fix can be enabled with --unsafe-fixes.",
        "1 finding may be resolved by `appcred retrofit`.",
    ]


def test_text_marks_unsafe_fixes_that_were_asked_for(report: Report) -> None:
    one = report.integrations[0]._replace(unsafe=0)
    asked = replace(report, integrations=(one,), unsafe_too=True)
    lines = render(asked, "text").splitlines()
    assert "APC303 warning [*] a 50 % chance" in lines[1]
    assert "[*] 2 fixable with --fix --unsafe-fixes." in lines
    assert not any("hidden" in line for line in lines)


def test_text_of_failures_alone(report: Report) -> None:
    failed = replace(report, integrations=report.integrations[1:])
    assert render(failed, "text") == "Nothing was checked; 1 could not be checked.\n"
    both = replace(report, integrations=(*empty().integrations, *failed.integrations))
    assert render(both, "text") == (
        "Nothing to report in 1 integration with OAuth2; 1 could not be checked.\n"
    )


def test_text_of_nothing() -> None:
    without = Judged(Path("/x"), FOLDER, "lamp", "custom", applicable=False)
    report = Report((*empty().integrations, without))
    assert render(report, "text") == (
        "Nothing to report in 1 integration with OAuth2 (1 without).\n"
    )


def test_formats_are_those_of_the_command_line() -> None:
    from appcred.cli import parser

    for form in FORMATS:
        parsed = parser().parse_args(["check", ".", "--format", form])
        assert parsed.format == form


def test_plural() -> None:
    assert [plural(count, "error") for count in (0, 1, 2)] == ["no errors", "1 error", "2 errors"]


@pytest.mark.parametrize(
    ("path", "base", "expected"),
    [
        ("/a/b", "/a/b", "."),
        ("/a/b/c.py", "/a/b", "c.py"),
        ("/a/bc/d.py", "/a/b", "/a/bc/d.py"),
        ("/a/b", "/a/b/c", "/a/b"),
        ("/a/b", "/", "a/b"),
    ],
)
def test_a_path_is_shown_below_a_folder_that_it_lies_in(
    path: str, base: str, expected: str
) -> None:
    assert display_path(Path(path), Path(base)) == expected
