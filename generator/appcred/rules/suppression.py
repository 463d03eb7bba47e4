"""Comments that say why a finding is accepted: `# appcred: ignore[APC103] -- reason`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from appcred.documents.python import comments

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import PurePosixPath

    from appcred.finding import Finding
    from appcred.integration import Integration

WORD: Final = b"appcred:"
"""What stands in every file with such a comment."""

_FORM: Final = (
    rb"#\s*appcred:\s*ignore\b(?:\[(?P<codes>[^\]\n]*)\])?(?:\s*--\s*(?P<reason>[^\r\n]*))?"
)


class Suppression(NamedTuple):
    """One code that one comment names; `code` is empty where the comment names none."""

    path: PurePosixPath
    line: int
    column: int
    code: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether it is about a finding: the same code on the same line."""
        return (self.path, self.line, self.code) == (finding.path, finding.line, finding.code)


def suppressions(integration: Integration) -> tuple[Suppression, ...]:
    """Return the comments of all Python files of the integration and its tests."""
    found = []
    for path, file in integration.files.items():
        if path.suffix != ".py" or WORD not in file.content:
            continue
        for start, comment in comments(file.content):
            for match in re.finditer(_FORM, comment):
                above = (file.content[: start + match.start()] + b"#").splitlines()
                column = len(above[-1].decode("utf-8", "surrogateescape"))
                reason = (match["reason"] or b"").decode("utf-8", "replace").strip()
                codes = (match["codes"] or b"").decode("utf-8", "replace").split(",")
                found += [
                    Suppression(path, len(above), column, code.strip(), reason) for code in codes
                ]
    return tuple(found)


def apply(findings: Iterable[Finding], comments: tuple[Suppression, ...]) -> tuple[Finding, ...]:
    """Return the findings that no comment covers."""
    covered = {(c.path, c.line, c.code) for c in comments}
    return tuple(f for f in findings if (f.path, f.line, f.code) not in covered)
