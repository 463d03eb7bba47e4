"""Manual steps after a generation: the places, and the code to write there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import imports_of
from appcred.documents.json import place
from appcred.documents.python import PythonDocument
from appcred.documents.walk import names, walk
from appcred.finding import ManualWork
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import is_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.names import Module

SETUP_ENTRY: Final = "async_setup_entry"
ICONS: Final = "icons.json"

_UNFIT: Final = {
    "entity": "defines entities for other integrations",
    "hardware": "is the hardware that Home Assistant runs on",
    "helper": "is a helper and has no account",
    "system": "is part of Home Assistant itself",
    "virtual": "is virtual: it has no code and points to another integration",
}
"""The integration types that sign in to nothing, and why."""

_PLATFORM_SETUPS: Final = (
    *("async_setup_platform", "setup_platform"),
    *("async_get_service", "get_service"),
    *("async_get_scanner", "get_scanner", "async_setup_scanner", "setup_scanner"),
    *("async_get_engine", "get_engine"),
)
"""The functions that Home Assistant sets up a platform of YAML with."""


def unfit(integration: Integration) -> ManualWork | None:
    """Return why an integration is none that people sign in to, by what its manifest says."""
    kind = integration.manifest.get("integration_type")
    if kind not in _UNFIT:
        return None
    path = integration.path(MANIFEST)
    line, _ = place(integration.files[path].content, ["integration_type"])
    todo = "if users sign in to it, write device, hub or service there and run this again"
    other = integration.manifest.get("supported_by")
    if isinstance(other, str):
        todo = f"add OAuth2 to {other}, which supports this one"
    return ManualWork(path, line, f"an integration of type {kind} {_UNFIT[kind]}", todo)


def other_flow(integration: Integration) -> tuple[Module, int] | None:
    """Return the module of a config flow that is not OAuth2's, and the line where it begins."""
    module = oauth_code(integration).module("config_flow")
    if module is None:
        return None
    for found in module.index.classes:
        if any(base.rpartition(".")[2].endswith("Flow") for base in found.bases):
            return module, module.document.position(found.node).line
    return module, 1


def flow_work(module: Module, line: int, *, with_platform: bool) -> ManualWork:
    """Say what becomes of a flow of another kind."""
    todo = (
        "derive it from AbstractOAuth2FlowHandler of "
        "homeassistant.helpers.config_entry_oauth2_flow, with DOMAIN and logger; ask for the "
        "rest in async_oauth_create_entry"
    )
    if not with_platform:
        todo += "; then run this again with --select APC1 to write its platform"
    return ManualWork(
        module.path, line, "this flow signs in without OAuth2 and was not changed", todo
    )


def entry_work(integration: Integration) -> Iterator[ManualWork]:
    """Return what the setup of an entry needs if a flow of another kind created the entries."""
    module = oauth_code(integration).module("")
    function = module.index.function(SETUP_ENTRY) if module is not None else None
    if module is not None and function is not None:
        yield ManualWork(
            module.path,
            module.document.position(function.node).line,
            "this sets up entries without a token",
            "get the implementation with async_get_config_entry_implementation, create an "
            "OAuth2Session from it and the entry, and await its async_ensure_token_valid(). "
            "Raise ConfigEntryAuthFailed for an entry without auth_implementation in its "
            "data, so that users of older entries are asked to sign in",
        )


def own_setup(integration: Integration, emitted: bytes) -> Iterator[ManualWork]:
    """Say what goes into an `async_setup_entry` that is there already."""
    module = oauth_code(integration).module("")
    function = module.index.function(SETUP_ENTRY) if module is not None else None
    if module is None or function is None:
        return
    new = PythonDocument(emitted)
    wanted = new.index.function(SETUP_ENTRY)
    if wanted is None:
        return
    parts = list(own_lines(wanted))
    used = {name.value for part in parts for name in names(part)}
    imported = [
        f"from {one.module} import {one.name}"
        for statement in new.module.body
        if isinstance(statement, cst.SimpleStatementLine)
        for one in imports_of(statement)
        if one.local in used
    ]
    text = "".join(new.module.code_for_node(part) for part in parts)
    lines = [*imported, *text.strip("\n").splitlines()]
    yield ManualWork(
        module.path,
        module.document.position(function.node).line,
        "this already sets up entries and was not changed",
        "begin it with this, and make its requests with entry.runtime_data:\n"
        + "\n".join(f"        {line}" for line in lines),
    )


def own_icons(integration: Integration, emitted: bytes | None) -> Iterator[ManualWork]:
    """Say what goes into an icons.json that is there already."""
    path = integration.path(ICONS)
    if emitted is not None and (integration.root / path).exists():
        wanted = json.dumps(json.loads(emitted))
        yield ManualWork(path, 1, "icons.json already exists and was not changed", f"add: {wanted}")


def own_lines(function: Function) -> Iterator[cst.BaseStatement | cst.BaseSmallStatement]:
    """Yield what a function of the template does, without its docstring and what it returns."""
    for statement in function.node.body.body:
        if not is_docstring(statement) and not returns(statement):
            yield statement


def returns(statement: cst.CSTNode) -> bool:
    """Whether a statement ends its function."""
    return isinstance(statement, cst.SimpleStatementLine) and any(
        isinstance(node, cst.Return) for node in walk(statement)
    )


def platforms(integration: Integration) -> Iterator[ManualWork]:
    """Say what still sets up from YAML alone."""
    code = oauth_code(integration)
    for name, document in integration.modules.items():
        if not name or "." in name or not document.mentions(*_PLATFORM_SETUPS):
            continue
        module = code.module(name)
        if module is None:
            continue
        found = (module.index.function(each) for each in _PLATFORM_SETUPS)
        function = next((each for each in found if each is not None), None)
        if function is None or module.index.function(SETUP_ENTRY) is not None:
            continue
        yield ManualWork(
            module.path,
            module.document.position(function.node).line,
            f"{name}.py is set up from YAML alone, which keeps working",
            "to set it up from an entry too, add async_setup_entry(hass, entry, "
            "async_add_entities) here, with the API client from entry.runtime_data; in "
            f"__init__.py, forward the entry to Platform.{name.upper()} at the end of "
            "async_setup_entry, and unload it in async_unload_entry",
        )
