"""A comment `TODO(appcred)` is left: a step of a retrofit that a person has to take.

`appcred retrofit --assist` writes such a comment above each place that it cannot change, and the
comment says what to do there. Until that is done the integration is only half moved: what the
comment speaks of works as before, or not at all. Do what it says, and delete the comment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.documents.python import comments
from appcred.finding import Finding, Severity
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC005", "marker-left", Severity.ERROR)

MARKER: Final = "TODO(appcred)"
"""What begins the comment."""

EXAMPLES = (
    Example({"__init__.py": "# TODO: rename it\nx = 1\n"}),
    Example({"__init__.py": "TEXT = '# TODO(appcred): no comment'\n"}),
    Example(
        {"__init__.py": "def f():\n    # TODO(appcred): import it in async_setup\n    x = 1\n"},
        at=("__init__.py:2:5",),
    ),
    Example({"api.py": "x = 1  # TODO(appcred): a; b\n"}, at=("api.py:1:8",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the comments in the integration's Python and in that of its tests."""
    own = ((integration.module_path(name), text) for name, text in integration.modules.items())
    for path, document in (*own, *integration.test_modules.items()):
        if not document.mentions(MARKER):
            continue
        content = document.content
        for start, comment in comments(content):
            if comment.lstrip(b"# ").startswith(MARKER.encode()):
                line = content.count(b"\n", 0, start) + 1
                column = start - content.rfind(b"\n", 0, start)
                message = f"a `{MARKER}` is left; do what the comment says, and delete it"
                yield RULE.on(path, line, column, message)
