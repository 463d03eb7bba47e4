"""Tests of the integration's own that expect what is no more; they stay, and it is said of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import text, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.parsing import problem
from appcred.oauth.registration import registrations
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best.flow_tests import FROM_YAML

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from appcred.documents.python import PythonDocument
    from appcred.integration import Integration

_MISSING: Final = re.compile(rb"""(["'])missing_configuration\1""")


def expecting(before: Integration, after: Integration) -> Iterator[str]:
    """Yield the tests that expect the reason a flow without a client ended with until now."""
    if oauth_code(before).has_platform or not oauth_code(after).has_platform:
        return
    for path, document in after.test_modules.items():
        for number, line in enumerate(document.content.splitlines(), 1):
            if _MISSING.search(line):
                yield (
                    f"{path}:{number}: this test expects missing_configuration; a flow "
                    "without a client now ends with missing_credentials"
                )


def making(before: Integration, after: Integration) -> Iterator[str]:
    """Yield the tests that make an implementation of the integration's own as before."""
    understood = registrations(before).understood
    classes = {each.own_class.name for each in understood if each.own_class is not None}
    if not classes or not oauth_code(after).has_platform or registrations(after).found:
        return
    for path, document in after.test_modules.items():
        if not document.mentions(*classes) or problem(path, document) is not None:
            continue
        for call in document.index.calls:
            head, _, name = call.name.rpartition(".")
            if name in classes and before.domain in head.split("."):
                line = document.position(call.node).line
                yield (
                    f"{path}:{line}: this creates {name} with its old arguments; store a "
                    "credential with async_import_client_credential there"
                )


def setting_up(before: Integration, after: Integration) -> Iterator[str]:
    """Yield the tests that set the integration up with a client in YAML, once that is not read."""
    was, now = (schema(oauth_code(each)) for each in (before, after))
    kept = {key.name for key in now.keys} if now is not None else set()
    gone = {key.name for key in was.keys if key.name is not None} - kept if was is not None else ()
    for path, document in after.test_modules.items():
        # A test of the import itself is spoken of already.
        if not document.mentions("async_setup_component") or document.mentions(FROM_YAML):
            continue
        if not gone or problem(path, document) is not None:
            continue
        for call in document.index.calls:
            if call.name.rpartition(".")[2] != "async_setup_component":
                continue
            if text(call.argument("domain", 1)) not in (None, before.domain):
                continue
            config = call.argument("config", 2)
            if config is not None and (keys := sorted(_keys(document, config, gone))):
                line = document.position(call.node).line
                yield (
                    f"{path}:{line}: this sets up {before.domain} with {' and '.join(keys)} in "
                    "YAML, which is no longer read; import the client with "
                    "async_import_client_credential there"
                )


def _keys(
    document: PythonDocument, config: cst.BaseExpression, wanted: Collection[str]
) -> set[str]:
    """Return which of some keys a configuration has, through the constants of its module."""
    found: set[str] = set()
    pending: list[cst.CSTNode] = [config]
    seen: set[str] = set()
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, cst.DictElement):
                # Home Assistant's constants are named after their values.
                key = text(node.key) or dotted(node.key).rpartition(".")[2]
                known = key.removeprefix("CONF_").lower() if key.startswith("CONF_") else key
                found |= {known} & set(wanted)
            elif isinstance(node, cst.Name) and node.value not in seen:
                seen.add(node.value)
                value = document.index.constants.get(node.value)
                pending += [value] if value is not None else []
    return found
