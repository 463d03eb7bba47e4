"""Trees and settings at the edges: what the system refuses, what is elsewhere, what is odd."""

from __future__ import annotations

import gc
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from appcred import check, cli, loading, settings
from appcred.errors import UsageError
from appcred.oauth.helper import mentions_helper
from appcred.release import newest
from appcred.target import releases
from check.trees import FLOW, PLATFORM, custom, write

if TYPE_CHECKING:
    from pathlib import Path

SELF = PLATFORM.replace("(hass)", "(self, hass)")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["check", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return invoke


# --- settings ----------------------------------------------------------------------------------


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b"[tool.appcred]\n# \xff\n")
    with pytest.raises(UsageError, match=r"pyproject.toml cannot be read: it is not UTF-8"):
        settings.read(path)
    path.write_bytes(b"\xef\xbb\xbf[tool.appcred]\nselect = ['APC1']\n")
    assert settings.read(path).common.select == ("APC1",)
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match=r"pyproject.toml cannot be read: is a directory$"):
        settings.read(path)


def test_settings_of_others_are_not_even_parsed(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.other\n")
    assert settings.read(path) == settings.Settings()
    with pytest.raises(UsageError, match="is not valid TOML"):
        settings.read(path, required=True)


def test_a_file_of_its_own_needs_no_table(tmp_path: Path) -> None:
    path = write(tmp_path, {"appcred.toml": 'ignore = { APC601 = "explained" }\n'}) / "appcred.toml"
    read = settings.read(path, required=True)
    assert settings.as_mapping(read.of("any")) == {"APC601": "explained"}


def test_a_domain_is_over_the_common_table(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[tool.appcred]\nselect = ["APC1"]\ntarget = "2025.4"\nignore = { APC101 = "a" }\n'
        '[tool.appcred.domains.own]\nselect = ["APC2"]\ntarget = "2026.1"\n'
        'ignore = { APC201 = "b" }\n'
    )
    read = settings.read(path)
    assert read.of("other") == settings.Choice(("APC1",), (("APC101", "a"),), "2025.4")
    own = settings.Choice(("APC2",), (("APC101", "a"), ("APC201", "b")), "2026.1")
    assert read.of("own") == own


def test_an_unused_domain_entry_is_reported_at_its_line(run: Any, tmp_path: Path) -> None:
    custom(tmp_path, application_credentials_py=SELF)
    table = '[tool.appcred.domains.example]\nignore = { APC102 = "a", APC304 = "b" }\n'
    write(tmp_path, {"pyproject.toml": table})
    code, out, _ = run(".", "--format", "json")
    (found,) = json.loads(out)["integrations"][0]["findings"]
    assert (code, found["code"], found["path"]) == (0, "APC001", "pyproject.toml")
    assert found["message"] == "unused ignore: APC304 is not reported for example; remove it"


def test_an_unused_domain_entry_is_not_reported_in_a_limited_run(run: Any, tmp_path: Path) -> None:
    custom(tmp_path / "tree")
    table = '[domains.example]\nignore = { APC304 = "b" }\n'
    write(tmp_path, {"elsewhere.toml": table, "tree/inside.toml": table})
    # Not in the tree that is checked, not asked for, and not about what was asked for.
    for arguments in (
        ("--config", "elsewhere.toml"),
        ("--config", "tree/inside.toml", "--ignore", "APC001"),
        ("--config", "tree/inside.toml", "--select", "APC1,APC001"),
    ):
        code, out, err = run("tree", *arguments)
        assert (code, err) == (0, "")
        assert out == "Nothing to report in 1 integration with OAuth2.\n"
    code, out, _ = run("tree", "--config", "tree/inside.toml")
    assert code == 0
    assert out.startswith("tree/inside.toml:2:1: APC001 warning ")
    assert "unused ignore: APC304 is not reported for example" in out


# --- the verb ----------------------------------------------------------------------------------


def test_garbage_is_collected_as_before(run: Any, tmp_path: Path) -> None:
    custom(tmp_path)
    assert gc.isenabled()
    run(".")
    assert gc.isenabled()
    gc.disable()
    try:
        run(".")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_helper_alone_is_not_applicable(run: Any, tmp_path: Path) -> None:
    helper = "from homeassistant.helpers import config_entry_oauth2_flow\n"
    custom(tmp_path, config_flow_py="", application_credentials_py=None, api_py=helper)
    code, out, _ = run(".", "--format", "json")
    (one,) = json.loads(out)["integrations"]
    assert (code, one["applicable"], one["findings"]) == (0, False, [])


def test_a_recursion_error_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom(tmp_path)

    def deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(check.engine, "check", deep)
    (place,) = loading.find(tmp_path, pytest.fail)
    judged = check.judge(place, check.CheckOptions())
    assert judged.error == f"{place.path} is nested too deeply and was not checked; simplify it"
    assert not judged.crashed


# --- trees -------------------------------------------------------------------------------------


def test_a_file_that_belongs_to_no_integration(tmp_path: Path) -> None:
    custom(tmp_path)
    write(tmp_path, {"custom_components/odd/api.py": "", "scripts/run.py": ""})
    with pytest.raises(UsageError, match="contains no integration"):
        loading.find(tmp_path / "custom_components/odd/api.py", pytest.fail)
    with pytest.raises(UsageError, match="contains no integration"):
        loading.find(tmp_path / "scripts/run.py", pytest.fail)
    (place,) = loading.find(tmp_path / "custom_components/example/const.py", pytest.fail)
    assert place.path == tmp_path / "custom_components/example"


def test_a_manifest_beside_custom_components_is_ignored(tmp_path: Path) -> None:
    custom(tmp_path)
    write(tmp_path, {"manifest.json": '{"domain": "app"}'})
    (place,) = loading.find(tmp_path, pytest.fail)
    assert place.path.name == "example"


def test_an_integration_with_oauth2_only_in_tests_is_skipped(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manifest.json": '{"domain": "example"}',
            "__init__.py": "x = 1\n",
            "tests/test_a.py": "config_entry_oauth2_flow\n",
        },
    )
    (place,) = loading.find(tmp_path, pytest.fail)
    assert loading.load(place, mentions_helper) is None
    whole = loading.load(place)
    assert whole is not None
    assert [str(path) for path in whole.test_modules] == ["tests/test_a.py"]


