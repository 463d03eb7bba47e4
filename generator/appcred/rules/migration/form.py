"""Clients typed into the flow become application credentials, each entry with its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import
from appcred.documents.json import drop
from appcred.documents.python import dotted
from appcred.documents.rewriting import (
    REMOVED,
    contains,
    filled,
    statement_of,
    statements,
    with_blank_above,
    with_leading,
    without_elements,
)
from appcred.documents.walk import names, returned, walk
from appcred.emission import RETROFIT, render
from appcred.finding import ManualWork
from appcred.oauth.code import PLATFORM, oauth_code
from appcred.oauth.registration import Source, is_docstring, registrations
from appcred.oauth.yaml import index_of, is_notice, key_of, key_text
from appcred.rules.migration.classes import (
    as_plain,
    conversion,
    convert_class,
    is_passive,
    remove_class,
)
from appcred.rules.migration.edit import Edit, StopError, stop, stop_if
from appcred.rules.migration.platform import write_platform
from appcred.rules.migration.reads import behind, holder, implementation_before, readings
from appcred.rules.migration.registering import (
    IMPORT,
    domain_expression,
    remove_call,
    remove_factory,
)
from appcred.rules.migration.texts import depend, explain_flow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePosixPath

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import Member, Module, OAuthCode
    from appcred.oauth.registration import Registration
    from appcred.release import Span
    from appcred.rules.migration.reads import Reading

_STEP: Final = "async_step_user"


def migrate(integration: Integration, span: Span) -> Integration:
    """Return the integration without the form for its client, and its entries migrated.

    Raises StopError where a registration is not understood, or cannot be done so.
    """
    found = registrations(integration)
    stop_if([StopError(work) for work in found.manual])
    code = oauth_code(integration)
    for other in found.understood:
        if other.source not in (Source.FORM, Source.ENTRY):
            raise StopError(unknown_client(other))
    first = next((r for r in found.understood if r.source is Source.ENTRY), found.understood[0])
    keys = _entry_keys(code, first)
    _refuse_options(code, keys)
    plan = conversion(code, first)
    result, _ = write_platform(integration, as_plain(first, plan))
    for _each in found.understood:
        site = registrations(result).understood[0]
        result = _without_emptied(_unregister(result, site), site)
    result = remove_factory(result, first)
    if plan is not None:
        result = remove_class(result, plan) if plan.gone else convert_class(result, plan)
    result = _from_implementation(result, keys)
    result = _without_fields(result, keys)
    result = _migrating(result, keys, span)
    result = depend(result)
    return explain_flow(result, span)


def unknown_client(registration: Registration) -> ManualWork:
    """Say what to do about a client that comes from elsewhere, beside those from the flow."""
    module = registration.module
    line, _ = module.document.position(registration.used.call.node)
    value = registration.client_id
    client = value.module.document.module.code_for_node(value.node)
    return ManualWork(
        module.path,
        line,
        f"where this client comes from, {client}, is not understood, beside others from the flow",
        "import each entry's client in async_migrate_entry under an auth domain of its own, take "
        "its fields out of the form, and remove the registrations",
    )


def _entry_keys(code: OAuthCode, found: Registration) -> tuple[str, ...]:
    """Return the keys of an entry's data that hold the id and the secret."""
    if found.source is not Source.ENTRY:
        raise stop(
            found.module,
            found.used.call.node,
            "the client is typed into the flow, and where entries keep it is not understood",
            "register it from entry.data in async_setup_entry, or migrate by hand",
        )
    keys = []
    for value in (found.client_id, found.client_secret):
        if value is None or code.text(value.module, value.node) is not None:
            continue
        key = key_of(code, value)
        if key is None:
            raise stop(
                value.module,
                value.node,
                "which key of the entry this is cannot be told",
                "write it as entry.data[CONF_CLIENT_ID], and run this again",
            )
        keys.append(key)
    return tuple(keys)


# --- registrations -----------------------------------------------------------------------------


