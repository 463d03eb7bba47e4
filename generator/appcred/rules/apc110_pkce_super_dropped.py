"""A PKCE implementation overrides the extra data and drops what PKCE adds to it.

The base class puts the code challenge into `extra_authorize_data` and the code verifier into
`extra_token_resolve_data`. An override that does not merge `super()`'s loses them. Without the
challenge the login is not protected, or refused; with it, but without the verifier, no token is
issued and every login ends in `oauth_unauthorized`.

Source: LocalOAuth2ImplementationWithPkce in homeassistant/helpers/config_entry_oauth2_flow.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import PKCE
from appcred.oauth.names import Member
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule("APC110", "pkce-super-dropped", Severity.ERROR, since="pkce")

_CLASS = """\
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2ImplementationWithPkce


class ExampleImplementation(LocalOAuth2ImplementationWithPkce):
    @property
    def extra_authorize_data(self):
        return {}
"""

_HELPER = """
    @property
    def _data(self):
        return {**super().extra_authorize_data, "scope": "read"}
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
    Example({"oauth.py": _CLASS.format("self._data") + _HELPER}),
    Example({"oauth.py": _CLASS.format('{"scope": "read"}')}, at=("oauth.py:6:9",)),
    Example({"oauth.py": _CLASS.format("{} | super().name")}, at=("oauth.py:6:9",)),
    Example(
        {"oauth.py": _CLASS.format("").partition("    @")[0] + "    extra_authorize_data = {}\n"},
        at=("oauth.py:5:28",),
    ),
)

_OWN: Final = {
    "extra_authorize_data": ("code_challenge", "the code challenge"),
    "extra_token_resolve_data": ("code_verifier", "the code verifier"),
}


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for overrides that neither take the base's data nor set the value themselves."""
    code = oauth_code(integration)
    seen = set()
    for member in code.implementations:
        for own in _before_the_base(code, member):
            for name, (word, lost) in _OWN.items():
                node = _override(own, name)
                if node is None or node in seen or _keeps(code, member, node, name, word):
                    continue
                seen.add(node)
                place = node.name if isinstance(node, cst.FunctionDef) else node
                yield RULE.at(
                    own.module, place, f"{name} drops {lost}; merge it with super().{name}"
                )


def _before_the_base(code: OAuthCode, member: Member) -> Iterator[Member]:
    """Yield the own classes that come before Home Assistant's PKCE class, if that does come."""
    found = [member]
    for base in code.ancestry(member, anywhere=True):
        if base == PKCE:
            yield from found
            return
        if isinstance(base, Member):
            found.append(base)


def _override(member: Member, name: str) -> cst.FunctionDef | cst.BaseExpression | None:
    method = member.node.methods.get(name)
    return method.node if method is not None else member.node.attributes.get(name)


def _keeps(
    code: OAuthCode, member: Member, node: cst.CSTNode, name: str, word: str, depth: int = 0
) -> bool:
    """Whether some code takes the base's data, or names what is in it; so may what it calls."""
    for each in walk(node):
        if isinstance(each, cst.Attribute) and dotted(each.value) == "self":
            method = code.methods(member, each.attr.value)
            if method is not None and method.node is not node and depth < 3:
                if _keeps(code, member, method.node, name, word, depth + 1):
                    return True
            elif word in each.attr.value:
                return True
        elif isinstance(each, cst.Attribute):
            if each.attr.value == name:
                return True
        elif isinstance(each, (cst.Name, cst.SimpleString)) and word in each.value.lower():
            return True
    return False
