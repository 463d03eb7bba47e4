"""Reauthentication accepts any account.

The flow sets a unique id and updates the entry, but does not compare the two on the way. If a user
signs in with another account (a work account, a partner's), the entry becomes that account's: its
devices belong to another account, and the old entities stay unavailable. Call
`_abort_if_unique_id_mismatch` before the update.

A flow that knows no account, or uses one unique ID for all, has nothing to compare and is not
reported. A flow that compares the entry's unique ID in another way is not reported either.

Source: ConfigFlow._abort_if_unique_id_mismatch in homeassistant/config_entries.py, since 2024.11;
homeassistant/components/google_drive/config_flow.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import nodes_before, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.identity import ENTRY_UPDATES, found_by_unique_id, one_for_all
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Used
    from appcred.release import Span

RULE = Rule("APC305", "no-mismatch-check", Severity.WARNING)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_reauth(self, entry_data):
        return await self.async_step_user()

    async def async_oauth_create_entry(self, data):
        await self.async_set_unique_id({})
        if self.source == "reauth":
            {}
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
        self._abort_if_unique_id_mismatch()
        return self.async_create_entry(title="Example", data=data)
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("uid", "self._abort_if_unique_id_mismatch()")}),
    Example({"config_flow.py": _FLOW.format('"example"', "...")}),
    Example(
        {
            "config_flow.py": _FLOW.format("uid", "check(self._get_reauth_entry(), uid)")
            + "\n\ndef check(entry, uid):\n    assert entry.unique_id == uid\n"
        }
    ),
    Example(
        {
            "config_flow.py": _FLOW.format("uid", "...")
            .replace("await self.async_set", "entry = await self.async_set")
            .replace("self._get_reauth_entry()", "entry")
        }
    ),
    Example(
        {
            "config_flow.py": _FLOW.format("uid", "return self._renew(data)").partition(
                "            return self.async_update"
            )[0]
            + "\n    def _renew(self, data):\n"
            "        return self.async_update_and_abort(self._get_reauth_entry(), data=data)\n"
        },
        at=("config_flow.py:14:16",),
    ),
    Example({"config_flow.py": _FLOW.format("uid", "...")}, at=("config_flow.py:12:20",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at what has run before each update in the functions that set a unique id."""
    code = oauth_code(integration)
    for flow in code.handlers:
        own = code.own_classes(flow)
        functions = {
            f.name: f
            for member in own
            for f in member.module.index.functions
            if f.owner is None and f.outer is None
        }
        methods = {name: method for member in own for name, method in member.node.methods.items()}
        if not code.is_whole(flow) or not methods.keys() & {
            "async_step_reauth",
            "async_step_reconfigure",
        }:
            continue
        # Only where one function does both is the unique id certainly that of the account.
        identified = {
            used.call.function
            for used in code.flow_calls("async_set_unique_id")
            if used.call.owner in [member.node for member in own] and not one_for_all(code, used)
        }
        known = {**functions, **{f"self.{name}": method for name, method in methods.items()}}
        for used in code.flow_calls(*ENTRY_UPDATES):
            if found_by_unique_id(used) or _keeps_data(used):  # its title changes, say
                continue
            if any(
                not any(_compares(node, known) for part in passed for node in walk(part))
                for passed in _paths_to(code, identified, used)
            ):
                yield RULE.at(
                    used.module,
                    used.call.node,
                    "the entry accepts any account that signs in; call "
                    "_abort_if_unique_id_mismatch before this",
                )


def _keeps_data(used: Used) -> bool:
    updates = used.call.name.endswith(".async_update_entry")
    return updates and used.call.argument("data") is None


def _paths_to(
    code: OAuthCode, identified: set[Function | None], used: Used
) -> Iterator[list[cst.CSTNode]]:
    """Yield what has run before a call, on each way from a function that sets a unique id."""
    function = used.call.function
    if function is None:
        return
    passed = [*nodes_before(function.node.body, used.call.node)]
    if function in identified:
        yield passed
        return
    for caller in code.calls.get(function.name, ()):
        around = caller.call.function
        if around in identified and around is not None and caller.call.name.startswith("self."):
            yield [*nodes_before(around.node.body, caller.call.node), *passed]


def _compares(
    node: cst.CSTNode, functions: Mapping[str, Function], *, called: bool = False
) -> bool:
    """Whether a node looks at whose entry it is, itself or in a function that it calls."""
    if isinstance(node, cst.Attribute):
        name, of = node.attr.value, dotted(node.value)
        if name == "unique_id":
            return of != "self"
        if "mismatch" in name:
            return True
    if isinstance(node, (cst.Attribute, cst.Name)):
        function = None if called else functions.get(dotted(node))
        body = walk(function.node.body) if function is not None else ()
        return any(_compares(each, functions, called=True) for each in body)
    if isinstance(node, cst.Comparison):
        operator = node.comparisons[0].operator
        if isinstance(operator, (cst.Is, cst.IsNot)):  # the two entries
            return "None" not in [dotted(each.comparator) for each in node.comparisons]
        return isinstance(operator, (cst.Equal, cst.NotEqual)) and any(
            isinstance(part, cst.Attribute) and part.attr.value == "data" for part in walk(node)
        )
    return False
