"""The flow does not say for which domain it is.

Two things are needed, and they are easily taken for one: the class argument `domain=DOMAIN`
registers the flow, and the attribute `DOMAIN` tells the helper whose implementations to ask for.
Without the first the integration cannot be added (*Invalid handler specified*), without the
second every flow ends in `TypeError`.

Source: AbstractOAuth2FlowHandler.__init__ in homeassistant/helpers/config_entry_oauth2_flow.py;
ConfigFlow.__init_subclass__ in homeassistant/config_entries.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import Member, oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule("APC301", "flow-domain", Severity.ERROR)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import DOMAIN


class ExampleFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW}),
    Example({"config_flow.py": _FLOW.replace(", domain=DOMAIN", "")}, at=("config_flow.py:6:7",)),
    Example(
        {"config_flow.py": _FLOW.replace("    DOMAIN = DOMAIN", "    VERSION = 1")},
        at=("config_flow.py:6:7",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for both, in the flow and in the classes it is made from."""
    code = oauth_code(integration)
    for flow in code.handlers:
        if not _registered(code, flow):
            yield RULE.at(
                flow.module,
                flow.node.node.name,
                f"{flow.name} is not registered: write domain=DOMAIN among its class arguments",
            )
        if code.attribute(flow, "DOMAIN") is None and not _sets_domain(flow):
            yield RULE.at(
                flow.module,
                flow.node.node.name,
                f"{flow.name} has no DOMAIN: every flow ends in TypeError",
            )


def _registered(code: OAuthCode, flow: Member) -> bool:
    own = [flow, *(base for base in code.ancestry(flow) if isinstance(base, Member))]
    return any(
        any(
            argument.star or (argument.keyword is not None and argument.keyword.value == "domain")
            for argument in (*member.node.node.keywords, *member.node.node.bases)
        )
        or member.node.node.decorators  # HANDLERS.register(DOMAIN), the former way
        for member in own
    )


def _sets_domain(flow: Member) -> bool:
    """Say whether a method or a property of the class provides DOMAIN."""
    return "DOMAIN" in flow.node.methods or any(
        isinstance(node, cst.AssignTarget)
        and isinstance(node.target, cst.Attribute)
        and node.target.attr.value == "DOMAIN"
        for node in walk(flow.node.node)
    )
