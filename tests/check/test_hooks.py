"""The hooks and the action, run as others run them: by pre-commit, by prek, and by a runner."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from appcred.resources import data_root
from check.trees import PLATFORM, SELF, custom

pytestmark = pytest.mark.slow

CHECKOUT = data_root()
SCRIPTS = Path(sysconfig.get_path("scripts"))
PLATFORM_FILE = "custom_components/example/application_credentials.py"


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, untouched by the settings of this machine."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env=_environ(),
    ).stdout.strip()


def _environ(**more: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "PRE_COMMIT", "COV_", "COVERAGE_", "VIRTUAL_ENV"))
    }
    return {**kept, **more}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of appcred as it would be released: what lies here, committed."""
    folder = tmp_path_factory.mktemp("appcred")
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for name in ("README.md", "LICENSE", "pyproject.toml", ".pre-commit-hooks.yaml", "generator"):
        packed.setdefault(name, "")
    for name in packed:
        if (CHECKOUT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(CHECKOUT / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Release")
    return folder


def test_hooks_run_for_every_file_that_is_checked() -> None:
    for hook in yaml.safe_load((CHECKOUT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")):
        for name in ("__init__.py", "api.py", "manifest.json", "translations/en.json", "hacs.json"):
            for folder in ("", "custom_components/example/", "homeassistant/components/example/"):
                assert re.search(hook["files"], folder + name)
        assert re.search(hook["files"], "pyproject.toml")
        assert not re.search(hook["files"], "README.md")


@pytest.fixture
def repository(tmp_path: Path, published: Path) -> Path:
    """Return a custom integration's repository with an error, and appcred among its hooks."""
    folder = custom(tmp_path / "repository", application_credentials_py=SELF)
    hooks = [{"id": "appcred-check"}, {"id": "appcred-fix", "stages": ["manual"]}]
    revision = git(published, "rev-parse", "HEAD")
    config = {"repos": [{"repo": str(published), "rev": revision, "hooks": hooks}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Start")
    return folder


@pytest.mark.parametrize("runner", ["pre-commit", "prek"])
def test_hooks(runner: str, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = tmp_path_factory.getbasetemp() / f"hooks-{runner}"
    environ = _environ(PRE_COMMIT_HOME=str(store), PREK_HOME=str(store))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPTS / runner), "run", "--all-files", *arguments],
            cwd=repository,
            capture_output=True,
            text=True,
            check=False,
            env=environ,
            timeout=600,
        )

    found = run("appcred-check")
    assert found.returncode == 1, found.stdout + found.stderr
    assert f"{PLATFORM_FILE}:6:42: APC102 error" in found.stdout
    run("--hook-stage", "manual", "appcred-fix")
    assert (repository / PLATFORM_FILE).read_text("utf-8") == PLATFORM
    passed = run("appcred-check")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout


def action() -> dict[str, Any]:
    """Return the action's steps by their id."""
    loaded = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
    return {step["id"]: step for step in loaded["runs"]["steps"]}


def act(folder: Path, published: Path, **inputs: str) -> tuple[int, str, str, str]:
    """Run the action's own step as a runner does; return code, output, summary and outputs."""
    runner = folder.parent / "runner"
    runner.mkdir(exist_ok=True)
    summary, outputs = runner / "summary", runner / "outputs"
    summary.write_text("", encoding="utf-8")
    outputs.write_text("", encoding="utf-8")
    given = {
        "APPCRED_SOURCE": str(published),
        "APPCRED_PYTHON": sys.executable,
        "APPCRED_PATH": ".",
        "APPCRED_TARGET": "auto",
        **dict.fromkeys(
            ("APPCRED_SELECT", "APPCRED_IGNORE", "APPCRED_BASELINE", "APPCRED_SARIF"), ""
        ),
        **inputs,
    }
    step = action()["check"]
    assert set(given) == set(step["env"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=_environ(
            **given,
            RUNNER_TEMP=str(runner),
            GITHUB_STEP_SUMMARY=str(summary),
            GITHUB_OUTPUT=str(outputs),
        ),
    )
    return done.returncode, done.stdout, summary.read_text("utf-8"), outputs.read_text("utf-8")


def test_action(tmp_path: Path, published: Path) -> None:
    folder = custom(tmp_path / "a b", application_credentials_py=SELF)
    code, out, summary, outputs = act(
        folder, published, APPCRED_PATH="custom_components/example\n\n", APPCRED_SARIF="r.sarif"
    )
    assert code == 1, out
    assert f"::error file={PLATFORM_FILE},line=6,col=42,title=APC102 hook-takes-self::" in out
    assert summary.startswith("## appcred\n\n    custom_components/")
    assert "APC102 error" in summary
    assert outputs == "exit-code=1\n"
    assert (folder / "r.sarif").is_file()
    code, out, summary, _ = act(folder, published, APPCRED_IGNORE="APC102")
    assert code == 0, out
    assert "Nothing to report" in summary
    # An input is data, never a command.
    code, _, _, outputs = act(folder, published, APPCRED_SELECT='$(touch "$RUNNER_TEMP/owned")')
    assert code == 2
    assert outputs == "exit-code=2\n"
    assert not (tmp_path / "runner/owned").exists()


SHADOWS = (
    "venv",
    "pip",
    "appcred",
    "select",
    "json",
    "subprocess",
    "sitecustomize",
    "libcst",
    "gc",
)
"""Modules that a Python with the current folder on its path would import from there."""


def hostile(folder: Path, owned: Path) -> Path:
    """Write an integration in the root of its repository, with modules that are imported by chance.

    The platform has an error; so does a file whose name would end the block of the step summary,
    and be a command to the runner.
    """
    source = custom(folder.parent / "source", application_credentials_py=SELF)
    shutil.copytree(source / "custom_components/example", folder)
    for name in SHADOWS:
        (folder / f"{name}.py").write_text(f"open({str(owned)!r}, 'a').write({name!r})\n")
    name = "```\n::error::owned\n"
    (folder / f"{name}.py").write_text("async def oauth2(:\n")
    return folder


def test_the_action_runs_nothing_of_the_tree(tmp_path: Path, published: Path) -> None:
    owned = tmp_path / "owned"
    folder = hostile(tmp_path / "root", owned)
    (folder / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/\n")
    code, out, summary, outputs = act(folder, published)
    assert not owned.exists(), owned.read_text()
    assert code == 2, out
    assert outputs == "exit-code=2\n"
    assert "title=APC102 hook-takes-self::" in out
    assert all(line.startswith("    ") for line in summary.splitlines()[2:])
    assert "APC003" in summary
    said = [each for each in out.splitlines() if each.lstrip().startswith("::")]
    commands = [each for each in said if not each.startswith("::add-matcher::")]
    assert len(said) == len(commands) + 1
    assert commands
    assert all(" file=" in command for command in commands)
    assert not any("owned" in line and line.startswith("::error::") for line in out.splitlines())


@pytest.mark.parametrize("runner", ["pre-commit", "prek"])
def test_the_hooks_run_nothing_of_the_tree(
    runner: str, published: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    owned = tmp_path / "owned"
    folder = hostile(tmp_path / "root", owned)
    config = {
        "repos": [
            {
                "repo": str(published),
                "rev": git(published, "rev-parse", "HEAD"),
                "hooks": [{"id": "appcred-check"}, {"id": "appcred-fix"}],
            }
        ]
    }
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    store = tmp_path_factory.getbasetemp() / f"hooks-{runner}"
    done = subprocess.run(
        [str(SCRIPTS / runner), "run", "--all-files"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=_environ(PRE_COMMIT_HOME=str(store), PREK_HOME=str(store)),
        timeout=600,
    )
    assert not owned.exists(), owned.read_text()
    assert "APC102" in done.stdout, done.stdout + done.stderr
    assert "APC003" in done.stdout
    assert not any(line.lstrip().startswith("::") for line in done.stdout.splitlines())


def test_action_rehearses(tmp_path: Path) -> None:
    """With programs in appcred's place that say what they are asked; a rehearsal takes minutes."""
    programs = tmp_path / "runner" / "appcred" / "bin"
    programs.mkdir(parents=True)
    for name in ("appcred", "python"):
        program = programs / name
        program.write_text('#!/bin/sh\nprintf "<%s>" "$@"\necho\n', encoding="utf-8")
        program.chmod(0o755)
    step = action()["rehearse"]
    assert "${{" not in step["run"]
    given = {
        "APPCRED_SOURCE": "/src",
        "APPCRED_PATH": "a b\n\n",
        "APPCRED_HA": "2025.12,$(touch owned)",
        "APPCRED_REPORT": "r.html",
    }
    assert set(given) == set(step["env"])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=_environ(**given, RUNNER_TEMP=str(tmp_path / "runner")),
    )
    assert done.stdout.splitlines() == [
        "<-m><pip><install><--quiet></src[rehearse]>",
        "<rehearse><--format><github><--ha><2025.12,$(touch owned)><--report><r.html><--><a b>",
    ]
    assert not (tmp_path / "owned").exists()


def test_action_is_what_zizmor_accepts() -> None:
    done = subprocess.run(
        [str(SCRIPTS / "zizmor"), "--offline", "--no-progress", "action.yml"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_inputs_reach_the_script_through_the_environment() -> None:
    assert "${{" not in action()["check"]["run"]
