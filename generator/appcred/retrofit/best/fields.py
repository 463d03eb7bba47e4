"""The client's two fields taken out of the flow: from forms, from `self`, from entries' data.

A flow that needs the client for anything but signing in is work for a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, statement_of, with_elements
from appcred.documents.walk import LEVELS, parents, targets, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Value, is_docstring
from appcred.oauth.sources import Origin, evaluator, parameters
from appcred.oauth.yaml import index_of
from appcred.oauth.yaml_schema import key_text
from appcred.retrofit.best.flow_steps import (
    asks_nothing,
    without_empty_form,
    without_unused_schema,
)
from appcred.retrofit.best.key_reads import find_key_reads
from appcred.retrofit.best.other_forms import imported_schemas, others, refuse_form
from appcred.retrofit.best.unused_code import without_empty_module, without_texts
from appcred.rules.edit import Edit, stop, stop_if

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member, Module
    from appcred.retrofit.best.key_reads import KeyRead

_MORE: Final = "the flow uses the client for more than signing in"
_TODO: Final = (
    "remove this if it only checks the input, or else use the client of self.flow_impl as "
    "soon as that is set, and run this again"
)
_KEEPING: Final = (
    *("Schema", "extend", "All", "section", "async_show_form", "add_suggested_values_to_schema"),
    *("async_create_entry", "async_oauth_create_entry", "async_update_entry"),
    *("async_update_reload_and_abort", "update", "dict", "MappingProxyType", "len", "bool"),
)
"""What makes a form, or an entry's data, of what it is given."""


def without_fields(
    integration: Integration, keys: tuple[str, ...], *, keep: bool = False
) -> Integration:
    """Take the two fields out of the flow: from forms, from `self`, from entries' data.

    With `keep` entries go on holding the client, so that what reads it from one may stay.
    """
    code = oauth_code(integration)
    schemas: set[tuple[str, str]] = set()
    for number, was in enumerate(code.flows):
        module = was.module.name
        if _leaves_optional(code, was.module, keys):
            integration = _with_empty_answers(integration, number)
        integration = _without_elements(integration, module, keys)
        schemas |= {(home.name, name) for home, name in imported_schemas(code, was, keys)}
    for home, name in sorted(schemas):
        integration = _without_elements(integration, home, keys, within=name)
    for flow in oauth_code(integration).flows:
        integration = _without_assignments(integration, flow, keys)
    for number, was in enumerate(code.flows):
        for step in was.node.methods:
            flow = oauth_code(integration).flows[number]
            if step.startswith("async_step_") and not asks_nothing(
                code, was, was.node.methods[step]
            ):
                integration = without_empty_form(integration, flow, step)
    for home in sorted({home for home, _ in schemas}):
        integration = without_empty_module(without_unused_schema(integration, home), home)
    for was, flow in zip(code.flows, oauth_code(integration).flows, strict=True):
        _nothing_left(integration, was, flow, keys, keep=keep)
        refuse_form(oauth_code(integration), flow, keys)
    return _without_field_texts(integration, keys)


def _leaves_optional(code: OAuthCode, module: Module, keys: tuple[str, ...]) -> bool:
    """Whether a form that loses the client's fields keeps some, and may be sent without any."""
    for node in walk(module.document.module):
        if isinstance(node, cst.Dict):
            kept = [
                each
                for each in node.elements
                if not isinstance(each, cst.DictElement)
                or key_text(code, module, _bare(each.key)) not in keys
            ]
            optional = [
                isinstance(each, cst.DictElement)
                and isinstance(each.key, cst.Call)
                and dotted(each.key.func).rpartition(".")[2] == "Optional"
                and not any(dotted(given.keyword) == "default" for given in each.key.args)
                for each in kept
            ]
            if optional and len(kept) < len(node.elements) and all(optional):
                return True
    return False


def _with_empty_answers(integration: Integration, number: int) -> Integration:
    """Let the steps of a flow take an empty answer for one."""
    edit = Edit(integration)
    flow = edit.code.flows[number]
    for method in flow.node.methods.values():
        answer = next(iter(parameters(method.node)[1:2]), "")
        if not method.name.startswith("async_step_"):
            continue
        for node in walk(method.node.body):
            test = node.test if isinstance(node, (cst.If, cst.IfExp)) else None
            if isinstance(test, cst.Name) and test.value == answer:
                new = cst.parse_expression(f"{answer} is not None")
                edit.replace(flow.module, test, new)
            elif isinstance(test, cst.UnaryOperation) and dotted(test.expression) == answer:
                edit.replace(flow.module, test, cst.parse_expression(f"{answer} is None"))
    return edit.done()


