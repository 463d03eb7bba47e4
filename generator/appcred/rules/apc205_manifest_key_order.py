"""The keys of the manifest are out of order.

hassfest requires `domain` and `name` first and the others in alphabetical order; otherwise the
checks of a repository fail. Users do not notice, so this is information.

Fix: reorders the keys; each value stays as it is written.

Source: hassfest's manifest plugin (sort_manifest).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from appcred.documents.json import in_order, manifest_order
from appcred.finding import Finding, FixKind, Severity
from appcred.integration import MANIFEST
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC205", "manifest-key-order", Severity.INFO, fix=FixKind.SAFE)

EXAMPLES = (
    Example({}),
    Example(
        {MANIFEST: '{\n  "domain": "example",\n  "codeowners": ["@a",\n "@b"],\n  "name": "E"\n}'},
        at=("manifest.json:5:3",),
        after={
            MANIFEST: '{\n  "domain": "example",\n  "name": "E",\n  "codeowners": ["@a",\n "@b"]\n}'
        },
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare with the order wanted; the first key that stands too late is named."""
    keys = list(integration.manifest)
    for before, key in pairwise(keys):
        if manifest_order(key) < manifest_order(before):
            yield RULE.in_json(
                integration,
                MANIFEST,
                [key],
                f"the key {key} is out of order; move it before {before}",
            )
            return


def fix(integration: Integration, _finding: Finding, _span: Span) -> Integration | ManualWork:
    """Sort them."""
    path = integration.path(MANIFEST)
    return integration.with_file(path, in_order(integration.files[path].content, manifest_order))
