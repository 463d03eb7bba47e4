"""A hook of the platform takes `self`.

The hooks are functions of a module, and Home Assistant passes only what they need. With `self` as
the first parameter, `self` receives `hass`, and the last argument is missing: `TypeError` when a
user starts the flow or opens the credentials dialog. Nothing fails before. The parameter comes from
`ApplicationCredentialsProtocol`, which describes the module as if it were an object.

A custom integration whose manifest does not depend on `application_credentials` is not asked for
its hooks at all; add that dependency together with a hook that works.

Fix: removes the parameter. Not offered if the body uses `self`, if there is a comment beside it, or
if the integration calls the hook itself.

Source: ApplicationCredentialsProtocol in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.documents.walk import has_comment, names
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HOOKS
from appcred.oauth.hooks import hook_site, self_parameter
from appcred.rules.rule import Example, Rule, replaced, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC102", "hook-takes-self", Severity.ERROR, fix=FixKind.SAFE, reveals=("APC201",))

_GOOD = """\
from homeassistant.components.application_credentials import AuthorizationServer


async def async_get_authorization_server(hass) -> AuthorizationServer:  # by HA
    return AuthorizationServer(authorize_url="https://a.example", token_url="https://t.example")
"""

EXAMPLES = (
    Example({"application_credentials.py": _GOOD}),
    Example(
        {"application_credentials.py": _GOOD.replace("(hass)", "(self, hass)")},
        at=("application_credentials.py:4:42",),
        after={"application_credentials.py": _GOOD},
    ),
    Example(
        {
            "application_credentials.py": "async def async_get_description_placeholders(\n"
            "    self,\n    hass,\n):\n    return {'name': self.name}\n"
        },
        at=("application_credentials.py:2:5",),
    ),
    Example(
        {
            "application_credentials.py": "async def async_get_authorization_server(\n"
            "    self,  # the platform\n    hass,\n): ...\n"
        },
        at=("application_credentials.py:2:5",),
    ),
    Example(
        {"application_credentials.py": _GOOD.replace("(hass)", "(self, /, hass)")},
        at=("application_credentials.py:4:42",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for `self` as first parameter of a hook."""
    code = oauth_code(integration)
    for module, hook, parameter in _self_parameters(code):
        yield RULE.at(
            module,
            parameter,
            f"{hook.name.value} takes self, but Home Assistant calls it as a plain function; "
            "remove self",
            fixable=_can_go(code, hook, parameter),
        )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Take the parameter out."""
    for module, hook, parameter in _self_parameters(oauth_code(integration)):
        params = hook.params
        if module.document.position(parameter) == (finding.line, finding.column):
            without = params.with_changes(params=params.params[1:])
            return replaced(integration, module, hook, hook.with_changes(params=without))
    return stale_finding(finding)


def _can_go(code: OAuthCode, hook: cst.FunctionDef, parameter: cst.Param) -> bool:
    beside = has_comment(parameter)
    used = any(found.value == "self" for found in names(hook.body))
    first = parameter in hook.params.params[:1]  # and not in front of a `/`
    return first and not beside and not used and not code.calls.get(hook.name.value)


def _self_parameters(code: OAuthCode) -> Iterator[tuple[Module, cst.FunctionDef, cst.Param]]:
    for name in HOOKS:
        site = hook_site(code, name)
        parameter = self_parameter(site[1]) if site is not None else None
        if site is not None and parameter is not None:
            yield site[0], site[1].node, parameter
