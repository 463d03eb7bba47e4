"""A client of YAML that other code reads from `hass.data` is put there with each entry.

Without YAML there is none in `async_setup`, and the one that counts is the entry's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, filled, statement_of, statements, with_leading
from appcred.documents.walk import has_comment, names, walk
from appcred.oauth.registration import Value
from appcred.oauth.sources import Origin, evaluator
from appcred.oauth.yaml import base_of
from appcred.retrofit.best.key_reads import behind, find_key_reads, holder
from appcred.retrofit.steps.form import is_after_pick
from appcred.rules.edit import Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module


def store_with_entry(integration: Integration, keys: Mapping[str, str]) -> Integration:
    """Let `async_setup_entry` keep in `hass.data` what `async_setup` kept of the client there.

    `keys` has the attribute of an implementation by the key of YAML. Returns the integration itself
    where nothing reads it, or where an entry has no implementation at hand.
    """
    edit = Edit(integration)
    code = edit.code
    module = code.module("")
    setup = module.index.function("async_setup") if module is not None else None
    entry = module.index.function("async_setup_entry") if module is not None else None
    found = holder(module, entry) if module is not None and entry is not None else None
    if module is None or setup is None or entry is None or found is None:
        return integration
    if not _is_read_later(code, setup, keys):
        return integration
    line = statement_of(module.document.module, found)
    same_hass = setup.node.params.params[0].name.value == entry.node.params.params[0].name.value
    moved: list[Statement] = []
    for each in walk(setup.node.body, into_functions=False):
        if isinstance(each, cst.SimpleStatementLine) and len(each.body) == 1:
            name = dotted(found.targets[0].target)
            new = _of_implementation(code, module, setup, each, keys, name)
            if new is not None and same_hass:
                edit.replace(module, each, REMOVED)
                moved.append(new)
    if not moved or not isinstance(line, cst.SimpleStatementLine):
        return integration
    edit.replace(module, line, [line, *moved])
    return edit.done()


def _is_read_later(code: OAuthCode, setup: Function, keys: Mapping[str, str]) -> bool:
    """Whether code reads the client from `hass.data`, and all of it once an entry is set up."""
    found = [
        each
        for each in find_key_reads(code, keys)
        if each.function is not setup
        and dotted(behind(each.function, each.base)).endswith("hass.data")
    ]
    return bool(found) and not any(
        flow.node is each.function.owner and not is_after_pick(code, flow, each.function)
        for each in found
        for flow in code.flows
    )


def _of_implementation(
    code: OAuthCode,
    module: Module,
    setup: Function,
    line: cst.SimpleStatementLine,
    keys: Mapping[str, str],
    name: str,
) -> Statement | None:
    """Return a statement that keeps the client in `hass.data`, with it from an implementation."""
    small = line.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target, value = small.targets[0].target, small.value
    elif (
        isinstance(small, cst.Expr)
        and isinstance(small.value, cst.Call)
        and dotted(small.value.func).endswith("hass.data.setdefault")
        and len(small.value.args) == 2
    ):
        data = cst.ensure_type(small.value.func, cst.Attribute).value
        key = cst.SubscriptElement(cst.Index(small.value.args[0].value))
        target, value = cst.Subscript(data, [key]), small.value.args[1].value
    else:
        return None
    if not dotted(base_of(target)).endswith("hass.data"):
        return None
    values: dict[str, cst.BaseExpression] = {"TARGET": target}
    lines = []
    elements = value.elements if isinstance(value, cst.Dict) else (None,)
    for number, each in enumerate(elements):
        part = value if each is None else each.value
        own = _attribute(code, Value(module, setup, part), keys, name)
        if own is None or (each is not None and not isinstance(each, cst.DictElement)):
            return None
        values[f"VALUE{number}"] = own
        if isinstance(each, cst.DictElement):
            values[f"KEY{number}"] = each.key
            lines.append(f"    KEY{number}: VALUE{number},\n")
    if not elements or has_comment(line):
        return None
    known = {*module.index.constants, *module.index.imports, "hass", name}
    if any(used.value not in known for each in values.values() for used in names(each)):
        return None
    text = f"TARGET = {{\n{''.join(lines)}}}\n" if lines else "TARGET = VALUE0\n"
    (new,) = statements(module.document.module, text)
    small = cst.ensure_type(cst.ensure_type(new, cst.SimpleStatementLine).body[0], cst.Assign)
    assigned = small.with_changes(
        targets=[cst.AssignTarget(cst.ensure_type(target, cst.Subscript))],
        value=filled(small.value, values),
    )
    return with_leading(new.with_changes(body=[assigned]), line.leading_lines)


def _attribute(
    code: OAuthCode, value: Value, keys: Mapping[str, str], name: str
) -> cst.Attribute | None:
    """Return what an implementation has instead of a part of the client in YAML."""
    sources = evaluator(code.integration).of(value)
    found = {each.path[-1] for each in sources if each.path}
    if not sources or any(each.origin is not Origin.YAML for each in sources):
        return None
    if len(found) != 1 or not found <= keys.keys():
        return None
    return cst.Attribute(cst.Name(name), cst.Name(keys[found.pop()]))