def test_linked_and_long_files_are_not_searched_for_oauth2(tmp_path: Path) -> None:
    custom(
        tmp_path,
        config_flow_py="",
        application_credentials_py=None,
        long_py=FLOW + "#" * loading.LIMIT,
    )
    folder = tmp_path / "custom_components/example"
    (folder / "linked.py").symlink_to(write(tmp_path, {"outside.py": FLOW}) / "outside.py")
    write(folder, {"__pycache__/old.py": FLOW, ".hidden/old.py": FLOW})
    (place,) = loading.find(tmp_path, pytest.fail)
    assert loading.load(place, mentions_helper) is None
    whole = loading.load(place)
    assert whole is not None
    assert {path.name for path in whole.unread} == {"long.py"}
    assert "linked" in whole.modules
    assert "__pycache__.old" not in whole.modules


def test_a_folder_that_is_refused_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    custom(tmp_path)
    (place,) = loading.find(tmp_path, pytest.fail)

    def refuse(_path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert loading.load(place, mentions_helper) is None
    said: list[str] = []
    with pytest.raises(UsageError, match="contains no integration"):
        loading.find(tmp_path, said.append)
    assert said == [f"{tmp_path} cannot be read: permission denied"]


def test_tests_that_are_a_link_are_not_its_tests(tmp_path: Path) -> None:
    custom(tmp_path / "tree")
    write(tmp_path, {"elsewhere/test_a.py": "x = 1\n"})
    (tmp_path / "tree/tests").symlink_to(tmp_path / "elsewhere")
    (place,) = loading.find(tmp_path / "tree", pytest.fail)
    integration = loading.load(place)
    assert integration is not None
    assert integration.tests is None
    loop = tmp_path / "tree/tests"
    loop.unlink()
    loop.symlink_to(loop)
    again = loading.load(place)
    assert again is not None
    assert again.tests is None


def test_hacs_that_is_too_long_says_nothing(tmp_path: Path) -> None:
    custom(tmp_path)
    content = json.dumps({"homeassistant": "2024.1.0", "name": "x" * loading.LIMIT})
    write(tmp_path, {"hacs.json": content})
    (place,) = loading.find(tmp_path, pytest.fail)
    integration = loading.load(place)
    assert integration is not None
    assert releases(integration, "auto").span.floor == newest()
