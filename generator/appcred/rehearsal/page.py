"""`--report FILE.html`: a rehearsal on one page that stands alone, made for a reviewer."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal import log
from appcred.rehearsal.stage import Outcome
from appcred.stage_texts import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appcred.rehearsal.stage import Result

LABELS: Final = {
    "passed": "passed",
    "failed": "failed",
    "unreachable": "not reached",
    "ignored": "ignored",
}
_RECORDS: Final = 100


def page(
    results: Iterable[Result],
    told: Mapping[str, Any],
    pictures: Path | None,
    **facts: Any,
) -> str:
    """Return the page.

    Args:
        results: What came of the stages.
        told: What the run told at its end: `log`, `requests`, `shown`, `pictures`.
        pictures: The folder in which the pictures lie.
        facts: `domain`, `name`, `homeassistant`, `coverage`, a sentence; `facts`, further ones;
            `ignored`, the reason by the code of each stage that is ignored.

    """
    import jinja2

    ignored: Mapping[str, str] = facts.pop("ignored")
    stages = [_stage(result, ignored) for result in results]
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        **facts,
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        labels=LABELS,
        counts={mark: sum(stage["mark"] == mark for stage in stages) for mark in LABELS},
        stages=stages,
        missing=_missing(results),
        pictures=[
            {"caption": caption, "text": text, "data": _encoded(pictures / name)}
            for name, caption, text in told.get("pictures", ())
            if pictures is not None
        ],
        texts=told.get("shown", ()),
        requests=[
            (stage, list(group))
            for stage, group in groupby(told.get("requests", ()), lambda each: each["stage"])
        ],
        records=_records(told.get("log", ""), told.get("loggers", ())),
    )


def _stage(result: Result, ignored: Mapping[str, str]) -> dict[str, Any]:
    failed = result.outcome is Outcome.FAILED
    reason = ignored.get(result.code, "") if failed else ""
    return {
        "code": result.code,
        "name": result.name,
        "mark": "ignored" if reason else str(result.outcome),
        "proves": BY_CODE[result.code].proves,
        "seen": result.seen,
        "ignored": reason,
        "user": result.user,
        "place": f"{result.path}:{result.line}" if result.path else "",
        "record": result.record,
    }


def _missing(results: Iterable[Result]) -> list[tuple[str, list[str]]]:
    """Return each reason for which stages were not reached, with their names."""
    found: dict[str, list[str]] = {}
    for result in results:
        if result.outcome is Outcome.UNREACHABLE and not result.cause:
            found.setdefault(result.seen, []).append(result.name)
    return list(found.items())


def _encoded(picture: Path) -> str:
    return base64.b64encode(picture.read_bytes()).decode()


def _records(text: str, loggers: Iterable[str]) -> list[str]:
    """Return what the integration, or Home Assistant because of it, warned of; each once."""
    names = tuple(loggers)
    found = (
        "\n".join(record.lines())
        for record in log.records(text)
        if record.level in ("WARNING", *log.GRAVE)
        and (record.is_of(names) or any(record.place(name.rpartition(".")[2]) for name in names))
    )
    return list(dict.fromkeys(found))[:_RECORDS]
