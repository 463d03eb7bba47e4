"""The token is stored without its refresh token, and the user is never asked to sign in again.

An access token expires after an hour or so. Home Assistant's session then refreshes it with the
stored refresh token; without one it raises a `KeyError`, the entry fails at each start, and the
user has to delete it. Store the vendor's whole response (`{**answer, …}`), request a refresh token
(often with the scope `offline_access`, or `access_type=offline`), or raise `ConfigEntryAuthFailed`
when the token has expired.

A token that is built key by key is reported if the integration uses Home Assistant's session, does
not refresh tokens itself and never asks for a new sign-in.

Source: LocalOAuth2Implementation._async_refresh_token in
homeassistant/helpers/config_entry_oauth2_flow.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC514", "no-refresh-token", Severity.WARNING)

_IMPLEMENTATION = """\
from homeassistant.components.application_credentials import AuthImplementation


class Implementation(AuthImplementation):
    async def async_resolve_external_data(self, external_data):
        answer = await super().async_resolve_external_data(external_data)
        return {}
"""
_SETUP = """\
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session


async def async_setup_entry(hass, entry):
    entry.runtime_data = OAuth2Session(hass, entry, None)
"""
_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        token = {{"access_token": data["token"]["access_token"], "expires_in": 3600{}}}
        return self.async_create_entry(title="Example", data={{**data, "token": token}})
"""
_SHORT = '{"access_token": answer["access_token"], "expires_in": 3600}'


def _tree(token: str, more: str = "") -> dict[str, str]:
    return {"oauth.py": _IMPLEMENTATION.format(token) + more, "__init__.py": _SETUP}


_OWN_REFRESH = "\n    async def _async_refresh_token(self, token):\n        return token\n"

EXAMPLES = (
    Example(_tree("{**answer, 'access_token': 'x'}")),
    Example(_tree(_SHORT.replace("}", ', "refresh_token": answer["refresh_token"]}'))),
    Example(_tree(_SHORT, _OWN_REFRESH)),
    Example({"oauth.py": _IMPLEMENTATION.format(_SHORT)}),
    Example({"config_flow.py": _FLOW.format(', "refresh_token": "x"'), "__init__.py": _SETUP}),
    Example(
        {
            **_tree(_SHORT),
            "api.py": "from homeassistant.exceptions import ConfigEntryAuthFailed\n\n\n"
            "def expired():\n    raise ConfigEntryAuthFailed\n",
        }
    ),
    Example(_tree(_SHORT), at=("oauth.py:7:16",)),
    Example(
        _tree(_SHORT.replace("3600", "answer['expires_in'], 'expires_at': 0")),
        at=("oauth.py:7:16",),
    ),
    Example(
        {"config_flow.py": _FLOW.format(""), "__init__.py": _SETUP}, at=("config_flow.py:6:17",)
    ),
)

_ASKS: Final = re.compile(
    rb"\b(?:ConfigEntryAuthFailed|async_start_reauth|async_start_reauth_if_available)\b"
)
_EXPIRES: Final = frozenset({"expires_in", "expires_at"})


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for dictionaries that are a token's answer."""
    code = oauth_code(integration)
    if not code.keeps_token or _asks_again(integration):
        return
    own = code.implementations
    refreshing = ("_async_refresh_token", "async_refresh_token")
    if any(code.methods(one, name) is not None for one in own for name in refreshing):
        return
    owners = {id(one.node) for one in own}
    owners |= {id(one.node) for flow in code.flows for one in code.own_classes(flow)}
    for module, node in _tokens(code, owners):
        yield RULE.at(
            module,
            node,
            "the token is stored without its refresh token, so the entry fails when it expires; "
            "keep refresh_token",
        )


def _asks_again(integration: Integration) -> bool:
    return any(
        _ASKS.search(document.content) or b"refresh_token" in _without_docs(document.content)
        for name, document in integration.modules.items()
        if name != "diagnostics"  # which redacts it
    )


def _without_docs(content: bytes) -> bytes:
    return re.sub(rb'"""(?s:.*?)"""|#[^\n]*', b"", content)


def _tokens(code: OAuthCode, owners: set[int]) -> Iterator[tuple[Module, cst.Dict]]:
    """Yield the dictionaries of a flow or an implementation that hold an access token."""
    for module in code.modules:
        for function in module.index.functions:
            if id(function.owner) not in owners:
                continue
            for node in walk(function.node.body):
                if isinstance(node, cst.Dict) and _is_short(code, module, node):
                    yield module, node


def _is_short(code: OAuthCode, module: Module, node: cst.Dict) -> bool:
    """Whether a dictionary has an access token that expires, and is written out key by key."""
    keys = [
        code.text(module, element.key) if isinstance(element, cst.DictElement) else None
        for element in node.elements
    ]
    return None not in keys and "access_token" in keys and bool(_EXPIRES & {*keys})
