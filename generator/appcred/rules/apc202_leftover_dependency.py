"""The manifest still depends on `auth`, which only the old registration needed.

Before application credentials an OAuth2 integration depended on `auth` (or `http`) so that the page
that the vendor redirects to exists. `application_credentials` depends on it, so the entry is not
needed. Users do not notice, but manifests are copied. `http` is reported only if no file of the
integration mentions it.

Fix: removes the entry.

Source: homeassistant/components/application_credentials/manifest.json depends on auth.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from appcred.documents.json import drop_item
from appcred.finding import Finding, FixKind, Severity
from appcred.integration import MANIFEST
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC202", "leftover-dependency", Severity.INFO, fix=FixKind.SAFE)

_IMPORTED: Final = rb"homeassistant\.components import (\([^)]*\b%s\b|[^\n(]*\b%s\b)"
_USES: Final = {
    # An attribute of that name (`hass.http`, `components.http`), or an import of the component.
    name: rb"[\w)\]]\.%s\b|" % word + _IMPORTED % (word, word) + further
    for name, word, further in (
        ("auth", b"auth", b""),
        ("http", b"http", b"|HomeAssistantView|StaticPathConfig|webhook"),
    )
}


def _manifest(*dependencies: str) -> dict[str, str]:
    return {MANIFEST: json.dumps({**EXAMPLE_MANIFEST, "dependencies": dependencies}, indent=1)}


EXAMPLES = (
    Example(_manifest("application_credentials")),
    Example(_manifest("auth")),
    Example({**_manifest("application_credentials", "auth"), "view.py": "hass.auth.x()\n"}),
    Example(
        {
            **_manifest("application_credentials", "http"),
            "view.py": "from homeassistant.components import (\n    frontend,\n    http,\n)\n",
        }
    ),
    Example(
        _manifest("application_credentials", "auth"),
        at=("manifest.json:10:3",),
        after=_manifest("application_credentials"),
    ),
    Example(
        {**_manifest("application_credentials", "auth"), "api.py": "from .auth import Auth\n"},
        at=("manifest.json:10:3",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for entries that no file needs."""
    for item, name in _leftover_dependencies(integration):
        yield RULE.in_json(
            integration,
            MANIFEST,
            ["dependencies"],
            f"the integration does not need the dependency {name}; remove it",
            item=item,
        )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Take the entry out."""
    path = integration.path(MANIFEST)
    name = finding.message.partition("; ")[0].split()[-1]
    return integration.with_file(
        path, drop_item(integration.files[path].content, ["dependencies"], name)
    )


def _leftover_dependencies(integration: Integration) -> Iterator[tuple[int, str]]:
    dependencies = integration.manifest.get("dependencies")
    if not isinstance(dependencies, list) or "application_credentials" not in dependencies:
        return
    for item, name in enumerate(dependencies):
        uses = _USES.get(name) if isinstance(name, str) else None
        if uses is None or "webhook" in dependencies:
            continue
        if not any(re.search(uses, document.content) for document in integration.modules.values()):
            yield item, name
