"""The authorize URL has a query string, which some release of the range drops.

Before 2026.11 Home Assistant replaced the query of the authorize URL by its own parameters
(`with_query`); since then it adds them (`update_query`). The parameters in the query (a tenant, a
policy, `access_type`) do not reach the vendor, and the sign-in fails or grants too few permissions.
Put the parameters into `extra_authorize_data`, which every release sends.

Source: LocalOAuth2Implementation.async_generate_authorize_url in
homeassistant/helpers/config_entry_oauth2_flow.py of 2026.10 and of 2026.11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.local import candidates
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC112", "authorize-url-query", Severity.ERROR, until="authorize_url_query_kept")

_HOOK = """\
from homeassistant.components.application_credentials import AuthorizationServer


async def async_get_authorization_server(hass):
    return AuthorizationServer("https://example.com/authorize{}", "https://example.com/token?a=b")
"""
_QUERY = {"application_credentials.py": _HOOK.format("?audience=home")}

EXAMPLES = (
    Example({"application_credentials.py": _HOOK.format("")}, floor="2026.10"),
    Example(_QUERY, floor="2026.11"),
    Example(_QUERY, floor="2026.10", at=("application_credentials.py:5:32",)),
    Example(
        {
            "application_credentials.py": _HOOK.format("").replace(
                '    return AuthorizationServer("https://example.com/authorize"',
                '    url = f"{hass.data}/in?tenant={TENANT}"\n    return AuthorizationServer(url',
            )
        },
        floor="2026.10",
        at=("application_credentials.py:6:32",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look into the URLs that are known."""
    code = oauth_code(integration)
    if any("async_generate_authorize_url" in m.node.methods for m in code.classes):
        return  # the URL is put together by the integration itself
    for url in code.urls:
        if url.kind != "authorize_url":
            continue
        found = candidates(code, url.module, url.function, url.node) or ()
        if any(_has_query(code.fragments(each.module, each.node)) for each in found):
            yield RULE.at(
                url.module,
                url.node,
                "Home Assistant drops the query of this URL before 2026.11; return it from "
                "extra_authorize_data",
            )


def _has_query(fragments: tuple[str | None, ...]) -> bool:
    """Whether something follows a question mark, be it known or not."""
    text = "".join("{}" if part is None else part for part in fragments).partition("#")[0]
    return "?" in text.rstrip("?")
