"""`async_setup` imports a credential and does not return True.

Home Assistant treats any other result of `async_setup`, including None, as a failure: neither the
integration nor its entries are set up. The example of the developer documentation ends without
`return True`, and is often copied.

Fix: adds `return True` at the end of a function that has no result there. A `return` without a
value is not changed, because its meaning is unclear.

Source: setup.py of Home Assistant, "Integration %r did not return boolean if setup was
successful".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import rewritten, statements
from appcred.documents.walk import always_exits, returned
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import IMPORT
from appcred.rules.rule import Example, Rule, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC404", "import-setup-result", Severity.ERROR, FixKind.SAFE)

_SETUP = """\
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)


async def async_setup(hass, config):
    # One client for all
    await async_import_client_credential(hass, "example", ClientCredential("id", ""))
{}"""

_MATCH = """\
    match config:
        case {"example": _}:
            return True
        case _:
            return False
"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format("    return True\n")}),
    Example({"__init__.py": _SETUP.format("    return await other(hass)\n")}),
    Example({"__init__.py": "async def async_setup(hass, config):\n    pass\n"}),
    Example({"__init__.py": _SETUP.format(_MATCH)}),
    Example(
        {"__init__.py": _SETUP.format("    if config:\n        return\n    return True\n")},
        at=("__init__.py:11:9",),
    ),
    Example(
        {"__init__.py": _SETUP.format("    if config:\n        return True\n")},
        at=("__init__.py:7:1",),
        after={
            "__init__.py": _SETUP.format("    if config:\n        return True\n    return True\n")
        },
    ),
    Example(
        {"__init__.py": _SETUP.format("")},
        at=("__init__.py:7:1",),
        after={"__init__.py": _SETUP.format("    return True\n")},
    ),
)


_MESSAGE: Final = "nothing, which Home Assistant treats as a failure; return True"


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a set-up that imports and ends without a result, on some way."""
    found = _importing_setup(integration)
    if found is None:
        return
    module, function = found
    for statement in returned(function.node):
        if statement.value is None or dotted(statement.value) == "None":
            yield RULE.at(module, statement, f"this returns {_MESSAGE}", fixable=False)
    if not always_exits(function.node.body):
        yield RULE.at(
            module,
            function.node,
            f"async_setup returns {_MESSAGE}",
            fixable=isinstance(function.node.body, cst.IndentedBlock),
        )


def _importing_setup(integration: Integration) -> tuple[Module, Function] | None:
    """Return async_setup, if it or a function that it calls imports a credential."""
    code = oauth_code(integration)
    imports = code.calls_of(IMPORT)
    module = code.module("") if imports else None
    setup = module.index.function("async_setup") if module is not None else None
    if module is None or setup is None or setup.node.asynchronous is None:
        return None
    called = {call.name for call in module.index.calls if call.function is setup}
    for used in imports:
        function = used.call.function
        if used.module is not module or function is None:
            continue
        if function is setup or (function.owner is None and function.name in called):
            return module, setup
    return None


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Return True at the end."""
    found = _importing_setup(integration)
    if found is None:
        return stale_finding(finding)
    module, function = found
    body = function.node.body
    if not isinstance(body, cst.IndentedBlock) or always_exits(body):
        return stale_finding(finding)
    tree = module.document.module
    new = body.with_changes(body=[*body.body, *statements(tree, "return True\n")])
    return integration.with_file(module.path, rewritten(tree, {body: new}).bytes)