def _unregister(integration: Integration, found: Registration) -> Integration:
    """Take one registration out, with the `except` that it stood in."""
    call = found.used.call.node
    tree = found.module.document.module
    for node in walk(tree):
        if not isinstance(node, cst.Try) or node.finalbody is not None:
            continue
        handler = next((h for h in node.handlers if contains(h.body, call)), None)
        if handler is None:
            continue
        others = [
            s
            for s in handler.body.body
            if not contains(s, call) and not any(s.deep_equals(b) for b in node.body.body)
        ]
        caught = dotted(handler.type)
        if len(node.handlers) > 1 or others or caught != "ValueError":
            raise stop(
                found.module,
                handler,
                "more is done where the implementation is missing than to register it",
                "take the registration out by hand, and run this again",
            )
        edit = Edit(integration)
        body = [s for s in node.body.body if isinstance(s, cst.BaseStatement)]
        lines = node.leading_lines
        new = [with_leading(_statement(body[0]), lines), *map(_statement, body[1:])]
        if node.orelse is not None:
            new += [_statement(s) for s in node.orelse.body.body]
        edit.replace(found.module, node, new)
        return edit.done()
    return remove_call(integration, found)


def _calls(line: cst.SimpleStatementLine, methods: Sequence[cst.Attribute]) -> bool:
    """Say whether a statement calls one of some methods of `self`, and does nothing else."""
    small = line.body[0]
    value = small.value if isinstance(small, cst.Expr) and len(line.body) == 1 else None
    call = value.expression if isinstance(value, cst.Await) else value
    return (
        isinstance(call, cst.Call)
        and any(call.func is method for method in methods)
        and dotted(call.func).startswith("self.")
        and not any(isinstance(node, cst.Call) for each in call.args for node in walk(each))
    )


def _without_emptied(integration: Integration, found: Registration) -> Integration:
    """Take out a method of the flow that did nothing but register, with the calls of it."""
    edit = Edit(integration)
    module = edit.code.module(found.module.name)
    flow = next((each for each in edit.code.flows if each.module is module), None)
    method = flow.node.methods.get(found.function.name) if flow is not None else None
    if module is None or method is None or found.function.owner is None:
        return integration
    if not all(is_passive(statement) for statement in method.node.body.body):
        return integration
    tree = module.document.module
    uses = [
        node
        for node in walk(tree)
        if isinstance(node, cst.Attribute) and node.attr.value == method.name
    ]
    lines = [
        node
        for node in walk(tree)
        if isinstance(node, cst.SimpleStatementLine) and _calls(node, uses)
    ]
    # Where nothing calls it, Home Assistant does; and something may know it by another name.
    known = [n for n in names(tree) if n.value == method.name and n is not method.node.name]
    others = (each for name, each in integration.modules.items() if name != module.name)
    known_there = any(each.mentions(method.name) for each in others)
    if not uses or len(lines) < len(uses) or known or known_there:
        return integration
    for line in lines:
        edit.replace(module, line, REMOVED)
    edit.replace(module, method.node, REMOVED)
    return edit.done()


def _statement(node: cst.CSTNode) -> Statement:
    if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
        return node
    raise TypeError("not a statement")


# --- the client's other uses -------------------------------------------------------------------


def _refuse_options(code: OAuthCode, keys: tuple[str, ...]) -> None:
    """Raise StopError if a client may be kept in an entry's options, and not in its data alone."""
    stop_if(
        [
            stop(
                reading.module,
                reading.node,
                f"{reading.key} is read from the entry's options, where users may have changed it",
                "take it out of the options flow, let async_migrate_entry move it from the options "
                "of each entry into its data, and run this again",
            )
            for reading in readings(code, keys)
            if dotted(behind(reading.function, reading.base)).endswith(".options")
        ]
    )


