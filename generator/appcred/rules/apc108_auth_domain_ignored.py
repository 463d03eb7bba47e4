"""The implementation does not get the auth domain it is for.

Each stored credential of the integration becomes one implementation, and `auth_domain` is its
key. The implementation must carry it as its domain, for the flow stores that in the entry as
`auth_implementation`. With the integration's own `DOMAIN` in its place two credentials collapse
into one: which account an entry logs in with depends on the order of the credentials, and an
entry's credential can be deleted under it. That the class itself passes `DOMAIN` on to its base
comes to the same.

There is no safe fix: existing entries store the domain that was passed, so passing another one
now sends each of them to reauthentication. Do it together with a migration of the entries.

Source: _async_provide_implementation in
homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import names, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import IMPLEMENTATION_HOOK, oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import Module, OAuthCode
    from appcred.release import Span

RULE = Rule("APC108", "auth-domain-ignored", Severity.ERROR)

_MESSAGE = (
    "{} is not passed on: two credentials collapse into one, and an entry may log in with the "
    "other one's; pass it on, together with a migration of the entries"
)

_HOOK = """\
from .const import DOMAIN


async def async_get_auth_implementation(hass, auth_domain, credential):
    return ExampleImplementation(hass, {}, credential)
"""

_PLAIN = """\
from homeassistant.components.application_credentials import AuthImplementation
from .const import DOMAIN


async def async_get_auth_implementation(hass, auth_domain, credential):
    pass
    return AuthImplementation(hass, DOMAIN, credential, server)
"""
_CLASS = """\
from homeassistant.components.application_credentials import AuthImplementation


class ExampleImplementation(AuthImplementation):
    def __init__(self, hass, auth_domain, credential):
        super().__init__(hass, "example", credential, server)
"""

EXAMPLES = (
    Example({"application_credentials.py": _HOOK.format("auth_domain")}),
    Example({"application_credentials.py": _HOOK.format("domain=auth_domain")}),
    Example(
        {"application_credentials.py": _HOOK.format("DOMAIN")},
        at=("application_credentials.py:5:40",),
    ),
    Example(
        {
            "application_credentials.py": _PLAIN.replace(
                "pass\n", '_LOG.debug("%s", auth_domain)\n'
            ),
            "const.py": 'DOMAIN = "example"\n',
        },
        at=("application_credentials.py:7:37",),
    ),
    Example(
        {
            "application_credentials.py": _HOOK.format("auth_domain").replace(".const", ".oauth"),
            "oauth.py": _CLASS,
        },
        at=("oauth.py:6:32",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look whether the second parameter is used."""
    code = oauth_code(integration)
    hook = code.hook(IMPLEMENTATION_HOOK)
    if hook is None or code.platform is None:
        return
    params = [*hook.node.params.posonly_params, *hook.node.params.params]
    if len(params) < 2 or params[0].name.value == "self":
        return
    name = params[1].name.value
    certain = list(_certain(code, hook))
    for module, node in certain:
        yield RULE.at(module, node, _MESSAGE.format(name))
    if certain or any(found.value == name for found in names(hook.node.body)):
        return
    place: cst.CSTNode = hook.node.name
    for found in walk(hook.node.body):
        # Where a plain or own implementation is made, the auth domain is its second argument.
        if isinstance(found, cst.Call) and len(found.args) > 1:
            second = found.args[1].value
            if code.text(code.platform, second) == integration.domain or (
                isinstance(second, cst.Name) and second.value == "DOMAIN"
            ):
                place = second
                break
    yield RULE.at(
        code.platform,
        place,
        _MESSAGE.format(name),
    )


def _certain(code: OAuthCode, hook: Function) -> Iterator[tuple[Module, cst.BaseExpression]]:
    """Yield the constants that are passed as the domain, in the hook or in a class it makes."""
    made = {
        call.name.rpartition(".")[2]
        for module in code.modules
        for call in module.index.calls
        if call.function is hook
    }
    for each in code.constructions:
        function, owner = each.call.function, each.call.owner
        if function is not hook and (owner is None or owner.name not in made):
            continue
        node = each.argument("auth_domain" if each.kind == "auth" else "domain")
        if node is not None and code.text(each.module, node) == code.integration.domain:
            yield each.module, node
