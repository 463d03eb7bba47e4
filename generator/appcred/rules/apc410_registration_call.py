"""An implementation is registered without its domain.

`async_register_implementation(hass, domain, implementation)` takes three arguments. Without the
domain, the call raises a `TypeError`: the integration does not start, or its flow ends at once.
Better use application credentials; then nothing has to be registered.

Source: async_register_implementation in homeassistant/helpers/config_entry_oauth2_flow.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HELPER
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC410", "registration-call", Severity.ERROR)

_SETUP = """\
from homeassistant.helpers import config_entry_oauth2_flow as flow


async def async_setup(hass, config):
    flow.async_register_implementation({})
    return True
"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format('hass, "example", implementation')}),
    Example({"__init__.py": _SETUP.format("hass, domain=DOMAIN, implementation=implementation")}),
    Example({"__init__.py": _SETUP.format("*arguments")}),
    Example({"__init__.py": _SETUP.format("hass, implementation")}, at=("__init__.py:5:5",)),
    Example({"__init__.py": _SETUP.format("hass, implementation=made")}, at=("__init__.py:5:5",)),
    Example(
        {
            "__init__.py": _SETUP.format("hass, implementation").replace(
                "    flow", "    await flow"
            )
        },
        at=("__init__.py:5:11",),
    ),
)

_PARAMETERS = ("hass", "domain", "implementation")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Count the arguments."""
    code = oauth_code(integration)
    for used in code.calls_of(f"{HELPER}.async_register_implementation"):
        args = used.call.node.args
        if any(argument.star for argument in args):
            continue
        if any(used.call.argument(name, at) is None for at, name in enumerate(_PARAMETERS)):
            yield RULE.at(
                used.module,
                used.call.node,
                "this registration fails with a TypeError; write async_register_implementation"
                "(hass, DOMAIN, implementation)",
            )
