"""A PKCE implementation has no name of its own.

`AuthImplementation` shows the name that the user gave to the credential. The PKCE class cannot: its
name is always *Local application credentials*. A user with two credentials sees the same text
twice, and a flow that takes its title from the implementation gives the entry this name. Make a
subclass that overrides `name`.

Only an implementation that the platform's hook creates has a credential with a name; one that is
registered by hand is not reported.

Source: LocalOAuth2Implementation.name in homeassistant/helpers/config_entry_oauth2_flow.py;
homeassistant/components/gentex_homelink/oauth2.py overrides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import AUTH, PKCE
from appcred.oauth.hooks import made_by_hook
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC111", "pkce-without-name", Severity.WARNING, since="pkce")

_HEAD = """\
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2ImplementationWithPkce


"""
_HOOK = (
    "async def async_get_auth_implementation(hass, auth_domain, credential):\n    return {}(hass)\n"
)
_CLASS = "class ExampleImplementation(LocalOAuth2ImplementationWithPkce):\n    {}\n\n\n"

EXAMPLES = (
    Example(
        {
            "application_credentials.py": _HEAD
            + _CLASS.format("name = 'Example'")
            + _HOOK.format("ExampleImplementation")
        }
    ),
    Example(
        {
            "application_credentials.py": _HEAD
            + _CLASS.format("scope = 'read'")
            + "class Named(ExampleImplementation):\n    name = 'Example'\n\n\n"
            + _HOOK.format("Named")
        }
    ),
    Example(
        {"application_credentials.py": _HEAD + _HOOK.format("LocalOAuth2ImplementationWithPkce")},
        at=("application_credentials.py:5:12",),
    ),
    Example(
        {
            "application_credentials.py": _HEAD
            + _CLASS.format("scope = 'read'")
            + _HOOK.format("ExampleImplementation")
        },
        at=("application_credentials.py:4:7",),
    ),
    # Without a platform there is no credential that has a name.
    Example({"oauth.py": _HEAD + _CLASS.format("scope = 'read'")}),
    Example(
        {
            "__init__.py": _HEAD
            + "async def async_setup(hass, config):\n"
            + "    return LocalOAuth2ImplementationWithPkce(hass)\n"
        }
    ),
    Example(
        {
            "application_credentials.py": "from .oauth import make\n\n\n"
            + _HOOK.format("await make"),
            "oauth.py": _HEAD
            + _CLASS.format("scope = 'read'")
            + "async def make(hass):\n    return ExampleImplementation(hass)\n",
        },
        at=("oauth.py:4:7",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at what the hook makes: the plain class, or one of its own without a name."""
    code = oauth_code(integration)
    seen: set[int] = set()
    for made in made_by_hook(code):
        if made.name == PKCE:
            yield RULE.at(
                made.module,
                made.node,
                "every credential is called 'Local application credentials'; use a subclass "
                "that overrides name",
            )
            continue
        member = made.member
        if member is None or id(member.node) in seen or not code.is_a(member, PKCE):
            continue
        seen.add(id(member.node))
        named = code.methods(member, "name") or code.attribute(member, "name")
        if named is None and not code.is_a(member, AUTH):
            yield RULE.at(
                member.module,
                member.node.node.name,
                "every credential is called 'Local application credentials'; override name in "
                f"{member.name}",
            )
