"""The page about the rehearsal lists the stages as they are."""

from __future__ import annotations

from pathlib import Path

from appcred.rehearsal import screens, stages
from appcred.stage_texts import FAMILY, STAGES

PAGE = Path(__file__).parents[2] / "docs" / "rehearse.md"


def table() -> str:
    """Return the page's table of stages."""
    rows = [f"| {stage.code} | `{stage.name}` | {stage.proves} |" for stage in STAGES[:-1]]
    return "\n".join(
        ["| code | stage | what a user can rely on if it passes |", "|---|---|---|", *rows]
    )


def test_each_stage_has_its_words() -> None:
    run = [stage.name for stage in (*stages.STAGES, screens.STAGE)]
    assert run == [stage.name for stage in STAGES]
    codes = [stage.code for stage in STAGES]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith(FAMILY) for code in codes)


def test_the_table_of_stages() -> None:
    text = PAGE.read_text(encoding="utf-8")
    _, _, rest = text.partition("<!-- stages -->\n")
    assert rest.partition("\n<!-- end of stages -->")[0] == table()
