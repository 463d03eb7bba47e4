"""A PKCE implementation overrides the extra data and drops what PKCE adds to it.

The base class puts the code challenge into `extra_authorize_data` and the code verifier into
`extra_token_resolve_data`. An override that does not merge `super()`'s loses them. Without the
challenge the login is not protected, or refused; with it, but without the verifier, no token is
issued and every login ends in `oauth_unauthorized`.

Source: LocalOAuth2ImplementationWithPkce in homeassistant/helpers/config_entry_oauth2_flow.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import PKCE, oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC110", "pkce-super-dropped", Severity.ERROR, since="pkce")

_CLASS = """\
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2ImplementationWithPkce


class ExampleImplementation(LocalOAuth2ImplementationWithPkce):
    @property
    def extra_authorize_data(self):
        return {}
"""

EXAMPLES = (
    Example({"oauth.py": _CLASS.format('super().extra_authorize_data | {"scope": "read"}')}),
    Example(
        {
            "oauth.py": _CLASS.format(
                '{"code_challenge": self.compute_code_challenge(self.code_verifier)}'
            )
        }
    ),
    Example({"oauth.py": _CLASS.format('{"scope": "read"}')}, at=("oauth.py:6:9",)),
)

_OWN = {
    "extra_authorize_data": ("code_challenge", "the code challenge"),
    "extra_token_resolve_data": ("code_verifier", "the code verifier"),
}


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for overrides without super() that do not set the value themselves."""
    code = oauth_code(integration)
    for member in code.implementations:
        if not code.is_a(member, PKCE):
            continue
        for name, (word, lost) in _OWN.items():
            method = member.node.methods.get(name)
            if method is None:
                continue
            if any(_keeps(node, word) for node in walk(method.node.body)):
                continue
            yield RULE.at(
                member.module,
                method.node.name,
                f"{name} drops {lost}: merge it with super().{name}",
            )


def _keeps(node: cst.CSTNode, word: str) -> bool:
    if isinstance(node, cst.Name):
        return node.value in ("super", word, "LocalOAuth2ImplementationWithPkce")
    return isinstance(node, cst.SimpleString) and word in node.value
