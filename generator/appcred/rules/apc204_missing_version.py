"""The manifest of a custom integration has no version, or one that Home Assistant does not accept.

Home Assistant refuses to load a custom integration without `version`: *No 'version' key in the
manifest file*. HACS needs it as well. The same happens with a version in an unknown format; it
knows CalVer, SemVer, SimpleVer, BuildVer and PEP 440.

Source: Integration.version and Integration.resolve_from_root in homeassistant/loader.py;
awesomeversion/utils/regex.py of AwesomeVersion as Home Assistant 2026.11 has it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.integration import MANIFEST, Layout
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

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
    Example({MANIFEST: '{"version": "v2026.11.0b1"}'}),
    Example({MANIFEST: '{"version": "one"}'}, at=("manifest.json:1:2",)),
    Example({MANIFEST: '{"version": "2026-11-25"}'}, at=("manifest.json:1:2",)),
)

_CALVER: Final = r"(\d{2}|\d{4})\.\d{1,2}?(\.?\d{1,2}?\.?)?(\.\d)?(\d*(\w+\d+)?)"
_SEMVER: Final = (
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?"
)
_SIMPLEVER: Final = r"[vV]?\d+(\.\d+)+"
_PEP440: Final = (
    r"([1-9][0-9]*!)?(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*"
    r"([-_.]?(alpha|beta|c|pre|preview|a|b|rc)(0|[1-9][0-9]*))?"
    r"([-_.]?(post|r|rev)(0|[1-9][0-9]*))?"
    r"([-_.]?(d|dev)(0|[1-9][0-9]*))?"
    r"(\+[a-z0-9]+([-_.][a-z0-9]+)*)?"
)
_KNOWN: Final = "|".join((_CALVER, _SEMVER, _SIMPLEVER, _PEP440))
"""What AwesomeVersion takes for one of the kinds that the loader allows; BuildVer are digits."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at the key."""
    version = integration.manifest.get("version")
    if not isinstance(version, str) or not version.strip():
        said = "Home Assistant does not load a custom integration without version; write one"
    elif not _is_known(version.strip()):
        said = (
            "Home Assistant does not load a custom integration with this version; write it "
            "like 1.2.3"
        )
    else:
        return
    yield RULE.in_json(integration, MANIFEST, ["version"], said)


def _is_known(version: str) -> bool:
    """Whether AwesomeVersion knows it, which drops a dot at its end and a `v` before it."""
    number = version.removesuffix(".")
    number = number[1:] if number[:1] in ("v", "V") else number
    return number.isdigit() or re.fullmatch(_KNOWN, number) is not None
