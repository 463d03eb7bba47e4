"""Core's own migrations, done again: each against what people did by hand.

`replay.json` holds the comparison by normalised AST. Where the two differ, it says why; what
upstream did wrong is not repeated.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from appcred import cli
from appcred.release import Release, Span
from appcred.retrofit.verb import Options, retrofit
from lab.sources import wheel
from retrofit.linting import python_files, ruff
from retrofit.replay import summary
from retrofit.trees import packaged, retrofitted, text

if TYPE_CHECKING:
    from appcred.integration import Integration

TABLE: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "replay.json").read_text(encoding="utf-8")
)
REMOVALS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "removals.json").read_text(encoding="utf-8")
)
MANUAL: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "manual.json").read_text(encoding="utf-8")
)


def outcome(domain: str) -> Any:
    row = TABLE[domain]
    return retrofitted(domain, row["before"], row["target"])


@pytest.mark.parametrize("domain", TABLE)
def test_complete_without_manual_work(domain: str) -> None:
    done = outcome(domain)
    assert not done.manual
    migration, *texts = [finding.code for finding in done.applied]
    assert migration in ("APC401", "APC402")
    assert set(texts) <= {"APC604"}  # what else the flow lacks of the texts that all have in common


def test_the_table_is_complete() -> None:
    """Those of RETROFIT.md that a tool can do, and the one that nobody did."""
    assert [domain for domain, row in TABLE.items() if "after" not in row] == ["somfy"]
    assert len(TABLE) == 11


LIBRARY = "it signs in with its own library, not with Home Assistant's OAuth2 helper"
OTHER = (
    "it does not sign in with OAuth2; to add OAuth2, give --data authorize_url=… "
    "--data token_url=…, --preset or --discover"
)
OTHERS = {
    **dict.fromkeys(("lametric", "twitch", "fitbit", "point", "smartthings"), LIBRARY),
    **dict.fromkeys(("august", "aladdin_connect", "tibber", "vicare", "overkiz"), OTHER),
}
"""Those that sign in another way, for which a new flow is a person's work: what is said of them."""


@pytest.mark.parametrize("domain", OTHERS)
def test_integrations_that_sign_in_another_way_are_unchanged(
    domain: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = wheel("2022.5.5") / "homeassistant" / "components" / domain
    assert cli.run(["retrofit", str(folder), "--check", "--target", "2022.6"]) == 0
    said = capsys.readouterr()
    assert said.out == "nothing to do in 1 integration.\n"
    assert said.err == f"appcred: {folder}: {OTHERS[domain]}\n"


@pytest.mark.parametrize("domain", TABLE)
def test_against_what_upstream_did(domain: str) -> None:
    row = TABLE[domain]
    ours = summary(outcome(domain).after)
    # somfy was never migrated: what is in the table was read, and is all there is to hold it to.
    theirs = summary(packaged(domain, row["after"])) if "after" in row else ours
    same = {key: value for key, value in ours.items() if value == theirs[key]}
    different = {key: value for key, value in ours.items() if value != theirs[key]}
    assert same == row["same"]
    assert {key: each["ours"] for key, each in row["different"].items()} == different
    assert {key: each["upstream"] for key, each in row["different"].items()} == {
        key: theirs[key] for key in different
    }
    assert all(each["reason"] for each in row["different"].values())


def cases() -> list[tuple[str, str, str, bool]]:
    done = [(domain, row["before"], row["target"], False) for domain, row in TABLE.items()]
    return done + [(domain, row["before"], row["target"], True) for domain, row in REMOVALS.items()]


@pytest.mark.parametrize(("domain", "before", "target", "remove"), cases())
def test_the_result_parses_and_ruff_finds_nothing_new(
    domain: str, before: str, target: str, remove: bool, tmp_path: Path
) -> None:
    done = retrofitted(domain, before, target, remove=remove)
    for content in python_files(done.after).values():
        ast.parse(content, feature_version=(3, 9) if target < "2023" else None)
    old = ruff(done.before, tmp_path / "old", "check")
    new = ruff(done.after, tmp_path / "new", "check")
    assert [finding for finding in new if finding not in old] == []


@pytest.mark.parametrize("domain", TABLE)
def test_new_files_are_formatted(domain: str, tmp_path: Path) -> None:
    done = outcome(domain)
    new = {path for path in done.after.files if path not in done.before.files}
    assert [path.name for path in new] == ["application_credentials.py"]
    (tmp_path / "platform.py").write_text(text(done.after, "application_credentials.py"))
    command = [sys.executable, "-m", "ruff", "format", "--diff", "--no-cache", "--isolated"]
    ran = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.stdout == ""
    assert ran.returncode == 0


@pytest.mark.parametrize(("domain", "before", "target", "remove"), cases())
def test_again_changes_nothing_and_untouched_files_are_the_same(
    domain: str, before: str, target: str, remove: bool
) -> None:
    done = retrofitted(domain, before, target, remove=remove)
    floor = Release.parse(target)
    again = retrofit(done.after, Span(floor, floor), Options(target, remove=remove))
    assert not again.plan()
    assert not again.manual
    shared = done.before.files.keys() & done.after.files.keys()
    same = [path for path in shared if done.before.files[path] is done.after.files[path]]
    assert len(same) >= len(shared) - 6  # the object itself: not one byte was looked at


@pytest.mark.parametrize(("domain", "before", "target", "remove"), cases())
def test_comments_survive(domain: str, before: str, target: str, remove: bool) -> None:
    done = retrofitted(domain, before, target, remove=remove)
    lost = comments(done.before) - comments(done.after)
    gone = set(REMOVALS.get(domain, {}).get("comments", ())) if remove else set()
    assert lost == gone


def comments(integration: Integration) -> set[str]:
    return {
        line.strip()
        for content in python_files(integration).values()
        for line in content.splitlines()
        if line.strip().startswith("#")
    }


# --- the import taken out again ----------------------------------------------------------------


@pytest.mark.parametrize("domain", REMOVALS)
def test_removal(domain: str) -> None:
    row = REMOVALS[domain]
    done = retrofitted(domain, row["before"], row["target"], remove=True)
    assert not done.manual
    init = text(done.after, "__init__.py")
    assert "async_import_client_credential" not in init
    assert ("async def async_setup(" in init) is row["async_setup"]
    tree = ast.parse(init)
    schema = [
        ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CONFIG_SCHEMA"
    ]
    assert schema == row["schema"]
    assert text(done.after, "application_credentials.py") == text(
        done.before, "application_credentials.py"
    )


# --- what is left to a person ------------------------------------------------------------------


@pytest.mark.parametrize("domain", MANUAL)
def test_manual_work(domain: str) -> None:
    row = MANUAL[domain]
    done = retrofitted(domain, row["before"], row["target"])
    assert not done.plan()
    work = [
        {"place": f"{w.path.name}:{w.line}", "reason": w.reason, "todo": w.todo}
        for w in done.manual
    ]
    assert work == row["manual"]
