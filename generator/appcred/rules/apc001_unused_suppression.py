"""A suppression suppresses nothing.

The finding it was for is gone, or is on another line. If the suppression stays, it hides the next
finding of that code. The same holds for an entry of a domain's own `ignore` in the configuration.
Suppressions of a rehearsal's stages (`APC8xx`) are judged by `appcred rehearse` alone. While a file
cannot be parsed or read, nothing is reported, because the rules do not see all of the code.

Fix: removes the comment, or the one code of several. A comment that another range of releases needs
is not changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, FixKind, Severity
from appcred.integration import Layout
from appcred.release import Span, newest, oldest
from appcred.rules import engine
from appcred.rules.rule import Example, Rule
from appcred.rules.suppression import suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration

RULE = Rule("APC001", "unused-suppression", Severity.WARNING, fix=FixKind.SAFE)

_HOOK = """\
async def async_get_authorization_server({}hass):  # appcred: ignore[APC102] -- under test
    raise NotImplementedError
"""

EXAMPLES = (
    Example({"application_credentials.py": _HOOK.format("self, ")}),
    Example({"api.py": "x = 1  # appcred: ignore[APC815] -- the vendor refreshes twice\n"}),
    Example(
        {"application_credentials.py": _HOOK.format("")},
        at=("application_credentials.py:1:50",),
        after={
            "application_credentials.py": _HOOK.format("").replace(
                "  # appcred: ignore[APC102] -- under test", ""
            )
        },
    ),
    Example(
        {"api.py": "x = 1  # appcred: ignore[APC102] -- see #12  # noqa: E501\n"},
        at=("api.py:1:8",),
        after={"api.py": "x = 1  # noqa: E501\n"},
    ),
    Example({"api.py": 'HELP = """\n# appcred: ignore[APC102] -- so it is written\n"""\n'}),
    Example(
        {"api.py": 'A = "ä"  # appcred: ignore[APC102, APC103] -- ä\n'},
        at=("api.py:1:10", "api.py:1:10"),
        after={"api.py": 'A = "ä"\n'},
    ),
)

_UNSEEN: Final = ("APC003", "APC004")
"""What says that rules could not see everything."""

_OTHERS: Final = rb"#\s*(?:noqa|type:|pylint:|pyright:|mypy:|ruff:|pragma:|appcred:)"
"""How a comment for another tool begins, which may stand behind ours."""


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Look whether any rule, asked for or not, finds what a comment is about."""
    comments = suppressions(integration)
    if not comments:
        return
    others = [code for code in engine.codes() if code not in ("APC001", "APC002")]
    findings = engine.check(integration, span, others)
    if any(finding.code in _UNSEEN for finding in findings):
        return
    unused = [
        comment
        for comment in comments
        if comment.code in others and not any(comment.covers(finding) for finding in findings)
    ]
    if not unused:
        return
    # The floor may have been said on another command line.
    wide = span if integration.layout is Layout.CORE else Span(oldest(), newest())
    elsewhere = engine.check(integration, wide, others) if wide != span else ()
    for comment in unused:
        yield RULE.on(
            comment.path,
            comment.line,
            comment.column,
            f"unused ignore: {comment.code} is not reported on this line; remove the comment",
            fixable=not any(comment.covers(finding) for finding in elsewhere),
        )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Take the code out of the comment, and the comment with its last code."""
    code = finding.message.split()[2].encode()
    lines = integration.files[finding.path].content.splitlines(keepends=True)
    line = lines[finding.line - 1].decode("utf-8", "surrogateescape")
    head, comment = (
        part.encode("utf-8", "surrogateescape")
        for part in (line[: finding.column - 1], line[finding.column - 1 :])
    )
    comment = re.sub(rb",\s*" + code + rb"\b|\b" + code + rb"\s*,\s*", b"", comment, count=1)
    alone = rb"#\s*appcred:\s*ignore\[\s*" + code + rb"\s*\](?:(?!\s*" + _OTHERS + rb")[^\r\n])*"
    if (found := re.match(alone, comment)) is not None:
        comment = comment[found.end() :]
        if re.match(rb"\s*#", comment):
            comment = comment.lstrip()  # another tool's, which takes its place
        else:
            head = head.rstrip() if head.strip() else head
    lines[finding.line - 1] = b"" if not (head + comment).strip() else head + comment
    return integration.with_file(finding.path, b"".join(lines))
