"""A PKCE implementation without a name of its own.

`AuthImplementation` shows the name that the user gave to the credential. The PKCE class cannot:
its name is always *Local application credentials*. A user with two credentials picks between two
lines that read the same, and a flow that takes its title from the implementation names the entry
so. Make a subclass that overrides `name`.

Source: LocalOAuth2Implementation.name in homeassistant/helpers/config_entry_oauth2_flow.py;
homeassistant/components/gentex_homelink/oauth2.py overrides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import AUTH, IMPLEMENTATION_HOOK, PKCE, Member, oauth_code
from appcred.rules.form import Example, Rule

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
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for the plain class in the hook, and for subclasses without a name."""
    code = oauth_code(integration)
    hooks = {IMPLEMENTATION_HOOK}
    hooks |= {  # what the hook calls to make it
        call.name.rpartition(".")[2]
        for module in code.modules
        for call in module.index.calls
        if call.function is not None and call.function.name == IMPLEMENTATION_HOOK
    }
    for used in code.calls_of(PKCE):
        if used.call.function is not None and used.call.function.name in hooks:
            yield RULE.at(
                used.module,
                used.call.node,
                "every credential is called 'Local application credentials'; use a subclass that "
                "overrides name",
            )
    bases = {
        base.node
        for member in code.implementations
        for base in code.ancestry(member)
        if isinstance(base, Member)
    }
    for member in code.implementations:
        if member.node in bases or not code.is_a(member, PKCE) or code.is_a(member, AUTH):
            continue
        named = code.methods(member, "name") or code.attribute(member, "name")
        if named is None:
            yield RULE.at(
                member.module,
                member.node.node.name,
                f"every credential is called 'Local application credentials'; override name in "
                f"{member.name}",
            )
