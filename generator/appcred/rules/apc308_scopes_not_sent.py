"""Scopes are defined, but never sent.

A constant names the scopes, but no code uses it. The vendor grants its default scopes, which are
often too few, and calls fail with 403 after a successful sign-in. Return them from
`extra_authorize_data` as `{"scope": " ".join(SCOPES)}`.

Nothing is reported where a request gets its scopes in another way, or the constant is empty.

Source: AbstractOAuth2FlowHandler.extra_authorize_data in
homeassistant/helpers/config_entry_oauth2_flow.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC308", "scopes-not-sent", Severity.WARNING)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

OAUTH2_SCOPES = ["read", "offline_access"]


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    @property
    def extra_authorize_data(self):
        return {}
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format('{"scope": " ".join(OAUTH2_SCOPES)}')}),
    Example({"config_flow.py": _FLOW.replace("OAUTH2_SCOPES", "ATTR_SCOPE").format("{}")}),
    Example({"config_flow.py": _FLOW.format("{}")}, at=("config_flow.py:3:17",)),
    # The same scopes are sent without the constant, or there are none.
    Example({"config_flow.py": _FLOW.format('{"scope": "read offline_access"}')}),
    Example({"config_flow.py": _FLOW.format("{}").replace('["read", "offline_access"]', '""')}),
    Example(
        {
            "config_flow.py": _FLOW.replace("OAUTH2_SCOPES", "OTHER")
            .replace("return", "# not SCOPES\n        return")
            .format("{}"),
            "const.py": 'SCOPES = ["read"]\n',
        },
        at=("const.py:1:10",),
    ),
    Example(
        {
            "config_flow.py": _FLOW.replace(
                "OAUTH2_SCOPES =", "from .const import SCOPES\n\nX ="
            ).format("{}"),
            "const.py": 'SCOPES = ["read"]\n',
        },
        at=("const.py:1:10",),
    ),
    Example(
        {
            "config_flow.py": _FLOW.replace(
                "OAUTH2_SCOPES =", "from .const import SCOPES as S\n\nX ="
            ).format('{"scope": " ".join(S)}'),
            "const.py": 'SCOPES = ["read"]\n',
        },
    ),
)


_OTHERS: Final = {
    *("CONF", "ATTR", "ERROR", "SERVICE", "MISSING", "INVALID"),
    *("KEY", "REASON", "ABORT", "STEP", "ISSUE"),
}
"""Words of names that are about a scope, and no list of them to ask for."""

_SENT: Final = re.compile(rb"""["']scope["']\s*:\s*["']([^"'\n]*)["']""")
"""The scopes that a request is given as a text."""
_BOUND: Final = re.compile(rb"\b((?:\w*_)?SCOPES?)\s*(?::[^=]+)?=")
"""A constant where it is given its value, by the text."""

_ASIDE: Final = re.compile(
    rb"#[^\n]*|^from [\w.]+ import (?!.* as )(?:\([^)]*\)|[^\n(]*)", re.MULTILINE
)
"""Comments, and imports under the same name: nothing is done with a constant there."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for constants that are named nowhere but where they are bound."""
    code = oauth_code(integration)
    if not code.flows:
        return
    documents = integration.modules.values()
    for name, document in integration.modules.items():
        if not document.mentions("SCOPE"):
            continue
        unused = {
            constant
            for constant in {found.decode() for found in _BOUND.findall(document.content)}
            if not _OTHERS & set(constant.split("_"))
            and sum(_use_count(constant, each.content) for each in documents) == 1
        }
        module = code.module(name) if unused else None  # parsed for one that is unused alone
        if module is None:
            continue
        for constant, value in module.index.constants.items():
            if constant in unused and not _are_sent(code, module, value):
                yield RULE.at(
                    module,
                    value,
                    f"{constant} is not used, so the vendor grants its default scopes; "
                    "return it from extra_authorize_data",
                )


def _are_sent(code: OAuthCode, module: Module, value: cst.BaseExpression) -> bool:
    """Whether the scopes of a constant, if it has any, are written out where a request has them."""
    parts = [value]
    if isinstance(value, (cst.List, cst.Tuple)):
        parts = [element.value for element in value.elements]
    texts = [code.text(module, part) for part in parts]
    sent = {
        scope
        for document in code.integration.modules.values()
        for found in _SENT.findall(document.content)
        for scope in found.decode(errors="replace").split()
    }
    return None not in texts and {s for text in texts if text for s in text.split()} <= sent


def _use_count(name: str, content: bytes) -> int:
    """Count where a file has a name, other than in comments and imports."""
    word = re.compile(rb"\b" + name.encode() + rb"\b")
    return len(word.findall(_ASIDE.sub(b"", content))) if word.search(content) else 0