def _from_implementation(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Let what else reads the client from an entry take it from the implementation."""
    edit = Edit(integration)
    code = edit.code
    attributes = dict(zip(keys, ("client_id", "client_secret"), strict=False))
    flows = {flow.module for flow in code.flows}
    left = []
    for reading in readings(code, keys):
        if reading.module in flows or _is_migrating(reading):
            continue
        attribute = attributes[reading.key]
        name = implementation_before(reading)
        if not dotted(behind(reading.function, reading.base)).endswith("entry.data"):
            reason = "may be read from an entry here, which does not keep it any more"
        elif name is None and holder(reading.module, reading.function) is not None:
            reason = "is read from an entry before its implementation is known"
        elif name is None:
            reason = "is read from an entry where no implementation is at hand"
        else:
            new = cst.Attribute(cst.Name(name), cst.Name(attribute))
            edit.replace(reading.module, reading.node, new)
            continue
        todo = (
            f"take it from the entry's implementation, as implementation.{attribute}, and run "
            "this again"
        )
        left.append(stop(reading.module, reading.node, f"the {attribute} {reason}", todo))
    stop_if(left)
    return edit.done()


def _is_migrating(reading: Reading) -> bool:
    return not reading.module.name and reading.function.name == "async_migrate_entry"


# --- the form ----------------------------------------------------------------------------------


def _without_fields(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Take the two fields out of the flow: from forms, from `self`, from entries' data."""
    code = oauth_code(integration)
    for flow in code.flows:
        integration = _without_elements(integration, flow.module.name, keys)
    for flow in oauth_code(integration).flows:
        integration = _without_assignments(integration, flow, keys)
    for number, was in enumerate(code.flows):
        for step in was.node.methods:
            flow = oauth_code(integration).flows[number]
            if step.startswith("async_step_") and not _asks_nothing(was, was.node.methods[step]):
                integration = _without_empty_form(integration, flow, step)
    for was, flow in zip(code.flows, oauth_code(integration).flows, strict=True):
        _nothing_left(integration, was, flow, keys)
    return _without_field_texts(integration, keys)


def _without_elements(integration: Integration, name: str, keys: tuple[str, ...]) -> Integration:
    edit = Edit(integration)
    code = edit.code
    module = code.module(name)
    if module is None:
        return integration
    for node in walk(module.document.module):
        if not isinstance(node, cst.Dict):
            continue
        kept = [
            e
            for e in node.elements
            if not isinstance(e, cst.DictElement)
            or key_text(code, module, _bare(e.key)) not in keys
        ]
        if len(kept) == len(node.elements):
            continue
        statement = statement_of(module.document.module, node)
        if not kept and isinstance(statement, cst.SimpleStatementLine) and _adds(statement, node):
            edit.replace(module, statement, REMOVED)
            continue
        edit.replace(module, node, _fitting(node, kept))
    return edit.done()


def _adds(line: cst.SimpleStatementLine, node: cst.Dict) -> bool:
    """Say whether a statement adds a dictionary to something, and does nothing else."""
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


def _fitting(node: cst.Dict, kept: Sequence[cst.BaseDictElement]) -> cst.Dict:
    return without_elements(node, [each for each in node.elements if each not in kept])


def _without_assignments(
    integration: Integration, flow: Member, keys: tuple[str, ...]
) -> Integration:
    """Take out what kept the client between the steps of the flow."""
    edit = Edit(integration)
    code, module = edit.code, flow.module
    kept_in = {
        f"self.{name}"
        for name, method in _assigned_attributes(flow)
        if _is_client(code, module, flow, name, keys)
    }
    for method in flow.node.methods.values():
        gone = []
        for node in walk(method.node.body, into_functions=False):
            if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
                continue
            small = node.body[0]
            targets: list[cst.BaseExpression] = []
            if isinstance(small, cst.Assign):
                targets = [target.target for target in small.targets]
            elif isinstance(small, cst.AnnAssign):
                targets = [small.target]
            if not targets:
                continue
            subscripts = [t for t in targets if isinstance(t, cst.Subscript)]
            if all(dotted(t) in kept_in for t in targets) or (
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


def _assigned_attributes(flow: Member) -> Sequence[tuple[str, str]]:
    found = []
    for method in flow.node.methods.values():
        for node in walk(method.node.body, into_functions=False):
            targets: list[cst.BaseExpression] = []
            if isinstance(node, cst.Assign):
                targets = [target.target for target in node.targets]
            elif isinstance(node, cst.AnnAssign):
                targets = [node.target]
            for target in targets:
                name = dotted(target)
                if name.startswith("self.") and name.count(".") == 1:
                    found.append((name.removeprefix("self."), method.name))
    return found


def _is_client(
    code: OAuthCode, module: Module, flow: Member, name: str, keys: tuple[str, ...]
) -> bool:
    """Say whether an attribute is only ever given the id or the secret, or nothing."""
    values = []
    for method in flow.node.methods.values():
        for node in walk(method.node.body, into_functions=False):
            if isinstance(node, cst.Assign):
                targets = [target.target for target in node.targets]
            elif isinstance(node, cst.AnnAssign):
                targets = [node.target]
            else:
                continue
            if f"self.{name}" in [dotted(target) for target in targets] and node.value is not None:
                values.append(node.value)
    told = [value for value in values if dotted(value) != "None" and not _is_empty(value)]
    return bool(told) and all(_reads(code, module, value, keys) for value in told)


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
                if isinstance(small, cst.AnnAssign) and dotted(small.target) == attribute:
                    return statement
                if isinstance(small, cst.Assign) and any(
                    dotted(t.target) == attribute for t in small.targets
                ):
                    return statement
    return None


def _without_empty_form(integration: Integration, flow: Member, name: str) -> Integration:
    """Drop a step, if nothing is left that it asks for.

    The first is left to the helper's own; what called another goes on to where that went.
    """
    step = flow.node.methods.get(name)
    if step is None or not _asks_nothing(flow, step):
        return integration
    rest = _more(step.node.body)
    if rest is not None:
        raise stop(
            flow.module,
            rest,
            "this step asks for the client alone, and does more besides",
            "move what else it does to async_oauth_create_entry, and run this again",
        )
    edit = Edit(integration)
    if name != _STEP:
        _pass_by(edit, flow, step)
    edit.replace(flow.module, step.node, REMOVED)
    _forget_input(edit, flow, step.node)
    result = edit.done()
    result = _without_unused_schema(result, flow.module.name)
    return _without_texts(result, ("config", "step", name.removeprefix("async_step_")))


def _pass_by(edit: Edit, flow: Member, step: Function) -> None:
    """Let those who call a step call what it goes on to. Raises StopError if that is unclear."""
    onward = [
        node
        for node in walk(step.node.body)
        if isinstance(node, cst.Call) and dotted(node.func).startswith("self.async_step_")
    ]
    callers = [
        node
        for method in flow.node.methods.values()
        for node in walk(method.node.body)
        if isinstance(node, cst.Call) and dotted(node.func) == f"self.{step.name}"
    ]
    if not callers or len(onward) != 1 or onward[0].args:
        raise stop(
            flow.module,
            step.node,
            "this step asks for the client alone, and who leads to it is not understood",
            "take the step out of the flow, for users enter and change a client under Application "
            "credentials, and run this again",
        )
    for node in callers:
        edit.replace(flow.module, node, onward[0].deep_clone())


def _asks_nothing(flow: Member, function: Function) -> bool:
    """Say whether every form that a step shows has no field."""
    schemas = []
    for node in walk(function.node):
        if isinstance(node, cst.Call) and dotted(node.func).endswith(".async_show_form"):
            given = [a.value for a in node.args if a.keyword and a.keyword.value == "data_schema"]
            schemas += given or [cst.Dict([])]
    found = []
    for schema in schemas:
        if isinstance(schema, cst.Name):
            schema = flow.module.index.constants.get(schema.value, schema)
        mapping = next((n for n in walk(schema) if isinstance(n, cst.Dict)), None)
        found.append(mapping is not None and not mapping.elements)
    return bool(found) and all(found)


def _more(block: cst.BaseSuite) -> cst.CSTNode | None:
    """Return the first statement that is neither about showing the form nor about going on."""
    for statement in block.body:
        if is_docstring(statement):
            continue
        if isinstance(statement, cst.If):
            found = _more(statement.body)
            if found is None and isinstance(statement.orelse, cst.Else):
                found = _more(statement.orelse.body)
            if found is not None or "user_input" not in {n.value for n in names(statement.test)}:
                return found or statement
            continue
        if not isinstance(statement, cst.SimpleStatementLine):
            return statement
        for small in statement.body:
            if isinstance(small, cst.Return) and isinstance(small.value, (cst.Await, cst.Call)):
                call = small.value.expression if isinstance(small.value, cst.Await) else small.value
                name = dotted(call.func) if isinstance(call, cst.Call) else ""
                if name.rpartition(".")[2] in (
                    "async_show_form",
                    "async_step_pick_implementation",
                    "async_step_auth",
                    _STEP,
                ):
                    continue
            if isinstance(small, (cst.Assign, cst.AnnAssign)) and isinstance(small.value, cst.Dict):
                continue  # errors = {}
            if isinstance(small, cst.Pass) or _keeps_input(small):
                continue
            return statement
    return None


def _keeps_input(small: cst.BaseSmallStatement) -> str | None:
    """Return the attribute of `self` that a statement keeps the whole form in, if it does."""
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = dotted(small.targets[0].target)
        if dotted(small.value) == "user_input" and target.startswith("self."):
            return target
    return None


def _forget_input(edit: Edit, flow: Member, step: cst.FunctionDef) -> None:
    """Take out the uses of a form that is gone: spread into an entry's data, or set to nothing."""
    kept = {
        target
        for node in walk(step.body)
        if isinstance(node, cst.BaseSmallStatement) and (target := _keeps_input(node))
    }
    for method in flow.node.methods.values():
        if method.node is step:
            continue
        for node in walk(method.node.body):
            if isinstance(node, cst.Dict):
                rest = [
                    e
                    for e in node.elements
                    if not (isinstance(e, cst.StarredDictElement) and dotted(e.value) in kept)
                ]
                if len(rest) < len(node.elements):
                    only = rest[0] if len(rest) == 1 else None
                    if isinstance(only, cst.StarredDictElement):
                        edit.replace(flow.module, node, only.value)
                    else:
                        edit.replace(flow.module, node, _fitting(node, rest))
            elif isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
                small = node.body[0]
                if isinstance(small, (cst.Assign, cst.AnnAssign)):
                    targets = (
                        [t.target for t in small.targets]
                        if isinstance(small, cst.Assign)
                        else [small.target]
                    )
                    if all(dotted(target) in kept for target in targets):
                        edit.replace(flow.module, node, REMOVED)
                elif isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
                    call = small.value
                    given = [dotted(argument.value) for argument in call.args]
                    if dotted(call.func).endswith(".update") and set(given) & kept:
                        edit.replace(flow.module, node, REMOVED)


def _without_unused_schema(integration: Integration, name: str) -> Integration:
    """Remove module-level schemas without a field that nothing uses."""
    edit = Edit(integration)
    module = edit.code.module(name)
    if module is None:
        return integration
    uses = [n.value for n in names(module.document.module)]
    for constant, value in module.index.constants.items():
        mapping = next((n for n in walk(value) if isinstance(n, cst.Dict)), None)
        if mapping is None or mapping.elements or uses.count(constant) > 1:
            continue
        statement = statement_of(module.document.module, value)
        if isinstance(statement, cst.SimpleStatementLine):
            edit.replace(module, statement, REMOVED)
    return edit.done()


def _nothing_left(
    integration: Integration, was: Member, flow: Member, keys: tuple[str, ...]
) -> None:
    """Raise StopError if the flow still uses what it no longer asks for."""
    code = oauth_code(integration)
    module = flow.module
    assigned = {name for name, _ in _assigned_attributes(flow)} | set(flow.node.attributes)
    before = {name for name, _ in _assigned_attributes(was)} | set(was.node.attributes)
    lost: list[cst.BaseExpression] = [
        node
        for method in flow.node.methods.values()
        for node in walk(method.node)
        if isinstance(node, cst.Attribute)
        and dotted(node) == f"self.{node.attr.value}"
        and node.attr.value in before
        and node.attr.value not in assigned
    ]
    lost += [reading.node for reading in readings(code, keys) if reading.module is module]
    reason = "the flow uses the client for more than signing in"
    todo = "take it from self.flow_impl once that is known, and run this again"
    stop_if([stop(module, node, reason, todo) for node in lost])


# --- texts -------------------------------------------------------------------------------------


def _without_field_texts(integration: Integration, keys: tuple[str, ...]) -> Integration:
    for key in keys:
        for part in ("data", "data_description"):
            for step in _steps(integration):
                integration = _without_texts(integration, ("config", "step", step, part, key))
    return integration


def _steps(integration: Integration) -> list[str]:
    config = integration.strings.get("config")
    steps = config.get("step") if isinstance(config, dict) else None
    return list(steps) if isinstance(steps, dict) else []


def _without_texts(integration: Integration, path: tuple[str, ...]) -> Integration:
    """Remove a text from the strings and from every translation."""
    for name in _text_files(integration):
        file = integration.files[name]
        try:
            content = drop(file.content, path)
        except ValueError:
            continue
        if content != file.content:
            integration = integration.with_file(name, content)
    return integration


def _text_files(integration: Integration) -> list[PurePosixPath]:
    folder = integration.path("translations")
    return [
        path
        for path in integration.files
        if path == integration.path("strings.json")
        or (path.suffix == ".json" and path.is_relative_to(folder))
    ]


# --- entries -----------------------------------------------------------------------------------


def _migrating(integration: Integration, keys: tuple[str, ...], span: Span) -> Integration:
    """Let `async_migrate_entry` take over each entry's client, in the flow's next major version."""
    edit = Edit(integration)
    code = edit.code
    module = code.module("")
    flow = next(iter(code.flows), None)
    if module is None or flow is None:
        return integration
    to = _next_version(edit, code, flow)
    existing = module.index.function("async_migrate_entry")
    if existing is not None:
        block = _block(edit, module, keys, span, to, existing.node)
        _add_step(edit, module, existing.node, block, to)
        return edit.done()
    (function,) = statements(module.document.module, render(RETROFIT, "migrate_entry", to))
    function = cst.ensure_type(function, cst.FunctionDef)
    block = _block(edit, module, keys, span, to, function)
    body = function.body.with_changes(
        body=[*function.body.body[:-1], *block, function.body.body[-1]]
    )
    function = function.with_changes(body=body)
    edit.need(
        module,
        Import("homeassistant.config_entries", "ConfigEntry"),
        Import("homeassistant.core", "HomeAssistant"),
    )
    entry = module.index.function("async_setup_entry")
    blank = [cst.EmptyLine(indent=False)] * 2
    after = _after(module, entry.node) if entry is not None else None
    if after is None:
        edit.at_the_end(module, with_leading(function, blank))
    else:
        edit.put_before(
            module, after, with_leading(function, blank), getattr(after, "leading_lines", ())
        )
    return edit.done()


def _block(
    edit: Edit,
    module: Module,
    keys: tuple[str, ...],
    span: Span,
    to: int,
    function: cst.FunctionDef,
) -> list[Statement]:
    """Return the statements of `async_migrate_entry` that take over the client."""
    if span.all("entry_version_argument"):
        way = "argument"
    else:
        way = "either" if span.some("entry_version_argument") else "attribute"
    text = render(RETROFIT, "migrate_client", to, way, len(keys) > 1)
    hass, entry = (cst.Name(each.name.value) for each in function.params.params)
    domain, needed = domain_expression(edit.code, module)
    values: dict[str, cst.BaseExpression] = {
        name: _key_name(edit, module, key)
        for name, key in zip(("CLIENT_ID_KEY", "CLIENT_SECRET_KEY"), keys, strict=False)
    }
    values |= {"DOMAIN": domain, "HASS": hass, "ENTRY": entry}
    edit.need(
        module,
        *([needed] if needed is not None else []),
        Import(PLATFORM, IMPORT),
        Import(PLATFORM, "ClientCredential"),
        Import("homeassistant.util", "slugify"),
    )
    return [filled(each, values) for each in statements(module.document.module, text)]


def _add_step(
    edit: Edit, module: Module, function: cst.FunctionDef, block: list[Statement], to: int
) -> None:
    """Put one more step at the end of an `async_migrate_entry`.

    Raises StopError unless every older entry comes there, and only a newer one is refused.
    """
    body = [s for s in function.body.body if isinstance(s, cst.BaseStatement)]
    entry = function.params.params[-1].name.value
    returns = list(returned(function))
    odd: list[cst.CSTNode] = [each for each in returns[:-1] if dotted(each.value) != "False"]
    last = body[-1]
    ends = isinstance(last, cst.SimpleStatementLine) and last.body[-1] is returns[-1]
    if not ends or dotted(returns[-1].value) != "True":
        odd.append(last)
    for node in walk(function.body):
        if isinstance(node, cst.Match):
            odd.append(node)
        if not isinstance(node, cst.Comparison) or dotted(node.left) != f"{entry}.version":
            continue
        target = node.comparisons[0]
        number = target.comparator
        if isinstance(target.operator, (cst.Equal, cst.LessThan, cst.LessThanEqual)):
            continue
        refuses = isinstance(target.operator, cst.GreaterThan) and len(node.comparisons) == 1
        if not refuses or not isinstance(number, cst.Integer) or number.evaluated_value != to - 1:
            odd.append(node)
            continue
        edit.replace(module, number, cst.Integer(str(to)))
    for node in odd:
        raise stop(
            module,
            node,
            "entries are migrated already, and whether each comes to the end of that is not "
            "understood",
            f"import each entry's client here under an auth domain of its own, from version "
            f"{to - 1} to {to}",
        )
    end = len(body) - 1
    while end and is_notice(body[end - 1]):
        end -= 1
    first, *others = block
    new = [with_blank_above(first) if end else first, *others]
    where = _statement(body[end])
    rest = where if getattr(where, "leading_lines", ()) else with_blank_above(where)
    edit.replace(module, where, [*new, rest])


def _after(module: Module, node: cst.FunctionDef) -> Statement | None:
    body = list(module.document.module.body)
    position = body.index(node)
    return body[position + 1] if position + 1 < len(body) else None


def _key_name(edit: Edit, module: Module, key: str) -> cst.BaseExpression:
    for name in (*module.index.imports, *module.index.constants):
        if key_text(edit.code, module, cst.Name(name)) == key and name.isupper():
            return cst.Name(name)
    if key in ("client_id", "client_secret"):
        name = f"CONF_{key.upper()}"
        edit.need(module, Import("homeassistant.const", name))
        return cst.Name(name)
    return cst.SimpleString(f'"{key}"')


def _next_version(edit: Edit, code: OAuthCode, flow: Member) -> int:
    """Raise the flow's version by one, and return it."""
    found = code.attribute(flow, "VERSION")
    if found is None:
        block = flow.node.node.body
        (line,) = statements(flow.module.document.module, "VERSION = 2\n")
        start = 1 if block.body and is_docstring(block.body[0]) else 0
        if start:
            line = with_leading(line, [cst.EmptyLine(indent=False)])
        edit.replace(
            flow.module,
            block,
            block.with_changes(body=[*block.body[:start], line, *block.body[start:]]),
        )
        return 2
    module, value = found
    bound = code.value(module, value)
    if bound is None or not isinstance(bound.node, cst.Integer):
        raise stop(
            flow.module,
            flow.node.node.name,
            "the version of this flow is not a number that is written out",
            "write VERSION as a number, and run this again",
        )
    version = bound.node.evaluated_value + 1
    edit.replace(bound.module, bound.node, cst.Integer(str(version)))
    return version