def _without_elements(
    integration: Integration, name: str, keys: tuple[str, ...], *, within: str | None = None
) -> Integration:
    """Take the fields out of the dictionaries of a module, or of one of its constants."""
    edit = Edit(integration)
    code = edit.code
    module = code.module(name)
    if module is None:
        return integration
    apart = {id(each) for other in others(code, module) for each in walk(other)}
    above = parents(module.document.module)
    errors = []
    whole = module.index.constants[within] if within is not None else module.document.module
    for node in walk(whole):
        if not isinstance(node, cst.Dict) or id(node) in apart:
            continue
        kept = [
            e
            for e in node.elements
            if not isinstance(e, cst.DictElement)
            or key_text(code, module, _bare(e.key)) not in keys
        ]
        if len(kept) == len(node.elements):
            continue
        marked = all(isinstance(e.key, cst.Call) for e in _elements(node) if e not in kept)
        if not marked and _goes_elsewhere(module, above, node):
            errors.append(stop(module, node, _MORE, _TODO))
            continue
        statement = statement_of(module.document.module, node)
        if not kept and isinstance(statement, cst.SimpleStatementLine) and _adds(statement, node):
            edit.replace(module, statement, REMOVED)
            continue
        around = above.get(id(node))
        if not kept and isinstance(around, cst.BinaryOperation) and _merges(around):
            edit.replace(module, around, around.left if around.right is node else around.right)
            continue
        edit.replace(module, node, with_elements(node, kept))
    stop_if(errors)
    return edit.done()


def _elements(node: cst.Dict) -> list[cst.DictElement]:
    return [each for each in node.elements if isinstance(each, cst.DictElement)]


def _goes_elsewhere(module: Module, above: dict[int, cst.CSTNode], node: cst.CSTNode) -> bool:
    """Whether a dictionary is handed to what is neither a form nor an entry: to a request."""
    while isinstance(around := above.get(id(node)), (cst.BaseExpression, cst.Arg)):
        if isinstance(node, cst.Arg) and isinstance(around, cst.Call):
            return not _keeps(around)
        node = around
    named = {dotted(each) for each in targets(around) if not isinstance(each, cst.Subscript)}
    return any(
        dotted(argument.value) in named and not _keeps(call.node)
        for call in module.index.calls
        for argument in call.node.args
    )


def _keeps(call: cst.Call) -> bool:
    """Whether a call makes a form, or puts what it is given into an entry or its data."""
    name = dotted(call.func).rpartition(".")[2]
    if isinstance(call.func, cst.Attribute):
        name = call.func.attr.value  # also of `super()`
    return name in _KEEPING or name in LEVELS or name.startswith("async_step_")


def _adds(line: cst.SimpleStatementLine, node: cst.Dict) -> bool:
    """Whether a statement adds a dictionary to something, and does nothing else."""
    (small, *others) = line.body
    if isinstance(small, cst.AugAssign):
        adds = isinstance(small.operator, cst.BitOrAssign) and small.value is node
        return adds and not others and bool(dotted(small.target))
    call = small.value if isinstance(small, cst.Expr) and not others else None
    return (
        isinstance(call, cst.Call)
        and dotted(call.func).endswith(".update")
        and [argument.value for argument in call.args] == [node]
    )


def _bare(key: cst.BaseExpression) -> cst.BaseExpression:
    return key.args[0].value if isinstance(key, cst.Call) and key.args else key


def _without_assignments(
    integration: Integration, flow: Member, keys: tuple[str, ...]
) -> Integration:
    """Take out what kept the client between the steps of the flow."""
    edit = Edit(integration)
    code, module = edit.code, flow.module
    kept_in = {
        f"self.{name}" for name, _ in _given(flow) if _is_client(code, module, flow, name, keys)
    }
    for method in flow.node.methods.values():
        gone = []
        for node in walk(method.node.body, into_functions=False):
            if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
                continue
            small = node.body[0]
            given = targets(small)
            if not given:
                continue
            subscripts = [t for t in given if isinstance(t, cst.Subscript)]
            if all(dotted(t) in kept_in for t in given) or (
                subscripts and all(key_text(code, module, index_of(t)) in keys for t in subscripts)
            ):
                gone.append(node)
        block = method.node.body
        rest = [s for s in block.body if s not in gone and not is_docstring(s) and not _is_super(s)]
        if gone and method.name == "__init__" and not rest:
            edit.replace(module, method.node, REMOVED)
            continue
        for statement in gone:
            edit.replace(module, statement, REMOVED)
    for attribute in flow.node.attributes:
        if f"self.{attribute}" in kept_in:
            declared = _class_statement(flow, attribute)
            if declared is not None:
                edit.replace(module, declared, REMOVED)
    return edit.done()


def _given(flow: Member) -> Iterator[tuple[str, cst.BaseExpression | None]]:
    """Yield each attribute that a method of a flow gives a value to, and that; none if declared."""
    for method in flow.node.methods.values():
        for node in walk(method.node.body, into_functions=False):
            if isinstance(node, (cst.Assign, cst.AnnAssign)):
                for name in map(dotted, targets(node)):
                    if name.startswith("self.") and name.count(".") == 1:
                        yield name.removeprefix("self."), node.value


