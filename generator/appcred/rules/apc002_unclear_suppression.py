"""A suppression names an unknown rule, or gives no reason.

`# appcred: ignore[APC103] -- reason` names the code of a rule and says why its finding is accepted.
Without a reason nobody can tell later whether it still holds; with an unknown code it suppresses
nothing. A manifest or a file of texts cannot contain such a comment; name the code in
`[tool.appcred]` of pyproject.toml instead, with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred import stage_texts
from appcred.finding import Finding, Severity
from appcred.rules import engine
from appcred.rules.rule import Example, Rule
from appcred.rules.suppression import suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC002", "unclear-suppression", Severity.WARNING)

EXAMPLES = (
    Example({"api.py": "x = 1  # appcred: ignore[APC507] -- not a secret\n"}),
    Example({"api.py": "x = 1  # appcred: ignore[APC815] -- the vendor refreshes twice\n"}),
    Example({"api.py": "x = 1  # appcred: ignore[APC507]\n"}, at=("api.py:1:8",)),
    Example({"api.py": "x = 1  # appcred: ignore[APC815]\n"}, at=("api.py:1:8",)),
    Example({"api.py": "x = 1  # appcred: ignore -- no code\n"}, at=("api.py:1:8",)),
    Example({"api.py": "x = 1  # appcred: ignore[APC999] -- what\n"}, at=("api.py:1:8",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at the codes and reasons of all comments."""
    for comment in suppressions(integration):
        if not comment.code:
            message = "this ignore names no rule; write ignore[APC103]"
        elif comment.code not in engine.codes() and comment.code not in stage_texts.CODES:
            message = f"this ignore names {comment.code}, which is not a rule; correct the code"
        elif not comment.reason:
            message = (
                f"this ignore of {comment.code} gives no reason; append one, such as `-- why "
                "it is right here`"
            )
        else:
            continue
        yield RULE.on(comment.path, comment.line, comment.column, message)
