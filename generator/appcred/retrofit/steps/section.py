"""The section of YAML under one name, where `async_setup` takes it before it looks for it.

Without the section that fails today; the client does not need it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import statements
from appcred.documents.walk import always_exits, contains, names, walk
from appcred.oauth.registration import is_docstring
from appcred.oauth.sources import key_text
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best.other_statements import has_default
from appcred.rules.edit import Edit

if TYPE_CHECKING:
    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

_NAMES: Final = ("conf", "section", "yaml_config")


def name_section(integration: Integration) -> Integration:
    """Give the section a name, with a value where there is none, if it is taken before that test.

    Returns the integration itself where `async_setup` tests for the section first.
    """
    edit = Edit(integration)
    code = edit.code
    module = code.module("")
    function = module.index.function("async_setup") if module is not None else None
    if module is None or function is None or len(function.node.params.params) != 2:
        return integration
    taken = list(_taken(code, module, function))
    body = function.node.body.body
    guard = next((line for line in body if _is_guard(line)), None)
    early = body[: body.index(guard)] if guard is not None else ()
    used = {name.value for name in names(module.document.module)}
    name = next((each for each in _NAMES if each not in used), None)
    if name is None or not any(contains(line, node) for line in early for node in taken):
        return integration
    config = function.node.params.params[1].name.value
    domain = module.document.module.code_for_node(_key(taken[0]))
    described = schema(code)
    if described is not None and any(has_default(key) for key in described.keys):
        text = f"{name} = {config}.get({domain}) or CONFIG_SCHEMA({{{domain}: {{}}}})[{domain}]\n"
    else:
        text = f"{name} = {config}.get({domain}, {{}})\n"
    new = statements(module.document.module, text)
    start = 1 if is_docstring(body[0]) else 0
    for node in taken:
        edit.replace(module, node, cst.Name(name))
    named = Edit(edit.done())
    module = named.code.module("")
    function = module.index.function("async_setup") if module is not None else None
    if module is None or function is None:
        return integration
    block = cst.ensure_type(function.node.body, cst.IndentedBlock)
    lines = [*block.body[:start], *new, *block.body[start:]]
    named.replace(module, block, block.with_changes(body=lines))
    return named.done()


def _taken(code: OAuthCode, module: Module, function: Function) -> list[cst.Subscript]:
    """Return where a function takes the section, and fails if there is none."""
    config = function.node.params.params[1].name.value
    return [
        node
        for node in walk(function.node.body)
        if isinstance(node, cst.Subscript)
        and dotted(node.value) == config
        and key_text(code, module, _key(node)) == code.integration.domain
    ]


def _key(node: cst.Subscript) -> cst.BaseExpression:
    return cst.ensure_type(node.slice[0].slice, cst.Index).value


def _is_guard(line: cst.CSTNode) -> bool:
    """Whether a statement leaves where there is no section: `if DOMAIN not in config`."""
    test = line.test if isinstance(line, cst.If) and always_exits(line.body) else None
    return (
        isinstance(test, cst.Comparison)
        and len(test.comparisons) == 1
        and isinstance(test.comparisons[0].operator, cst.NotIn)
    )
