"""`appcred check` as it is run: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appcred import check, cli
from appcred.rules import engine
from check.trees import FLOW, MANIFEST, PLATFORM, SELF, custom, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Run = "Callable[..., tuple[int, str, str]]"

LINE = 6


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["check", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return invoke


def findings(out: str) -> list[tuple[str, str, int]]:
    """Return code, path and line of each finding of a JSON report."""
    loaded: dict[str, Any] = json.loads(out)
    return [
        (found["code"], found["path"], found["line"])
        for integration in loaded["integrations"]
        for found in integration["findings"]
    ]


ERROR = ("APC102", "custom_components/example/application_credentials.py", LINE)


def test_nothing_to_report(run: Any, tmp_path: Path) -> None:
    custom(tmp_path)
    code, out, err = run(".")
    assert (code, err) == (0, "")
    assert out == "Nothing to report in 1 integration with OAuth2.\n"


def test_an_error_is_exit_code_1(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    code, out, _ = run(".")
    assert code == 1
    assert out.splitlines()[0].startswith(f"{ERROR[1]}:{LINE}:42: APC102 error [*] ")
    assert "1 fixable with --fix" in out


def test_a_warning_is_exit_code_0(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, config_flow_py=FLOW.replace('str(data["user"])', 'int(data["user"])'))
    code, out, _ = run(".")
    assert code == 0
    assert "APC303 warning" in out
    assert "1 hidden fix can be enabled with --unsafe-fixes." in out
    assert "hidden" not in run(".", "--unsafe-fixes")[1]


def test_an_integration_without_oauth2_is_not_applicable(run: Any, tmp_path: Path) -> None:
    custom(
        tmp_path,
        config_flow_py="class Flow: ...\n",
        application_credentials_py=None,
        manifest_json='{"domain": "lamp"}',
    )
    code, out, _ = run(".", "--format", "json")
    assert code == 0
    assert json.loads(out)["integrations"][0]["applicable"] is False
    assert "(1 without)" in run(".")[1]


def test_fix_writes_and_says(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    code, out, _ = run(".", "--fix")
    assert code == 0
    assert out.splitlines() == [
        f"{ERROR[1]}: modify",
        "Fixed 1 finding.",
        "Nothing to report in 1 integration with OAuth2.",
    ]
    assert (tmp_path / ERROR[1]).read_text("utf-8") == PLATFORM
    assert run(".", "--fix")[1] == "Nothing to report in 1 integration with OAuth2.\n"


def test_unsafe_fixes_are_opt_in(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, config_flow_py=FLOW.replace('str(data["user"])', 'int(data["user"])'))
    path = tmp_path / "custom_components/example/config_flow.py"
    assert "1 hidden fix" in run(".", "--fix")[1]
    assert "str(int(" not in path.read_text("utf-8")
    run(".", "--fix", "--unsafe-fixes")
    assert 'str(int(data["user"]))' in path.read_text("utf-8")


def test_fix_leaves_what_is_suppressed(run: Any, tmp_path: Path) -> None:
    marked = SELF.replace("(self, hass):", "(self, hass):  # appcred: ignore[APC102] -- on purpose")
    custom(tmp_path, application_credentials_py=marked)
    code, _, _ = run(".", "--fix")
    assert code == 0
    assert (tmp_path / ERROR[1]).read_text("utf-8") == marked


def test_fix_drops_what_does_not_help(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    module = engine.rule("APC102")
    monkeypatch.setattr(module, "fix", lambda integration, _finding, _span: integration)
    code, _, err = run(".", "--fix")
    assert code == 1
    assert "reverted the APC102 fix" in err
    assert "introduced" not in err


def test_fix_names_the_leftovers_of_a_kill(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    left = tmp_path / "custom_components/example/.appcred-0123abcd-0"
    left.write_bytes(b"")
    code, _, err = run(".", "--fix")
    assert code == 2
    assert f"an earlier run of appcred was killed and left {left}" in err
    left.unlink()
    assert run(".", "--fix")[0] == 0


def test_comments_suppress_one_code_on_one_line(run: Any, tmp_path: Path) -> None:
    marked = SELF.replace("(self, hass):", "(self, hass):  # appcred: ignore[APC102] -- on purpose")
    custom(tmp_path, application_credentials_py=marked)
    assert run(".", "--format", "json")[0] == 0
    custom(tmp_path, application_credentials_py=marked.replace("APC102", "APC103"))
    code, out, _ = run(".", "--format", "json")
    assert code == 1
    assert [found[0] for found in findings(out)] == ["APC102", "APC001"]


def test_unused_comments_are_found_whatever_is_selected(run: Any, tmp_path: Path) -> None:
    marked = PLATFORM.replace("(hass):", "(hass):  # appcred: ignore[APC102, APC103] -- once")
    custom(tmp_path, application_credentials_py=marked)
    code, out, _ = run(".", "--select", "APC0", "--format", "json")
    assert code == 0
    assert [found[0] for found in findings(out)] == ["APC001", "APC001"]
    run(".", "--fix")
    assert (tmp_path / ERROR[1]).read_text("utf-8") == PLATFORM


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ((), ["APC102", "APC204"]),
        (("--select", "APC1"), ["APC102"]),
        (("--select", "APC2,APC102"), ["APC102", "APC204"]),
        (("--ignore", "APC1"), ["APC204"]),
        (("--select", "APC", "--ignore", "APC102, APC204"), []),
    ],
)
def test_select_and_ignore(
    run: Any, tmp_path: Path, options: tuple[str, ...], codes: list[str]
) -> None:
    manifest = {key: value for key, value in MANIFEST.items() if key != "version"}
    custom(tmp_path, application_credentials_py=SELF, manifest_json=json.dumps(manifest))
    code, out, _ = run(".", "--format", "json", *options)
    assert sorted(found[0] for found in findings(out)) == codes
    assert code == (1 if codes else 0)


def test_settings(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    write(tmp_path, {"pyproject.toml": '[tool.appcred]\nignore = {APC102 = "on purpose"}\n'})
    assert run(".")[0] == 0
    write(tmp_path, {"pyproject.toml": '[tool.appcred]\nselect = ["APC2"]\n'})
    assert run(".")[0] == 0
    assert run(".", "--select", "APC1")[0] == 1
    write(tmp_path, {"other.toml": 'ignore = {APC1 = "on purpose"}\n'})
    assert run(".", "--config", "other.toml")[0] == 0
    write(tmp_path, {"pyproject.toml": "[tool.black]\n# appcred\n"})
    assert run(".")[0] == 1


def test_settings_of_one_domain(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    custom(tmp_path, "other", application_credentials_py=SELF)
    settings = '[tool.appcred.domains.other]\nignore = {APC102 = "why", APC5 = "nothing"}\n'
    write(tmp_path, {"pyproject.toml": settings})
    code, out, _ = run(".", "--format", "json")
    assert code == 1
    assert findings(out) == [ERROR, ("APC001", "pyproject.toml", 2)]
    assert "unused ignore: APC5 is not reported for other" in out
    other = json.loads(out)["integrations"][1]["findings"]
    assert [found["fix"] for found in other] == [None]  # nothing edits a TOML file


def test_settings_give_the_target(run: Any, tmp_path: Path) -> None:
    custom(tmp_path)
    write(tmp_path, {"pyproject.toml": '[tool.appcred]\ntarget = "2025.4"\n'})
    assert json.loads(run(".", "--format", "json")[1])["target"] == "2025.4"
    given = run(".", "--format", "json", "--target", "2026.10")[1]
    assert json.loads(given)["target"] == "2026.10"


def test_targets_may_differ(run: Any, tmp_path: Path) -> None:
    custom(tmp_path / "one")
    custom(tmp_path / "two")
    write(tmp_path, {"two/hacs.json": '{"homeassistant": "2025.4"}'})
    out = json.loads(run(".", "--format", "json")[1])
    assert out["target"] == "auto"
    assert [one["target"] for one in out["integrations"]] == ["2026.11", "2025.4"]


def test_a_raised_floor_is_reported(run: Any, tmp_path: Path) -> None:
    custom(tmp_path)
    write(tmp_path, {"hacs.json": '{"homeassistant": "2021.1"}'})
    assert "Using 2022.6 as the minimum." in run(".")[2]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[tool.appcred\n", "is not valid TOML"),
        ("tool.appcred = 3\n", "must be a table"),
        ("[tool.appcred]\nselekt = []\n", "has the unknown key 'selekt'"),
        ("[tool.appcred]\nselect = 'APC1'\n", "must be a list"),
        ("[tool.appcred]\nselect = ['APC9']\n", "there is no rule 'APC9'"),
        ("[tool.appcred]\nignore = ['APC1']\n", "must give reasons"),
        ("[tool.appcred]\nignore = {APC102 = ' '}\n", "must give reasons"),
        ("[tool.appcred]\nignore = {APC999 = 'why'}\n", "there is no rule 'APC999'"),
        ("[tool.appcred]\ntarget = 'soon'\n", "must be a release"),
        ("[tool.appcred]\ntarget = 2026\n", "must be a release"),
        ("[tool.appcred]\ndomains = 3\n", "domains must be a table"),
        ("[tool.appcred]\ndomains = {a = 3}\n", "domains.a must be a table"),
    ],
)
def test_settings_that_are_not_understood(
    run: Any, tmp_path: Path, settings: str, said: str
) -> None:
    custom(tmp_path)
    write(tmp_path, {"pyproject.toml": settings})
    code, out, err = run(".", "--config", "pyproject.toml")
    assert (code, out) == (2, "")
    assert said in err
    assert "pyproject.toml" in err
    assert err.count("\n") == 1
    code, _, err = run(".")
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("nowhere",),
        (".", "--target", "soon"),
        (".", "--select", "APC9"),
        (".", "--ignore", "X"),
        (".", "--select", " , "),
        (".", "--config", "nowhere.toml"),
        (".", "--baseline", "nowhere.json"),
        (".", "--baseline", "custom_components"),
        (".", "--output", "nowhere/report.json"),
        (".", "--write-baseline", "nowhere/baseline.json"),
    ],
)
def test_bad_usage_is_one_sentence(run: Any, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    custom(tmp_path)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("appcred: ")
    assert err.count("\n") == 1


def test_output_goes_to_a_file(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    code, out, err = run(".", "--format", "sarif", "--output", "report.sarif")
    assert (code, out, err) == (1, "", "")
    assert json.loads((tmp_path / "report.sarif").read_text("utf-8"))["version"] == "2.1.0"


def test_baseline(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    code, _, err = run(".", "--write-baseline", "baseline.json")
    assert code == 0
    assert "wrote the findings to baseline.json" in err
    code, out, err = run(".", "--baseline", "baseline.json")
    assert (code, err) == (0, "")
    assert "1 more finding is in the baseline." in out
    # Lines may move.
    custom(tmp_path, application_credentials_py="# moved\n" + SELF)
    assert run(".", "--baseline", "baseline.json")[0] == 0
    # What is new is reported.
    hidden = MANIFEST | {"config_flow": False}
    custom(tmp_path, manifest_json=json.dumps(hidden, indent=2), application_credentials_py=SELF)
    code, out, _ = run(".", "--baseline", "baseline.json", "--format", "json")
    assert code == 1
    assert [found[0] for found in findings(out)] == ["APC203"]
    # What is gone is told.
    custom(tmp_path)
    code, out, err = run(".", "--baseline", "baseline.json")
    assert code == 0
    assert "is no longer reported" in err


def test_a_limited_run_reports_nothing_as_gone_from_a_baseline(run: Any, tmp_path: Path) -> None:
    unsafe = FLOW.replace('str(data["user"])', 'int(data["user"])')
    custom(tmp_path, application_credentials_py=SELF, config_flow_py=unsafe)
    custom(tmp_path, "other", application_credentials_py=SELF)
    run(".", "--write-baseline", "baseline.json")
    one = "custom_components/example"
    assert run(one, "--baseline", "baseline.json", "--select", "APC1")[::2] == (0, "")
    code, out, err = run(one, "--baseline", "baseline.json")
    assert (code, err) == (0, "")
    assert "hidden" not in out
    custom(tmp_path, config_flow_py=unsafe)
    assert "1 finding of" in run(one, "--baseline", "baseline.json")[2]


def test_one_mistake_in_the_settings_is_reported_once(run: Any, tmp_path: Path) -> None:
    custom(tmp_path)
    custom(tmp_path, "other")
    write(tmp_path, {"pyproject.toml": "[tool.appcred\n"})
    code, out, err = run(".")
    assert code == 2
    assert err.count("is not valid TOML") == 1
    assert out == "Nothing was checked; 2 could not be checked.\n"


@pytest.mark.parametrize(
    "content", ["[]", "{", "{}", '{"version": 2, "findings": []}', '{"version": 1}', "\xff"]
)
def test_an_invalid_baseline(run: Any, tmp_path: Path, content: str) -> None:
    custom(tmp_path)
    (tmp_path / "baseline.json").write_bytes(content.encode("latin-1"))
    code, out, err = run(".", "--baseline", "baseline.json")
    assert (code, out) == (2, "")
    assert "baseline.json" in err
    assert "--write-baseline" in err


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("config_flow_py", b"class (:\n", 1),
        ("config_flow_py", b"x = 1\n\xff\n", 2),
        ("config_flow_py", b"# coding: nonsense\noauth2 = 1\n", 1),
        ("application_credentials_py", b"def oauth2(\x00", 1),
        ("en_json", b"[]", 1),
        ("en_json", b"{\n", 2),
    ],
)
def test_a_file_that_cannot_be_parsed_is_one_finding(
    run: Any, tmp_path: Path, name: str, content: bytes, line: int
) -> None:
    custom(tmp_path, **{name: content})
    custom(tmp_path, "other", application_credentials_py=SELF)
    code, out, err = run(".", "--format", "json")
    assert (code, err) == (2, "")
    found = findings(out)
    assert [each[2] for each in found if each[0] == "APC003"] == [line]
    assert ("APC102", ERROR[1].replace("example", "other"), LINE) in found


def test_a_file_that_cannot_be_read_is_one_finding(run: Any, tmp_path: Path) -> None:
    write(tmp_path, {"outside.py": "oauth2"})
    custom(tmp_path / "repository")
    folder = tmp_path / "repository/custom_components/example"
    (folder / "out.py").symlink_to(tmp_path / "outside.py")
    code, out, _ = run("repository")
    assert code == 0
    assert (
        "out.py:1:1: APC004 warning this file was not read: a symbolic link that leads out" in out
    )


def test_a_broken_manifest_stops_only_its_own(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, manifest_json="[]")
    custom(tmp_path, "other", application_credentials_py=SELF)
    code, out, err = run(".", "--format", "json")
    assert code == 2
    assert err.count("\n") == 1
    assert "is not a JSON object" in err
    loaded = json.loads(out)
    assert loaded["summary"]["failed"] == 1
    assert loaded["integrations"][0]["error"] in err
    assert findings(out)[0][0] == "APC102"


def test_a_defect_stops_only_its_own(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    custom(tmp_path)
    custom(tmp_path, "other")
    real = engine.check

    def crashing(integration: Any, *rest: Any) -> Any:
        if integration.domain == "other":
            raise KeyError("a secret")
        return real(integration, *rest)

    monkeypatch.setattr(engine, "check", crashing)
    code, _, err = run(".")
    assert code == 3
    assert "defect of appcred" in err
    assert "secret" not in err
    monkeypatch.setenv("APPCRED_TRACEBACK", "1")
    assert run(".")[0] == 3


def test_source_that_is_nested_too_deeply_is_one_sentence(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, api_py="oauth2 = " + "(" * 5000 + "1" + ")" * 5000 + "\n")
    code, _, err = run(".")
    assert code == 2
    assert "defect" not in err


def test_many_in_several_processes(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(check._ALONE + 1):
        custom(tmp_path, f"example{number:02}", application_credentials_py=SELF)
    outputs = []
    for jobs in ("1", "3"):
        monkeypatch.setenv("APPCRED_JOBS", jobs)
        outputs.append(run(".", "--format", "json"))
    assert outputs[0] == outputs[1]
    assert len(findings(outputs[0][1])) == check._ALONE + 1


def test_paths_may_overlap(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    _, out, _ = run(".", "custom_components", f"custom_components/{'example'}", "--format", "json")
    assert findings(out) == [ERROR]
