"""What `async_setup` keeps of its section in `hass.data`, where nothing reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.yaml import base_of, index_of, is_section
from appcred.oauth.yaml_schema import key_text

if TYPE_CHECKING:
    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup


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
