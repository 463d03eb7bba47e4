"""The PKCE implementation is called with the arguments of its base class.

`LocalOAuth2Implementation` takes the client secret before the two URLs,
`LocalOAuth2ImplementationWithPkce` after them. In the wrong order, the browser opens the client
secret as if it were the sign-in page: the sign-in fails, and the address bar shows the secret.

Fix: moves the secret behind the URLs, if there are six positional arguments and no comment among
them.

Source: homeassistant/helpers/config_entry_oauth2_flow.py of 2025.4.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.documents.python import dotted
from appcred.documents.walk import has_comment
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.local import texts
from appcred.oauth.names import Used
from appcred.rules.rule import Example, Rule, replaced, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.oauth.code import Construction, OAuthCode
    from appcred.release import Span

RULE = Rule("APC109", "pkce-argument-order", Severity.ERROR, fix=FixKind.SAFE, since="pkce")

_HOOK = """\
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2ImplementationWithPkce


async def async_get_auth_implementation(hass, auth_domain, credential):
    return LocalOAuth2ImplementationWithPkce(
        hass,
        auth_domain,
        credential.client_id,
        {},
    )
"""
_GOOD = _HOOK.format("AUTHORIZE_URL,\n        TOKEN_URL,\n        credential.client_secret")

EXAMPLES = (
    Example({"application_credentials.py": _GOOD}),
    Example({"application_credentials.py": _HOOK.format("AUTHORIZE_URL, TOKEN_URL")}),
    Example(
        {
            "application_credentials.py": _HOOK.format(
                "credential.client_secret,\n        AUTHORIZE_URL,\n        TOKEN_URL"
            )
        },
        at=("application_credentials.py:9:9",),
        after={"application_credentials.py": _GOOD},
    ),
    Example(
        {
            "application_credentials.py": _HOOK.format(
                '"",  # a public client\n        AUTHORIZE_URL,\n        TOKEN_URL'
            )
        },
        at=("application_credentials.py:9:9",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a secret in the place of the authorize URL."""
    for made in _misordered_calls(oauth_code(integration)):
        yield RULE.at(
            made.module,
            made.call.node.args[3].value,
            "the client secret is passed as a URL, because the PKCE class takes it after the URLs; "
            "pass it by keyword",
            fixable=_six_by_position(made),
        )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Move the secret behind the URLs; the commas stay where they are."""
    for made in _misordered_calls(oauth_code(integration)):
        call = made.call.node
        place = made.module.document.position(call.args[3].value)
        if place == (finding.line, finding.column) and _six_by_position(made):
            args = list(call.args)
            order = (4, 5, 3)
            args[3:6] = [
                args[slot].with_changes(value=call.args[source].value)
                for slot, source in zip((3, 4, 5), order, strict=True)
            ]
            return replaced(integration, made.module, call, call.with_changes(args=args))
    return stale_finding(finding)


def _six_by_position(made: Construction) -> bool:
    args = made.call.node.args
    plain = len(args) >= 6 and not any(arg.keyword or arg.star for arg in args[:6])
    return plain and not has_comment(*args[3:6])


def _misordered_calls(code: OAuthCode) -> Iterator[Construction]:
    for made in code.constructions:
        args = made.call.node.args
        if made.kind == "pkce" and len(args) > 3 and not any(a.keyword or a.star for a in args[:4]):
            name = dotted(args[3].value).rpartition(".")[2].lower()
            given = texts(code, Used(made.module, made.call), args[3].value)
            no_url = given is not None and not any("/" in text for text in given)
            if name.endswith("secret") or no_url:
                yield made
