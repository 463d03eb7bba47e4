"""Core's own migrations, done again: each against what people did by hand.

`replay.json` holds the comparison by normalised AST. Where the two differ, it says why; what
upstream did wrong is not repeated.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from appcred import cli
from lab.sources import wheel
from retrofit.corpora import REMOVALS, table
from retrofit.corpora import REPLAYS as TABLE
from retrofit.replay import summary
from retrofit.trees import packaged, retrofitted, text

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.lab, pytest.mark.slow]

MANUAL = table("manual.json")


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
def test_the_result_is_held_against_upstream(domain: str) -> None:
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
