"""The entry functions return a value that some release of the range does not accept.

`async_setup_entry`, `async_unload_entry` and `async_migrate_entry` returned `True` or `False` until
2026.10: without a value the entry fails with *did not return boolean*. Since 2026.11 they return
nothing: in core a bool is an error there, in a custom integration it is still allowed. So in core
they return nothing from 2026.11 on, and in a custom integration a bool as long as it supports an
older release.

Source: ConfigEntry.async_setup in homeassistant/config_entries.py of 2026.10 and of 2026.11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import always_exits, returned, walk
from appcred.finding import Finding, Severity
from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.release import capability
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC506", "entry-function-return", Severity.ERROR)

_ENTRY: Final = ("async_setup_entry", "async_unload_entry", "async_migrate_entry")

_BOOL = "async def async_setup_entry(hass, entry):\n    return True\n"
_NONE = "async def async_setup_entry(hass, entry):\n    entry.runtime_data = hass\n"

_RAISES = "    try:\n        return True\n    except OSError:\n        raise\n"
_GUARD = "    if hass:\n        return\n    return True\n"

EXAMPLES = (
    Example({"__init__.py": _BOOL}, floor="2025.4"),
    Example({"__init__.py": _BOOL}, floor="2026.11"),
    Example({"__init__.py": _BOOL}, floor="2026.10", layout=Layout.CORE),
    Example({"__init__.py": _NONE}, floor="2026.11", layout=Layout.CORE),
    Example({"__init__.py": _BOOL}, floor="2026.11", layout=Layout.CORE, at=("__init__.py:2:5",)),
    Example({"__init__.py": _NONE}, floor="2026.10", at=("__init__.py:1:11",)),
    Example({"__init__.py": _NONE + "    return None\n"}, floor="2026.11", layout=Layout.CORE),
    Example({"__init__.py": _NONE + _RAISES}, floor="2026.10"),
    Example({"__init__.py": _NONE + _GUARD}, floor="2026.10", at=("__init__.py:4:9",)),
)


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Look at the values that the functions return."""
    module = oauth_code(integration).module("")
    if module is None:
        return
    nothing = capability("entry_functions_return_none")
    for name in _ENTRY:
        function = module.index.function(name)
        if function is None or function.node.decorators:
            continue
        values: list[cst.Return] = []
        without: list[cst.Return] = []
        for found in returned(function.node):
            bare = found.value is None or dotted(found.value) == "None"
            (without if bare else values).append(found)
        if integration.layout is Layout.CORE and nothing.at(span.floor):
            for found in values:
                yield RULE.at(
                    module,
                    found,
                    f"{name} must return nothing since {nothing.since}; remove the value",
                )
        elif not nothing.at(span.floor) and not _is_stub(function.node):
            if not always_exits(function.node.body):
                yield RULE.at(
                    module,
                    function.node.name,
                    f"{name} must return a bool before {nothing.since}; return True",
                )
            for found in without:
                yield RULE.at(
                    module,
                    found,
                    f"{name} must return a bool before {nothing.since}; return True",
                )


def _is_stub(function: cst.FunctionDef) -> bool:
    """Whether the function is not a whole one."""
    return not any(
        isinstance(node, (cst.Call, cst.Assign, cst.AnnAssign)) for node in walk(function.body)
    )
