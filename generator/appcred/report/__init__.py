"""Reports: one file for each format, each with `render(report) -> str`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from appcred.report.model import Report

FORMATS: Final = ("text", "full", "concise", "json", "sarif", "github")
"""`text` is `full` on a terminal and `concise` elsewhere."""
_MODULES: Final = {"concise": "text"}


class _Format(Protocol):
    def render(self, report: Report) -> str: ...


def render(report: Report, form: str) -> str:
    """Return a report in one of the formats, ending in a newline unless it is empty."""
    module = cast("_Format", import_module(f"appcred.report.{_MODULES.get(form, form)}"))
    return module.render(report)
