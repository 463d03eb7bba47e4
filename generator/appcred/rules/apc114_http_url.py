"""The authorization server is addressed by `http://`.

The user's password, the authorization code, the client secret and the tokens are sent unencrypted,
and anyone on the way can read them. RFC 6749 (3.1 and 3.2) requires TLS for both endpoints.
Addresses in the local network (`localhost`, `.local`, private ones) are not reported.

Source: RFC 6749, sections 3.1 and 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.local import candidates
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC114", "http-url", Severity.ERROR)

_OWN_NAMES: Final = (".local", ".localhost", ".internal", ".lan", ".home", ".home.arpa")

_HOOK = """\
from homeassistant.components.application_credentials import AuthorizationServer

TOKEN = "{}://{}/token"


async def async_get_authorization_server(hass):
    return AuthorizationServer("https://example.com/authorize", TOKEN)
"""

EXAMPLES = (
    Example({"application_credentials.py": _HOOK.format("https", "example.com")}),
    Example({"application_credentials.py": _HOOK.format("http", "192.168.1.2:8080")}),
    Example(
        {"application_credentials.py": _HOOK.format("http", "example.com")},
        at=("application_credentials.py:7:65",),
    ),
    Example(
        {"application_credentials.py": _HOOK.format("http", "127.0.0.1.example.com")},
        at=("application_credentials.py:7:65",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look into the URLs that are known."""
    code = oauth_code(integration)
    for url in code.urls:
        for each in candidates(code, url.module, url.function, url.node) or ():
            text = code.text(each.module, each.node) or ""
            if text.lower().startswith("http://") and not _is_own_network(text):
                yield RULE.at(
                    url.module,
                    url.node,
                    f"the {url.kind.replace('_', ' ')} is not encrypted; use https",
                )
                break


def _is_own_network(url: str) -> bool:
    """Whether a URL leads to a host of the user's own network."""
    # Hardly any integration gets here.
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_OWN_NAMES)
    return address.is_private or address.is_loopback or address.is_link_local
