"""The unique ID is not a string.

Home Assistant compares unique ids as they are, and since 2024.10 it logs an error that asks the
user to report the integration when one is a number. An account with `123` in one entry and `"123"`
in another has two entries. Wrap the value in `str(...)`.

Fix: wraps the value in `str(...)`. Existing entries keep the number, so the fix is unsafe: add a
migration of the entries.

Source: ConfigEntryItems.check_unique_id in homeassistant/config_entries.py of 2024.10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.local import candidates
from appcred.rules.rule import Example, Rule, replaced, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC303", "unique-id-not-string", Severity.WARNING, fix=FixKind.UNSAFE)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        await self.async_set_unique_id({})  # stays the same forever
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format('data["id"]')}),
    Example({"config_flow.py": _FLOW.format('str(int(data["id"]))')}),
    Example(
        {
            "config_flow.py": _FLOW.format("uid").replace(
                "        await", '        uid = int(data["id"])\n        await'
            )
        },
        at=("config_flow.py:7:40",),
        after={
            "config_flow.py": _FLOW.format("str(uid)").replace(
                "        await", '        uid = int(data["id"])\n        await'
            )
        },
    ),
    Example(
        {"config_flow.py": _FLOW.format('int(data["id"])')},
        at=("config_flow.py:6:40",),
        after={"config_flow.py": _FLOW.format('str(int(data["id"]))')},
    ),
)

_MAKERS: Final = {"int", "float", "hash", "len", "tuple", "list", "uuid.UUID"}


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for what is certainly no string."""
    for module, node in _other_ids(oauth_code(integration)):
        yield RULE.at(
            module,
            node,
            "this unique ID is not a string, but Home Assistant requires one; wrap it in str(…)",
        )


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Put str() around it."""
    for module, node in _other_ids(oauth_code(integration)):
        if module.document.position(node) == (finding.line, finding.column):
            text = cst.Call(cst.Name("str"), [cst.Arg(node)])
            return replaced(integration, module, node, text)
    return stale_finding(finding)


def _other_ids(code: OAuthCode) -> Iterator[tuple[Module, cst.BaseExpression]]:
    for used in code.flow_calls("async_set_unique_id"):
        node = used.call.argument("unique_id", 0)
        found = candidates(code, used.module, used.call.function, node)
        if node is not None and any(_is_no_string(*bound) for bound in found or ()):
            yield used.module, node


def _is_no_string(module: Module, node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Call):
        return module.index.resolve(node.func) in _MAKERS
    return isinstance(node, (cst.Integer, cst.Float, cst.Tuple, cst.List, cst.Dict))
