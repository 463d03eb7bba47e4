"""Tests import a credential before custom integrations are enabled.

`async_import_client_credential` and the flow look for the integration. Without the fixture
`enable_custom_integrations`, or with one that runs later, Home Assistant does not find it: *No
application_credentials platform for ...*, and every test of the flow fails. Request that fixture in
the one that imports the credential, or in one with `autouse`.

Source: pytest-homeassistant-custom-component; homeassistant/loader.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.integration import Layout
from appcred.oauth.parsing import problem
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function, PythonDocument
    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC702", "credentials-too-early", Severity.WARNING, layout=Layout.CUSTOM)

_ENABLE = "enable_custom_integrations"

_TESTS = """\
import pytest
from homeassistant.components.application_credentials import async_import_client_credential


@pytest.fixture(autouse={})
def enable({}):
    ...


@pytest.fixture
async def credentials(hass{}):
    await async_import_client_credential(hass, "example", None)
"""


def _tests(autouse: str, first: str, second: str) -> dict[str, str]:
    return {"/tests/conftest.py": _TESTS.format(autouse, first, second)}


EXAMPLES = (
    Example(_tests("True", _ENABLE, "")),
    Example(_tests("False", "", f", {_ENABLE}")),
    Example(_tests("False", _ENABLE, ", enable")),
    Example(_tests("False", _ENABLE, ""), at=("/tests/conftest.py:12:11",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a fixture for all tests that enables them, else for one at each import."""
    documents = {
        path: document
        for path, document in integration.test_modules.items()
        if problem(path, document) is None
        and document.mentions("async_import_client_credential", _ENABLE, "fixture")
    }
    if any(_for_all(document) for document in documents.values()):
        return
    for path, document in documents.items():
        for call in document.index.calls:
            if call.name.rpartition(".")[2] != "async_import_client_credential":
                continue
            if call.function is None or not _enabled(call.function, list(documents.values())):
                yield RULE.at(
                    (path, document),
                    call.node,
                    f"custom integrations are not enabled yet; request the fixture {_ENABLE} "
                    "before this one",
                )


def _enabled(
    function: Function, documents: list[PythonDocument], seen: tuple[Function, ...] = ()
) -> bool:
    """Whether a function asks for the fixture: itself, through another one, or its callers."""
    # A mark does nothing on a fixture.
    marked = function.node.body if _is_fixture(function) else function.node
    if _ENABLE in _parameters(function.node) or _names_it(marked):
        return True
    owner = function.owner.node if function.owner is not None else None
    if owner is not None and any(_names_it(decorator) for decorator in owner.decorators):
        return True
    if function in seen:
        return False
    seen = (*seen, function)
    fixtures = [
        each
        for document in documents
        for each in document.index.functions
        if each.name in _parameters(function.node) and _is_fixture(each)
    ]
    callers = [
        call.function
        for document in documents
        for call in document.index.calls
        if call.name.rpartition(".")[2] == function.name and call.function is not None
    ]
    helps = not _is_fixture(function) and not function.name.startswith("test")
    return any(_enabled(each, documents, seen) for each in (*fixtures, *(callers if helps else ())))


def _is_fixture(function: Function) -> bool:
    return any(
        isinstance(node, cst.Name) and node.value == "fixture"
        for decorator in function.node.decorators
        for node in walk(decorator)
    )


def _names_it(node: cst.CSTNode) -> bool:
    return any(isinstance(each, cst.SimpleString) and _ENABLE in each.value for each in walk(node))


def _for_all(document: PythonDocument) -> bool:
    """Whether a module enables custom integrations for every test."""
    return any(
        _autouse(function.node)
        and (_ENABLE in _parameters(function.node) or _names_it(function.node))
        for function in document.index.functions
    ) or _names_it(document.index.constants.get("pytestmark", cst.Name("none")))


def _autouse(function: cst.FunctionDef) -> bool:
    return any(
        isinstance(node, cst.Arg)
        and node.keyword is not None
        and node.keyword.value == "autouse"
        and isinstance(node.value, cst.Name)
        and node.value.value == "True"
        for decorator in function.decorators
        for node in walk(decorator)
    )


def _parameters(function: cst.FunctionDef) -> set[str]:
    params = function.params
    return {param.name.value for param in (*params.params, *params.kwonly_params)}
