"""A file of the integration was not read.

A symbolic link that leads out of the tree is not followed, so that a check reads only what it was
given. A file without read permission and one longer than a million bytes are not read either. No
rule sees the content of such a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC004", "unread-file", Severity.WARNING)

EXAMPLES = (Example({"config_flow.py": "x = 1\n"}),)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Report what the reading left out."""
    for path, reason in integration.unread.items():
        yield RULE.on(
            path,
            1,
            1,
            f"this file was not read: {reason.partition(';')[0]}; put a readable file in its place",
        )
