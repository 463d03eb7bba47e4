"""The section of `configuration.yaml` from which an integration imports its credentials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from appcred.oauth.code import oauth_code
from appcred.oauth.importing import IMPORT, credential_imports
from appcred.oauth.registration import Source, origin
from appcred.oauth.yaml_sample import Part, taken
from appcred.rehearsal.placeholders import CLIENT_ID, CLIENT_SECRET, YamlSection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode

_TEXTS: Final = {Part.CLIENT_ID: CLIENT_ID, Part.CLIENT_SECRET: CLIENT_SECRET, None: "any"}
_IMPORTS: Final = IMPORT.rpartition(".")[2].encode()
_READS_YAML: Final = re.compile(rb"\bDOMAIN (?:not )?in config\b|\bconfig(?:\.get\(|\[)DOMAIN\b")
_SAY: Final = "write the section into the responses file as yaml: {section: …}"


def yaml_section(integration: Integration) -> YamlSection:
    """Return a section that the schema of an integration certainly takes, as its code has it."""
    code = oauth_code(integration)
    found = taken(code)
    if found is not None and found.reason is not None:
        return YamlSection(unknown=f"{found.reason}; {_SAY}")
    if found is not None:
        return YamlSection(_nested((value.path, _TEXTS[value.part]) for value in found.values), "")
    texts = [document.content for document in integration.modules.values()]
    may_import = any(_IMPORTS in text for text in texts) and any(map(_READS_YAML.search, texts))
    if may_import and not _from_elsewhere(code):
        return YamlSection(unknown=f"cannot tell which YAML section it imports from; {_SAY}")
    return YamlSection()


def _from_elsewhere(code: OAuthCode) -> bool:
    """Whether every import is understood, and its client certainly not from YAML."""
    imports = credential_imports(code.integration)
    values = [value for each in imports for value in (each.client_id, each.client_secret) if value]
    return len(imports) == sum(1 for _ in code.calls_of(IMPORT)) > 0 and all(
        origin(code, value) in (Source.CONSTANT, Source.FORM, Source.ENTRY) for value in values
    )


def _nested(values: Iterable[tuple[tuple[str, ...], str]]) -> Any:
    """Return the data in which each text stands at its path; `0` is the one item of a list."""
    inner: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for path, text in values:
        if not path:
            return text
        inner.setdefault(path[0], []).append((path[1:], text))
    found = {key: _nested(rest) for key, rest in inner.items()}
    return list(found.values()) if list(found) == ["0"] else found
