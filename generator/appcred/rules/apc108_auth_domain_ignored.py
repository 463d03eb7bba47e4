"""The implementation does not get its auth domain.

Each stored credential of the integration becomes one implementation, and `auth_domain` is its key.
The implementation must have it as its domain, because the flow stores that in the entry as
`auth_implementation`. With the integration's own `DOMAIN` in its place, two credentials become one:
the order of the credentials decides which client an entry uses, and the credential of an entry can
be deleted without a warning. A class that passes `DOMAIN` to its base, or that returns a constant
from its own `domain` property, has the same effect.

What the hook returns is followed through imports, factories and constructors. A class that the hook
does not create is not checked, whatever its name.

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
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import IMPLEMENTATION_HOOK
from appcred.oauth.hooks import domains_of, hook_site, made_by_hook
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC108", "auth-domain-ignored", Severity.ERROR)

_MESSAGE = (
    "every credential gets the same auth domain, so two become one; pass auth_domain on, and "
    "migrate the entries"
)

_HOOK = """\
from .const import DOMAIN


async def async_get_auth_implementation(hass, auth_domain, credential):
    return ExampleImplementation(hass, {}, credential)
"""

_FROM_OAUTH = ("from .const import DOMAIN", "from .oauth import ExampleImplementation")

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

_FACTORY = """\
from . import oauth
from .oauth import ExampleImplementation as Made


async def make(hass, auth_domain, credential):
    implementation = Made(hass, auth_domain, credential)
    return implementation


async def async_get_auth_implementation(hass, auth_domain, credential):
    return await make(hass, auth_domain, credential)
"""
_PROPERTY = """\
from homeassistant.components.application_credentials import AuthImplementation
from .const import DOMAIN


class Implementation(AuthImplementation):
    @property
    def domain(self):
        return DOMAIN


async def async_get_auth_implementation(hass, auth_domain, credential):
    return Implementation(hass, auth_domain, credential, server)
"""
_ASSIGNS = """\
from homeassistant.components.application_credentials import AuthImplementation


class Implementation(AuthImplementation):
    def __init__(self, hass, auth_domain, credential):
        super().__init__(hass, auth_domain, credential, server)
        self._domain = "example"


async def async_get_auth_implementation(hass, auth_domain, credential):
    return Implementation(hass, auth_domain, credential)
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
            "application_credentials.py": _HOOK.format("auth_domain").replace(*_FROM_OAUTH),
            "oauth.py": _CLASS,
        },
        at=("oauth.py:6:32",),
    ),
    # Another class of the same name, which the hook does not make.
    Example(
        {
            "application_credentials.py": _HOOK.format("auth_domain").replace(*_FROM_OAUTH),
            "oauth.py": _CLASS.replace('"example"', "auth_domain"),
            "auth.py": _CLASS,
        }
    ),
    Example(
        {
            "application_credentials.py": _FACTORY,
            "oauth.py": _CLASS.replace('"example"', "auth_domain"),
            "auth.py": _CLASS,
        }
    ),
    Example(
        {
            "application_credentials.py": _FACTORY.replace(".oauth", ".auth"),
            "oauth.py": _CLASS.replace('"example"', "auth_domain"),
            "auth.py": _CLASS,
        },
        at=("auth.py:6:32",),
    ),
    # A `domain` of the class's own.
    Example(
        {"application_credentials.py": _PROPERTY, "const.py": 'DOMAIN = "example"\n'},
        at=("application_credentials.py:8:16",),
    ),
    Example(
        {
            "application_credentials.py": _PROPERTY.replace("return DOMAIN", "return self._domain"),
            "const.py": 'DOMAIN = "example"\n',
        }
    ),
    Example(
        {
            "application_credentials.py": "from .oauth import Named as Implementation\n\n\n"
            + _PROPERTY.partition("\n\n\n")[2].partition("\n\n\n")[2],
            "oauth.py": _PROPERTY.partition("\n\n\nasync def")[0]
            + "\n\n\nclass Named(Implementation):\n    name = 'Example'\n",
            "const.py": 'DOMAIN = "example"\n',
        },
        at=("oauth.py:8:16",),
    ),
    Example(
        {"application_credentials.py": _ASSIGNS},
        at=("application_credentials.py:7:24",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at what the hook makes, and whether its second parameter is used."""
    code = oauth_code(integration)
    site = hook_site(code, IMPLEMENTATION_HOOK)
    if site is None:
        return
    module, hook = site
    params = hook.positional
    if len(params) < 2 or params[0].name.value == "self":
        return
    certain = {
        id(each.node): each for made in made_by_hook(code) for each in domains_of(code, made)
    }
    for each in certain.values():
        yield RULE.at(each.module, each.node, _MESSAGE)
    name = params[1].name.value
    if certain or any(found.value == name for found in names(hook.node.body)):
        return
    place: cst.CSTNode = hook.node.name
    for found in walk(hook.node.body):
        # Where a plain or own implementation is made, the auth domain is its second argument.
        if isinstance(found, cst.Call) and len(found.args) > 1:
            second = found.args[1].value
            if code.text(module, second) == integration.domain or (
                isinstance(second, cst.Name) and second.value == "DOMAIN"
            ):
                place = second
                break
    yield RULE.at(module, place, _MESSAGE)
