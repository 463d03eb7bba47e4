"""The manifest of an author's integration has no version.

Home Assistant refuses to load a custom integration without `version`: *No 'version' key in the
manifest file*. HACS needs it as well.

Source: async_get_custom_components and Integration.version in homeassistant/loader.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.integration import MANIFEST, Layout
from appcred.rules.form import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC204", "missing-version", Severity.ERROR, layout=Layout.CUSTOM)

EXAMPLES = (
    Example({}),
    Example({}, layout=Layout.CORE),
    Example(
        {MANIFEST: json.dumps({**EXAMPLE_MANIFEST, "version": None})},
        at=("manifest.json:1:242",),
    ),
    Example({MANIFEST: '{"domain": "example"}'}, at=("manifest.json:1:1",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the key."""
    version = integration.manifest.get("version")
    if not isinstance(version, str) or not version.strip():
        yield RULE.in_json(
            integration,
            MANIFEST,
            ["version"],
            "a custom integration without version is not loaded",
        )
