"""The command line of a retrofit: what it writes, what it says, and when it refuses."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from appcred.rules import engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appcred.rules.rule import Example

pytestmark = pytest.mark.slow

FOLDER = "custom_components/example"


def example(code: str) -> Example:
    return next(each for each in engine.rule(code).EXAMPLES if each.after)


def git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    def make(code: str = "APC401", *, versioned: bool = True) -> Path:
        for path, file in example(code).integration().files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
        # What the tests that come along need; see test_flow_tests.py.
        (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
        if versioned:
            git(tmp_path, "init", "-q")
            git(tmp_path, "add", "-A")
            git(tmp_path, "commit", "-qm", "before")
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return make


def content(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git/" not in path.as_posix()
    }


@pytest.mark.parametrize("code", ["APC401", "APC402", "APC403"])
def test_the_files_of_a_rules_example_are_written(
    code: str, tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(code)
    assert run(["retrofit", "."]) == 0
    for name, text in example(code).after.items():
        path = root / FOLDER / name
        assert path.exists() is (text is not None)
        if text is not None and path.suffix == ".py":
            assert path.read_text() == text
    said = capsys.readouterr()
    assert "For the changelog: Example now " in said.out
    assert "https://my.home-assistant.io/redirect/oauth" in said.out
    assert f"{FOLDER}/application_credentials.py: create" in said.out
    assert ("configuration.yaml" in said.out) is (code == "APC401")
    assert said.err == ""
    before = content(root)
    assert run(["retrofit", ".", "--allow-dirty"]) == 0
    assert content(root) == before
    assert "nothing to do in 1 integration" in capsys.readouterr().out


def test_findings_are_counted_by_rule(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    tree("APC403")
    assert run(["retrofit", "."]) == 0
    assert "\nAPC403 form-client: 2 places in 2 files\n" in capsys.readouterr().out


@pytest.mark.parametrize("described", [True, False])
@pytest.mark.parametrize("more", [True, False])
def test_the_text_of_a_form_that_lost_fields_is_named(
    described: bool, more: bool, tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree("APC403")
    step = {"data": {"client_id": "ID", "client_secret": "Secret"}}
    if more:
        step["data"]["region"] = "Region"
        flow = root / FOLDER / "config_flow.py"
        text = flow.read_text()
        assert 'vol.Required("client_secret"): str' in text
        flow.write_text(
            text.replace(
                'vol.Required("client_secret"): str',
                'vol.Required("client_secret"): str, vol.Required("region"): str',
            )
        )
    texts = {"config": {"step": {"user": step | ({"description": "x"} if described else {})}}}
    (root / FOLDER / "translations").mkdir()
    for language in ("en", "nl"):
        file = root / FOLDER / "translations" / f"{language}.json"
        file.write_text(json.dumps(texts, indent=2))
    assert run(["retrofit", ".", "--allow-dirty"]) == 0
    said = capsys.readouterr().err
    for language in ("en", "nl"):
        lines = (root / FOLDER / "translations" / f"{language}.json").read_text().splitlines()
        line = next((n for n, text in enumerate(lines, 1) if '"description": "x"' in text), 0)
        named = f"{language}.json:{line}: this form no longer asks for client_id and client_secret"
        assert (named in said) is (described and more)


@pytest.mark.parametrize("secret", ["", "c7257eb71a564034f9419ee651c7d0e5"])
def test_a_secret_in_the_source_is_named_and_not_shown(
    secret: str, tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree("APC402")
    file = root / FOLDER / "oauth.py"
    text = file.read_text().replace('"public", ""', '"public", SECRET')
    file.write_text(
        text.replace("import DOMAIN, OAUTH2_AUTHORIZE,", "import DOMAIN, SECRET, OAUTH2_AUTHORIZE,")
    )
    with (root / FOLDER / "const.py").open("a") as const:
        const.write(f'SECRET = "{secret}"\n')
    assert run(["retrofit", ".", "--allow-dirty"]) == 0
    said = capsys.readouterr()
    assert ("/const.py:7: everyone can read this client secret" in said.err) is bool(secret)
    assert secret not in said.err + said.out or not secret


def test_a_secret_that_is_written_into_the_call_moves_with_it(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree("APC402")
    file = root / FOLDER / "oauth.py"
    file.write_text(file.read_text().replace('"public", ""', '"public", "c7257eb71a56"'))
    assert run(["retrofit", ".", "--allow-dirty"]) == 0
    said = capsys.readouterr()
    assert '"c7257eb71a56"' in (root / FOLDER / "application_credentials.py").read_text()
    assert "application_credentials.py:" in said.err
    assert "c7257eb71a56" not in said.err + said.out


@pytest.mark.parametrize("flag", ["--diff", "--check"])
def test_a_dry_run_writes_nothing(
    flag: str, tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(versioned=False)
    before = content(root)
    assert run(["retrofit", ".", flag]) == 1
    assert content(root) == before
    out = capsys.readouterr().out
    assert "would be changed" in out
    assert ("+++ b/custom_components/example/__init__.py" in out) is (flag == "--diff")


def test_the_diff_is_one_that_git_applies(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree()
    assert run(["retrofit", ".", "--diff"]) == 1
    out = capsys.readouterr().out
    end = out.index("custom_components/example/__init__.py: modify\n")
    (root.parent / "the.patch").write_text(out[:end])
    git(root, "apply", str(root.parent / "the.patch"))
    applied = content(root)
    git(root, "checkout", "-q", ".")
    git(root, "clean", "-fdq")
    assert run(["retrofit", "."]) == 0
    assert content(root) == applied


def test_without_version_control_it_stops(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(versioned=False)
    before = content(root)
    assert run(["retrofit", "."]) == 2
    assert content(root) == before
    assert "is not in a git repository" in capsys.readouterr().err
    assert run(["retrofit", ".", "--allow-no-vcs"]) == 0
    assert content(root) != before


def test_with_uncommitted_changes_it_stops(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree()
    (root / FOLDER / "__init__.py").open("a").write("# mine\n")
    before = content(root)
    assert run(["retrofit", "."]) == 2
    assert content(root) == before
    assert "uncommitted changes: custom_components/example/__init__.py" in capsys.readouterr().err
    assert run(["retrofit", ".", "--allow-dirty"]) == 0
    assert "# mine" in (root / FOLDER / "__init__.py").read_text()


def test_changes_elsewhere_do_not_concern_it(tree: Callable[..., Path]) -> None:
    root = tree()
    (root / "README.md").write_text("mine")
    (root / FOLDER / "const.py").open("a").write("# not concerned\n")
    assert run(["retrofit", "."]) == 0


def test_json_has_the_facts_and_no_secret(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    tree("APC402")
    assert run(["retrofit", ".", "--check", "--format", "json"]) == 1
    said = capsys.readouterr()
    (found,) = json.loads(said.out)["integrations"]
    (registration,) = found["facts"]["registrations"]
    assert registration["client"] == "constant"
    assert registration["class"] == "ExampleImplementation"
    assert registration["auth_domain"] == "example"
    assert registration["authorize_url"] == "https://example.com/authorize"
    assert {change["action"] for change in found["changes"]} == {"create", "modify", "delete"}
    assert found["manual"] == []
    assert said.err == ""


def test_manual_work_leaves_the_tree_alone(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree()
    path = root / FOLDER / "__init__.py"
    path.write_text(
        path.read_text()
        .replace("            OAUTH2_TOKEN,", '            config[DOMAIN]["token_url"],')
        .replace("OAUTH2_AUTHORIZE, OAUTH2_TOKEN", "OAUTH2_AUTHORIZE")
    )
    before = content(root)
    assert run(["retrofit", ".", "--allow-dirty"]) == 1
    assert content(root) == before
    out = capsys.readouterr().out
    line = path.read_text().splitlines().index('            config[DOMAIN]["token_url"],') + 1
    assert f"{FOLDER}/__init__.py:{line}: the token URL depends on config" in out
    assert "to do: write application_credentials.py by hand" in out


def test_yaml_remove(tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    root = tree("APC407")
    platform = example("APC401").after["application_credentials.py"]
    (root / FOLDER / "application_credentials.py").write_text(str(platform))
    init = root / FOLDER / "__init__.py"
    assert run(["retrofit", ".", "--allow-dirty"]) == 0
    assert "async_import_client_credential" in init.read_text()
    assert run(["retrofit", ".", "--allow-dirty", "--yaml", "remove"]) == 0
    assert init.read_text() == example("APC407").after["__init__.py"]
    assert "no longer read from configuration.yaml" in capsys.readouterr().out


def test_clients_that_no_release_imported_are_not_removed(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree("APC401")
    before = content(root)
    assert run(["retrofit", ".", "--allow-dirty", "--yaml", "remove"]) == 1
    assert content(root) == before
    out = capsys.readouterr().out
    assert "this client is not imported yet, so removing it from YAML would lose it" in out
    assert "migrate without --yaml remove, publish that release" in out
    assert out.count("to do:") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere cannot be read"),
        ([".", "--target", "soon"], "--target"),
        ([".", "--select", "APC9"], "--select"),
        ([".", "--diff", "--check"], "not allowed with"),
    ],
)
def test_bad_usage(
    arguments: list[str],
    sentence: str,
    tree: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    tree()
    assert run(["retrofit", *arguments]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_a_file_that_cannot_be_parsed_is_named(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree()
    (root / FOLDER / "config_flow.py").write_text("from homeassistant import (\noauth2")
    assert run(["retrofit", ".", "--allow-dirty"]) == 2
    assert "config_flow.py:" in capsys.readouterr().err


def test_other_oauth_code_is_not_applicable(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree()
    (root / FOLDER / "config_flow.py").unlink()
    (root / FOLDER / "__init__.py").write_text('KEY = "client_secret"\n')
    assert run(["retrofit", ".", "--allow-dirty"]) == 0
    assert "its own library" in capsys.readouterr().err


def test_a_floor_above_hacs_json_is_pointed_out(
    tree: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree()
    (root / "hacs.json").write_text('{"homeassistant": "2024.1.0"}')
    assert run(["retrofit", ".", "--target", "2026.10"]) == 0
    assert "the result needs 2026.10; raise it in hacs.json" in capsys.readouterr().err
