"""What `async_setup` does besides importing a client, and what of that is about YAML alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.helper import PLATFORM
from appcred.oauth.yaml import base_of, index_of, is_alias, is_notice, is_section, reads_section
from appcred.oauth.yaml_schema import key_text, schema
from appcred.retrofit.best.client_statements import starts_flow
from appcred.retrofit.best.registration import IMPORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.yaml import Setup
    from appcred.oauth.yaml_schema import Key


def imports_credential(code: OAuthCode, module: Module, statement: cst.CSTNode) -> bool:
    """Whether a statement imports a credential, itself or through a helper."""
    return _imports(module, statement) or any(importing_helpers(code, module, statement))


def _imports(module: Module, node: cst.CSTNode) -> bool:
    resolve = module.index.resolve
    calls = (each for each in walk(node) if isinstance(each, cst.Call))
    return any(resolve(each.func) == f"{PLATFORM}.{IMPORT}" for each in calls)


def importing_helpers(
    code: OAuthCode, module: Module, statement: cst.CSTNode
) -> Iterator[tuple[Module, Function]]:
    """Yield the functions of the integration that a statement calls, and that import."""
    for node in walk(statement):
        helper = code.called(module, node) if isinstance(node, cst.Call) else None
        if helper is not None and _imports(helper[0], helper[1].node.body):
            yield helper


def rest_of(
    code: OAuthCode, found: Setup, importing: Statement, close: Sequence[Statement]
) -> list[Statement]:
    """Return what `async_setup` does beyond the guard and the credentials."""
    guard = found.guard or found.tried
    start = found.body.index(guard) + 1 if guard in found.body else 0
    rest = [
        statement
        for statement in found.body[start:]
        if statement is not importing
        and statement not in close
        and not is_about(code, found, statement)
    ]
    if guard is None:  # what stands above the import may not need YAML either
        rest = [s for s in rest if not _is_plain_stash(s) or reads_section(found, [s])]
    return rest


def is_about(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Whether a statement is about YAML alone, and not to happen without it.

    A name for the section, a word to the user, a flow that is started because there is YAML.
    """
    return (
        is_alias(code, found, statement)
        or is_notice(statement)
        or is_unread_stash(code, found, statement)
        or (starts_flow(statement) and not reads_section(found, [statement]))
    )


def only_client(code: OAuthCode, keys: tuple[str, ...]) -> bool:
    """Whether the section holds nothing but the credentials."""
    described = schema(code)
    return described is None or all(key.name in keys for key in described.keys)


def has_default(key: Key) -> bool:
    """Whether a key of the schema has a value where YAML has none."""
    call = key.element.key
    return isinstance(call, cst.Call) and any(
        argument.keyword is not None and argument.keyword.value == "default"
        for argument in call.args
    )


def is_unread_stash(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Whether a statement keeps the section in `hass.data`, where nothing reads it."""
    target = _stash_target(statement)
    if target is None or not isinstance(statement, cst.SimpleStatementLine):
        return False
    small = statement.body[0]
    if not isinstance(small, cst.Assign):
        return False
    if not is_section(code, found.module, found.config, found.sections, small.value):
        return False
    key = key_text(code, found.module, index_of(target))
    return key is not None and not _is_read(code, found, target, key)


def _is_plain_stash(statement: Statement) -> bool:
    return _stash_target(statement) is not None


def _stash_target(statement: Statement) -> cst.Subscript | None:
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        small = statement.body[0]
        if isinstance(small, cst.Assign) and len(small.targets) == 1:
            target = small.targets[0].target
            in_data = dotted(base_of(target)).endswith("hass.data")
            if isinstance(target, cst.Subscript) and in_data:
                return target
    return None


def _is_read(code: OAuthCode, found: Setup, target: cst.Subscript, key: str) -> bool:
    """Whether any subscript or `get` but this one uses a key, other than of the configuration.

    The section of YAML and what is kept of it often go by the same key, the domain.
    """
    sections = {
        id(node)
        for node in walk(found.function.node.body)
        if isinstance(node, (cst.Subscript, cst.Call))
        and is_section(code, found.module, found.config, found.sections, node)
    }
    for name in code.integration.modules:
        module = code.module(name)
        if module is None:
            return True
        for node in walk(module.document.module):
            if id(node) in sections:
                continue
            if isinstance(node, cst.Subscript) and node is not target:
                if key_text(code, module, index_of(node)) == key:
                    return True
            elif (
                isinstance(node, cst.Call)
                and node.args
                and dotted(node.func).endswith(".get")
                and key_text(code, module, node.args[0].value) == key
            ):
                return True
    return False
