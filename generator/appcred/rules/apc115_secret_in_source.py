"""The source contains a client secret.

Everyone can read it there and pose as the integration. The vendor then withdraws it, and every user
is signed out at once. A public client needs no secret; give it `""` and use PKCE. Otherwise let
each user enter a credential of their own.

Implementations with PKCE are not reported: a client that uses it is a public one, whatever the
vendor calls its second value. Values that the source does not show in full, placeholders for
vendors that accept any value (`none`, `unused`), and values in a method or property that neither
Home Assistant nor the integration reads are not reported either.

Source: RFC 8252, section 8.5 (secrets that are shipped to many users are not confidential).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.local import followed
from appcred.oauth.names import Bound
from appcred.oauth.registration import Source, registrations
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Used
    from appcred.release import Span

RULE = Rule("APC115", "secret-in-source", Severity.WARNING)

_SETUP = """\
from homeassistant.components.application_credentials import ClientCredential

SECRET = "{}"


def credential():
    return ClientCredential("the-client", SECRET)
"""

_PROPERTY = """\
from homeassistant.components.application_credentials import ClientCredential
from homeassistant.helpers import config_entry_oauth2_flow as flow


class Own(flow.LocalOAuth2Implementation):
    @property
    def {}(self):
        return ClientCredential("the-client", "not-so-secret")
"""
_OWN_CLASS = """\
from homeassistant.helpers import config_entry_oauth2_flow as flow


class Own(flow.LocalOAuth2Implementation):
    def __init__(self, hass, client_id, client_secret):
        super().__init__(hass, "example", client_id, client_secret, "https://a", "https://t")


async def async_setup(hass, config):
    flow.async_register_implementation(hass, "example", Own(hass, "client", "not-so-secret"))
    return True
"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format("")}),
    Example({"__init__.py": _SETUP.format("unused")}),
    Example({"__init__.py": _SETUP.format("YOUR_CLIENT_SECRET")}),
    Example({"__init__.py": _SETUP.format("dummy_secret_for_the_form")}),
    Example({"__init__.py": _SETUP.format("not-so-secret")}, at=("__init__.py:3:10",)),
    # Neither Home Assistant nor the integration reads the property.
    Example({"oauth.py": _PROPERTY.format("builtin"), "__init__.py": "CLIENT = None\n"}),
    Example(
        {
            "oauth.py": _PROPERTY.format("builtin"),
            "__init__.py": "async def async_setup(hass, config):\n    Own.builtin\n",
        },
        at=("oauth.py:8:47",),
    ),
    Example({"oauth.py": _PROPERTY.format("builtin").replace("    @property\n", "")}),
    Example(
        {
            "__init__.py": _SETUP.format("x").replace(
                "return", 'SECRET = "not-so-secret"\n    return'
            )
        },
        at=("__init__.py:7:14",),
    ),
)

_NONE: Final = (
    r"(?i)none|null|public|n/a|[-.*x]*|<.*>"
    r"|.*(?:dummy|placeholder|unused|not.?used|change.?me|your.?(?:client|secret|own)).*"
)
"""What stands for a secret where there is none."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the expression that is passed as the secret, and what it is bound to."""
    code = oauth_code(integration)
    if code.is_pkce:
        return
    seen = set()
    for bound in _secrets(code):
        secret = code.text(*bound) or ""
        if re.fullmatch(_NONE, secret.strip()) or bound.node in seen:
            continue
        seen.add(bound.node)
        yield RULE.at(
            bound.module,
            bound.node,
            "everyone can read this client secret; let each user enter a credential, or use a "
            "public client with PKCE",
        )


_CALLED: Final = re.compile(r"_?async_|__|setup|logger$|name$|domain$|redirect_uri$|extra_|client_")
"""How the functions and properties begin that Home Assistant itself asks for."""


def _is_read(code: OAuthCode, used: Used) -> bool:
    """Whether the method that a secret stands in is called, or its property read, by anyone."""
    function = used.call.function
    if function is None or function.owner is None or _CALLED.match(function.name):
        return True
    word = re.compile(rb"\b%b\b" % function.name.encode())
    modules = code.integration.modules.values()
    return sum(len(word.findall(document.content)) for document in modules) > 1


def _secrets(code: OAuthCode) -> Iterator[Bound]:
    """Yield what is passed as the secret of a credential, or of an implementation.

    Where a class of the integration's own is made, only its registration shows what it is given.
    """
    for used, node in code.secrets:
        if _is_read(code, used):
            yield followed(code, used, node)
    for each in registrations(code.integration).understood:
        if each.source is Source.CONSTANT and each.client_secret is not None:
            secret = each.client_secret
            yield code.value(secret.module, secret.node) or Bound(secret.module, secret.node)
