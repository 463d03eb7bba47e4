"""Tests import a credential before custom integrations are enabled.

`async_import_client_credential` and the flow look for the integration. Without the fixture
`enable_custom_integrations`, or with one that runs later, Home Assistant does not find it: *No
application_credentials platform for ...*, and every test of the flow fails or, worse, is written
around it. Ask for that fixture in the one that imports the credential, or in one with `autouse`.

Source: pytest-homeassistant-custom-component; homeassistant/loader.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.integration import Layout
from appcred.oauth.code import problem
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import PythonDocument
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
    Example(_tests("False", _ENABLE, ""), at=("/tests/conftest.py:12:11",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a fixture for all tests that enables them, else for one at each import."""
    documents = {
        path: document
        for path, document in integration.test_modules.items()
        if problem(path, document) is None
        and document.mentions("async_import_client_credential", _ENABLE)
    }
    if any(_for_all(document) for document in documents.values()):
        return
    for path, document in documents.items():
        for call in document.index.calls:
            if call.name.rpartition(".")[2] != "async_import_client_credential":
                continue
            function = call.function
            if function is None or _ENABLE not in _parameters(function.node):
                yield RULE.at(
                    (path, document), call.node, f"ask for the fixture {_ENABLE} before this"
                )


def _for_all(document: PythonDocument) -> bool:
    """Say whether a module enables custom integrations for every test."""
    return any(
        _autouse(function.node)
        and (
            _ENABLE in _parameters(function.node)
            or any(
                isinstance(node, cst.SimpleString) and _ENABLE in node.value
                for node in walk(function.node)
            )
        )
        for function in document.index.functions
    ) or any(
        isinstance(node, cst.SimpleString) and _ENABLE in node.value
        for node in walk(document.index.constants.get("pytestmark", cst.Name("none")))
    )


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
    return {param.name.value for param in function.params.params}
