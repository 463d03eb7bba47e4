"""A hook of the platform is defined in a class.

Home Assistant looks for the hooks in the module. It does not find one in a class: unless the module
also has a hook, the integration has no implementation, and no user can sign in. With
`application_credentials` among the dependencies of its manifest, `ValueError` breaks the
credentials dialog for *all* integrations; without it the integration is not asked.

Source: _get_platform in homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HOOKS
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC104", "hook-in-class", Severity.ERROR, consequences=("APC106",))

_GOOD = "async def async_get_authorization_server(hass):\n    ...\n"
_BAD = """\
class ExampleCredentials:
    async def async_get_authorization_server(self, hass):
        ...
"""

EXAMPLES = (
    Example({"application_credentials.py": _GOOD}),
    Example({"application_credentials.py": _GOOD + "\n\n" + _BAD}),
    Example({"application_credentials.py": _BAD}, at=("application_credentials.py:2:5",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for methods that are named like a hook the module lacks."""
    code = oauth_code(integration)
    if code.platform is None:
        return
    for name in HOOKS:
        if code.provides(name):
            continue
        for class_ in code.platform.index.classes:
            if name in class_.methods and not any("Protocol" in base for base in class_.bases):
                yield RULE.at(
                    code.platform,
                    class_.methods[name].node,
                    f"{name} is a method, but Home Assistant looks for a function; move it out of "
                    "the class",
                )
