"""`async_setup` imports a credential and does not return True.

Home Assistant takes any other result of `async_setup`, None included, for a failure: the
integration is not set up at all, its entries neither. The example of the developer documentation
ends without `return True`, and is often copied.

Fix: `return True` at the end, for a function that otherwise runs off it.

Source: setup.py of Home Assistant, "Integration %r did not return boolean if setup was
successful".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.rewriting import rewritten, statements
from appcred.documents.walk import returned
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import IMPORT
from appcred.rules.form import Example, Rule, gone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import Module
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

EXAMPLES = (
    Example({"__init__.py": _SETUP.format("    return True\n")}),
    Example({"__init__.py": _SETUP.format("    return await other(hass)\n")}),
    Example({"__init__.py": "async def async_setup(hass, config):\n    pass\n"}),
    Example(
        {"__init__.py": _SETUP.format("")},
        at=("__init__.py:7:1",),
        after={"__init__.py": _SETUP.format("    return True\n")},
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a set-up that imports and ends without a result."""
    found = _found(integration)
    if found is not None:
        module, function = found
        yield RULE.at(
            module,
            function.node,
            "this returns nothing, which Home Assistant takes for a failure; return True",
        )


def _found(integration: Integration) -> tuple[Module, Function] | None:
    code = oauth_code(integration)
    for used in code.calls_of(IMPORT):
        function = used.call.function
        if used.module.name or function is None or function.name != "async_setup":
            continue
        last = function.node.body.body[-1] if function.node.body.body else None
        ends = isinstance(last, cst.SimpleStatementLine) and any(
            isinstance(small, (cst.Return, cst.Raise)) for small in last.body
        )
        nothing = any(each.value is None for each in returned(function.node))
        open_end = not ends and not isinstance(last, (cst.If, cst.Try, cst.With))
        if open_end or nothing:
            return used.module, function
    return None


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Return True at the end."""
    found = _found(integration)
    if found is None:
        return gone(finding)
    module, function = found
    body = function.node.body
    tree = module.document.module
    if any(each.value is None for each in returned(function.node)) or not isinstance(
        body, cst.IndentedBlock
    ):
        return ManualWork(
            module.path,
            finding.line,
            "async_setup returns nothing in several places",
            "let each of them return True",
        )
    new = body.with_changes(body=[*body.body, *statements(tree, "return True\n")])
    return integration.with_file(module.path, rewritten(tree, {body: new}).bytes)