def _is_client(
    code: OAuthCode, module: Module, flow: Member, name: str, keys: tuple[str, ...]
) -> bool:
    """Whether an attribute is only ever given the id or the secret, or nothing."""
    values = [value for attribute, value in _given(flow) if attribute == name]
    given = [v for v in values if v is not None and dotted(v) != "None" and not _is_empty(v)]
    return bool(given) and all(_reads(code, module, value, keys) for value in given)


def _is_empty(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.SimpleString) and not value.evaluated_value


def _reads(
    code: OAuthCode, module: Module, value: cst.BaseExpression, keys: tuple[str, ...]
) -> bool:
    while isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        if value.func.attr.value in ("get", "pop") and value.args:
            return key_text(code, module, value.args[0].value) in keys
        value = value.func.value  # user_input[…].strip()
    if isinstance(value, cst.Subscript):
        return key_text(code, module, index_of(value)) in keys
    return False


def _is_super(statement: cst.CSTNode) -> bool:
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        small = statement.body[0]
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
            func = small.value.func
            return (
                isinstance(func, cst.Attribute)
                and func.attr.value == "__init__"
                and isinstance(func.value, cst.Call)
                and dotted(func.value.func) == "super"
            )
    return False


def _class_statement(flow: Member, attribute: str) -> cst.SimpleStatementLine | None:
    for statement in flow.node.node.body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if attribute in map(dotted, targets(small)):
                    return statement
    return None


def _nothing_left(
    integration: Integration, was: Member, flow: Member, keys: tuple[str, ...], *, keep: bool
) -> None:
    """Raise StopError if the flow still uses what it no longer asks for."""
    code = oauth_code(integration)
    module = flow.module
    assigned = {name for name, _ in _given(flow)} | set(flow.node.attributes)
    before = {name for name, _ in _given(was)} | set(was.node.attributes)
    emptied = _with_value(was) - _with_value(flow)  # what is None for want of another value
    above = parents(module.document.module)
    lost: list[cst.BaseExpression] = [
        node
        for method in flow.node.methods.values()
        for node in walk(method.node)
        if isinstance(node, cst.Attribute)
        and dotted(node) == f"self.{node.attr.value}"
        and node.attr.value in before
        and (node.attr.value not in assigned or node.attr.value in emptied)
        and not isinstance(above.get(id(node)), cst.AssignTarget)
    ]
    lost += [
        reading.node
        for reading in find_key_reads(code, keys)
        if reading.module is module and not (keep and _is_kept(code, reading, flow))
    ]
    errors = []
    for node in lost:
        around = above.get(id(node))
        if _merges(around) or (isinstance(around, cst.Arg) and _merges(above.get(id(around)))):
            form = dotted(node)
            reason = f"cannot tell how the form in {form} is added here"
            todo = f"write this as one dict, {{**data, **{form}}}, and run this again"
        else:
            reason, todo = _MORE, _TODO
        errors.append(stop(module, node, reason, todo))
    stop_if(errors)


def _is_kept(code: OAuthCode, reading: KeyRead, flow: Member) -> bool:
    """Whether what is read is still there, where entries go on holding the client."""
    if reading.function.owner is not flow.node:
        return True
    given = [each.name.value for each in reading.function.node.params.params[1:2]]
    if reading.function.name == "async_oauth_create_entry" and dotted(reading.base) in given:
        return True  # which gets the client before anything else is done there
    found = evaluator(code.integration).of(Value(reading.module, reading.function, reading.node))
    return bool(found) and all(each.origin in (Origin.ENTRY, Origin.NOTHING) for each in found)


def _with_value(flow: Member) -> set[str]:
    """Return the attributes that some statement of a flow gives another value than None."""
    given = [*flow.node.attributes.items(), *_given(flow)]
    return {name for name, value in given if value is not None and dotted(value) != "None"}


def _merges(node: cst.CSTNode | None) -> bool:
    """Whether a node adds dictionaries to each other, each of them as a whole."""
    if isinstance(node, cst.BinaryOperation):
        return isinstance(node.operator, cst.BitOr)
    if isinstance(node, cst.AugAssign):
        return isinstance(node.operator, cst.BitOrAssign)
    return isinstance(node, cst.Call) and dotted(node.func) == "dict" and len(node.args) > 1


def _without_field_texts(integration: Integration, keys: tuple[str, ...]) -> Integration:
    for key in keys:
        for part in ("data", "data_description"):
            for step in _steps(integration):
                integration = without_texts(integration, ("config", "step", step, part, key))
    return integration


def _steps(integration: Integration) -> list[str]:
    config = integration.strings.get("config")
    steps = config.get("step") if isinstance(config, dict) else None
    return list(steps) if isinstance(steps, dict) else []
