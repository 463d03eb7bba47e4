"""Which entry a flow changes, and whether it is of the account that logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.registration import assignments

if TYPE_CHECKING:
    from appcred.oauth.code import OAuthCode, Used

ENTRY_UPDATES: Final = (
    "async_update_reload_and_abort",
    "async_update_and_abort",
    "async_update_entry",
)
"""The calls by which a flow changes an entry that there is."""

_LEAD_TO_IT: Final = ("async_set_unique_id", "async_entry_for_domain_unique_id")


def one_for_all(code: OAuthCode, used: Used) -> bool:
    """Say whether a call of `async_set_unique_id` gives every account the same one."""
    node = used.call.argument("unique_id", 0)
    return code.text(used.module, node) is not None or dotted(node) == "DOMAIN"


def found_by_unique_id(used: Used) -> bool:
    """Say whether one of those calls changes the entry that the unique id itself led to."""
    entry, function = used.call.argument("entry", 0), used.call.function
    if function is None or not isinstance(entry, cst.Name):
        return False
    return any(
        isinstance(node, cst.Attribute) and node.attr.value in _LEAD_TO_IT
        for value in assignments(function.node, entry.value)
        for node in walk(value)
    )
