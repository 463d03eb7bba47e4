"""`rules`, `explain` and the pages: one source, three ways to read it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from appcred import cli, docs, stage_texts
from appcred.resources import data_root
from appcred.rules import engine

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = data_root() / "docs" / "rules"


def test_rules_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rules"]) == 0
    out = capsys.readouterr().out
    for code in engine.codes():
        assert f"  {code}  " in out
        assert engine.rule(code).RULE.name in out
    for prefix, title in engine.FAMILIES.items():
        assert f"{prefix}xx: {title}\n" in out
    assert "APC8xx: the stages of a rehearsal\n" in out
    assert "  APC815  error    refresh-once\n" in out


def test_rules_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rules", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["code"] for row in rows] == [*engine.codes(), *stage_texts.CODES]
    assert all(row["title"] and row["body"] for row in rows)


@pytest.mark.parametrize("name", ["APC108", "apc108", "auth-domain-ignored"])
def test_explain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith("APC108 auth-domain-ignored (error)\n")
    assert "two credentials become one" in out


@pytest.mark.parametrize("name", ["APC815", "apc815", "refresh-once"])
def test_explain_a_stage(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", name]) == 0
    out = capsys.readouterr().out
    assert out.startswith("APC815 refresh-once (error)\n")
    assert "Many calls at the same time refresh an expired token once." in out
    assert "docs/rehearse.md" in out


def test_explain_an_unknown_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "needs-response"]) == 0
    assert "no response in the file of `--responses`" in capsys.readouterr().out


def test_explain_an_unknown_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "APC999"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "there is no rule 'APC999'" in captured.err


def test_pages_are_not_stale(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--check", str(FOLDER)]) == 0
    assert capsys.readouterr().err == ""


def test_stale_pages_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main([str(tmp_path / "rules")]) == 0
    folder = tmp_path / "rules"
    assert docs.stale(folder) == []
    (folder / "APC101.md").unlink()
    (folder / "APC102.md").write_text("old", encoding="utf-8")
    (folder / "APC999.md").write_text("gone", encoding="utf-8")
    assert docs.main(["--check", str(folder)]) == 1
    err = capsys.readouterr().err
    assert "APC101.md is missing" in err
    assert "APC102.md is stale" in err
    assert "APC999.md belongs to no rule" in err
    docs.write(folder)
    assert docs.stale(folder) == []


def test_bad_usage_of_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_links_between_pages_lead_somewhere() -> None:
    names = set(docs.pages())
    for text in docs.pages().values():
        for target in re.findall(r"\]\((APC\d+\.md)\)", text):
            assert target in names


def test_settings_in_the_documentation_work(tmp_path: Path) -> None:
    """The example in the module's docstring is one that it accepts."""
    from appcred import settings

    text = str(settings.__doc__).split("```toml\n")[1].split("```")[0]
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    read = settings.read(path)
    assert read.of("example").target == "2025.4"
    assert read.of("example").select == ("APC1", "APC2")
    assert dict(read.of("example").ignore).keys() == {"APC601", "APC304", "APC816"}
    assert dict(read.of("other").ignore).keys() == {"APC601"}
