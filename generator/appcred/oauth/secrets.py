"""The client secrets that an integration's source shows, so that nothing of ours prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.documents.walk import text, walk
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import registrations

if TYPE_CHECKING:
    from appcred.oauth.code import OAuthCode

_SHORTEST: Final = 4
"""Characters of a secret; a shorter one, as in an example, is a part of too many words."""


def shown_secrets(code: OAuthCode) -> list[str]:
    """Return the secrets, and the literals that each is put together from, the longest first."""
    nodes = [(used.module, node) for used, node in code.secrets]
    values = [each.client_secret for each in registrations(code.integration).understood]
    values += [each.client_secret for each in credential_imports(code.integration)]
    nodes += [(value.module, value.node) for value in values if value is not None]
    found: set[str | None] = set()
    for module, node in nodes:
        found.add(code.text(module, node))
        bound = code.value(module, node)
        found |= {text(each) for each in walk(bound.node)} if bound is not None else set()
    known = {each for each in found if each is not None and len(each) >= _SHORTEST}
    return sorted(known, key=lambda each: (-len(each), each))
