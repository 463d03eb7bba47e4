"""The example of APC403, an integration whose form asks for the client, with edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.release import Release, Span
from appcred.rules import apc403_form_client as rule
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))

BEFORE = rule.EXAMPLES[1].files

INIT, FLOW = "__init__.py", "config_flow.py"


def tree(*edits: tuple[str, str, str]) -> Integration:
    """Return the rule's own example with texts of its files replaced."""
    files = dict(BEFORE)
    for name, old, new in edits:
        assert old in files[name], old
        files[name] = files[name].replace(old, new, 1)
    return Example(files).integration()


def text(integration: Integration, name: str) -> str:
    file = integration.file(name)
    assert file is not None
    return file.content.decode()
