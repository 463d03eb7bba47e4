"""The flow does not name its domain.

Two things are needed, which are easily confused: the class argument `domain=DOMAIN` registers the
flow, and the attribute `DOMAIN` tells the helper whose implementations to use. Without the first,
the integration cannot be added (*Invalid handler specified*), without the second every flow ends in
`TypeError`.

Source: AbstractOAuth2FlowHandler.__init__ in homeassistant/helpers/config_entry_oauth2_flow.py;
ConfigFlow.__init_subclass__ in homeassistant/config_entries.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member
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
    Example({"config_flow.py": _FLOW.replace("DOMAIN = DOMAIN", "DOMAIN, VERSION = DOMAIN, 2")}),
    Example({"config_flow.py": _FLOW.replace("    DOMAIN =", "    ...\n\n\nExampleFlow.DOMAIN =")}),
    Example(
        {
            "config_flow.py": _FLOW.replace("(Abs", "(Mixin, Abs")
            .replace("    DOMAIN = DOMAIN", "    ...")
            .replace("from .const import DOMAIN", "from .mixin import DOMAIN, Mixin"),
            "mixin.py": "class Mixin:\n    DOMAIN = 'example'\n",
        }
    ),
    Example({"config_flow.py": _FLOW.replace(", domain=DOMAIN", "")}, at=("config_flow.py:6:7",)),
    Example(
        {"config_flow.py": _FLOW.replace("    DOMAIN = DOMAIN", "    VERSION = 1")},
        at=("config_flow.py:6:7",),
    ),
    Example(
        {"config_flow.py": _FLOW.replace("DOMAIN = DOMAIN", "DOMAIN: str")},
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
                f"{flow.name} is not registered as a flow; write domain=DOMAIN among its class "
                "arguments",
            )
        if code.is_whole(flow) and not _has_domain(code, flow):
            yield RULE.at(
                flow.module,
                flow.node.node.name,
                f"{flow.name} has no DOMAIN, so it ends in TypeError; write DOMAIN = DOMAIN",
            )


def _registered(code: OAuthCode, flow: Member) -> bool:
    return any(
        any(
            argument.star or (argument.keyword is not None and argument.keyword.value == "domain")
            for argument in (*member.node.node.keywords, *member.node.node.bases)
        )
        or member.node.node.decorators  # HANDLERS.register(DOMAIN), the former way
        for member in code.own_classes(flow)
    )


def _has_domain(code: OAuthCode, flow: Member) -> bool:
    """Whether the class, one it is made from, or some code around it provides DOMAIN."""
    for member in code.own_classes(flow):
        if member.node.attributes.get("DOMAIN") is not None or "DOMAIN" in member.node.methods:
            return True
        # DOMAIN, VERSION = ... in the class; self.DOMAIN = ... in a method
        if any(_sets_domain(node, "self", "cls", "") for node in walk(member.node.node)):
            return True
        # ExampleFlow.DOMAIN = ... below it
        if any(_sets_domain(node, member.name) for node in walk(member.module.document.module)):
            return True
    return False


def _sets_domain(node: cst.CSTNode, *owners: str) -> bool:
    """Whether a node is something assigned to `DOMAIN` of one of the owners."""
    if not isinstance(node, cst.AssignTarget):
        return False
    wanted = {f"{owner}.DOMAIN".removeprefix(".") for owner in owners}
    target = node.target
    parts = target.elements if isinstance(target, (cst.Tuple, cst.List)) else (node,)
    return any(
        dotted(each.target if isinstance(each, cst.AssignTarget) else each.value) in wanted
        for each in parts
    )
