"""GitHub's workflow commands, which a runner turns into annotations of the changed lines.

Paths are relative to the workspace, wherever in it the check ran. The escaping is that of
`@actions/core` (command.ts): `%`, carriage return and line feed in the message, and `:` and `,` as
well in a property. Other characters that cannot be seen are shown as everywhere else.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appcred.finding import Severity
from appcred.printing import line, printable
from appcred.report.model import display_path
from appcred.report.text import summary
from appcred.rules import engine
from appcred.rules.engine import UNPARSED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from appcred.report.model import Judged, Report

_LEVELS: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}


def render(report: Report) -> str:
    """Return one command for each finding, for manual work, and for what could not be judged."""
    told = (line(each) for each in summary(report))
    return "".join(f"{each}\n" for each in (*_commands(report), *told))


def _commands(report: Report) -> Iterator[str]:
    for title, facts in report.extra.items():
        said = ", ".join(f"{name} {value}" for name, value in facts.items())
        yield _command("notice", said, title=f"appcred {title}")
    for one in report.integrations:
        if one.error is not None:
            if one.place is None:
                yield _command("error", one.error, file=_file(one), title="appcred")
            else:
                path, number = one.place
                title = f"{UNPARSED} {engine.name(UNPARSED)}"
                yield _command(
                    "error", one.error, file=_file(one, path), line=str(number), title=title
                )
        for finding in one.findings:
            yield _command(
                _LEVELS[finding.severity],
                finding.message,
                file=_file(one, finding.path),
                line=str(finding.line),
                col=str(finding.column),
                title=f"{finding.code} {finding.name}",
            )
        for work in one.manual:
            yield _command(
                "warning",
                f"{work.reason}; to do: {work.todo}",
                file=_file(one, work.path),
                line=str(work.line),
                title="appcred",
            )


def _file(one: Judged, path: PurePosixPath | None = None) -> str:
    workspace = Path(os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()))
    whole = one.path(path)
    return display_path(whole, workspace if whole.is_relative_to(workspace) else None)


def _command(level: str, message: str, **properties: str) -> str:
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {given}::{_data(message)}"


def _data(text: str) -> str:
    ends = {"\r": "%0D", "\n": "%0A"}
    parts = re.split(r"([\r\n])", text)
    return "".join(ends.get(part) or printable(part).replace("%", "%25") for part in parts)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
