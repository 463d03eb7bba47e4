"""Which entry a flow changes, and whether it is of the account that logged in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import nodes_before, walk
from appcred.oauth.registration import assignments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Used

ENTRY_UPDATES: Final = (
    "async_update_reload_and_abort",
    "async_update_and_abort",
    "async_update_entry",
)
"""The calls by which a flow changes an entry that there is."""

_LEAD_TO_IT: Final = ("async_set_unique_id", "async_entry_for_domain_unique_id")


def one_for_all(code: OAuthCode, used: Used) -> bool:
    """Whether a call of `async_set_unique_id` gives every account the same one."""
    node = used.call.argument("unique_id", 0)
    return code.text(used.module, node) is not None or dotted(node) == "DOMAIN"


def found_by_unique_id(used: Used) -> bool:
    """Whether one of those calls changes the entry that the unique id itself led to."""
    entry, function = used.call.argument("entry", 0), used.call.function
    if function is None or not isinstance(entry, cst.Name):
        return False
    return any(
        isinstance(node, cst.Attribute) and node.attr.value in _LEAD_TO_IT
        for value in assignments(function.node, entry.value)
        for node in walk(value)
    )


_LOOKS: Final = re.compile(
    rb"_abort_if_unique_id_configured|_async_abort_entries_match|_async_current_|self\.unique_id"
    rb"|async_entries(?!_for_)|async_loaded_entries|async_has_entries|_without_unique_id"
    rb"|async_entry_for_domain_unique_id|already_configured|single_instance_allowed"
)
"""Words of code that asks in some way whether there is an entry of the account."""


def replacing(code: OAuthCode) -> Iterator[Used]:
    """Yield the calls of a flow that create an entry over the one with the same unique id.

    Certainly so: a method of the flow has set the unique id, dropped what that returned, and gone
    on, there or in a helper method, with nothing that could end it but for flows of another source.
    """
    if code.integration.manifest.get("single_config_entry") is True:
        return
    modules = code.integration.modules.values()
    if any(_LOOKS.search(document.content) for document in modules):
        return
    if not all(_result_dropped(used) for used in code.flow_calls("async_set_unique_id")):
        return
    owners = {
        id(own.node)
        for flow in code.handlers
        if code.is_whole(flow)
        for own in code.own_classes(flow)
    }
    for used in code.flow_calls("async_create_entry", "async_oauth_create_entry"):
        of = used.call.name.rpartition(".")[0]
        if of not in ("self", "?") or id(used.call.owner) not in owners:
            continue
        for passed in ways_to(code, used):
            at = [index for index, part in enumerate(passed) if _sets(part)]
            if at and all(_goes_on(part) for part in passed[at[-1] + 1 :]):
                yield used
                break


def ways_to(code: OAuthCode, used: Used, depth: int = 3) -> Iterator[list[cst.CSTNode]]:
    """Yield what has run before a call: in its function, and in the methods that call that one."""
    function = used.call.function
    if function is None:
        return
    passed = [*nodes_before(function.node.body, used.call.node)]
    yield passed
    if depth and function.owner is not None:
        for caller in code.calls.get(function.name, ()):
            if caller.call.name == f"self.{function.name}" and caller.call.function is not function:
                for earlier in ways_to(code, caller, depth - 1):
                    yield [*earlier, *passed]


def _set_by(node: cst.CSTNode) -> cst.Call | None:
    """Return the call of a statement that is nothing but `await self.async_set_unique_id(…)`."""
    awaited = node.value if isinstance(node, cst.Expr) else None
    call = awaited.expression if isinstance(awaited, cst.Await) else None
    named = isinstance(call, cst.Call) and dotted(call.func) == "self.async_set_unique_id"
    return call if named and isinstance(call, cst.Call) else None


def _result_dropped(used: Used) -> bool:
    function = used.call.function
    return function is not None and any(
        _set_by(node) is used.call.node for node in walk(function.node.body)
    )


def _sets(part: cst.CSTNode) -> bool:
    """Whether a statement itself, not one in it, sets a unique id."""
    statements = part.body if isinstance(part, cst.SimpleStatementLine) else ()
    calls = [call for each in statements if (call := _set_by(each)) is not None]
    return any(call.args and dotted(call.args[0].value) != "None" for call in calls)


def _goes_on(part: cst.CSTNode) -> bool:
    """Whether what has run cannot have ended a new login on purpose.

    A statement can where it hands the flow on, a condition where it asks for more than the source.
    """
    if isinstance(part, cst.Comparison):
        return dotted(part.left) == "self.source"
    if not isinstance(part, cst.SimpleStatementLine):
        return False
    nodes = [*walk(part)]
    handed_on = [
        node
        for node in nodes
        if isinstance(node, cst.Call)
        and (
            dotted(node.func).startswith(("self.", "super"))
            or any(dotted(argument.value).startswith("self") for argument in node.args)
        )
    ]
    return not any(isinstance(node, cst.Raise) for node in nodes) and all(
        dotted(node.func) == "self._abort_if_unique_id_mismatch" for node in handed_on
    )
