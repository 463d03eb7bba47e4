"""Steps of the flow that ask for nothing any more: which go, and what led to them goes on.

A step that does more than ask is work for a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import (
    REMOVED,
    as_statement,
    rewritten,
    statement_of,
    statements,
    with_elements,
    with_leading,
)
from appcred.documents.walk import always_exits, is_log, names, returned, targets, text, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import assignments, is_docstring
from appcred.retrofit.best.unused_code import without_texts
from appcred.retrofit.steps.pick import PICK
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member


_STEP: Final = "async_step_user"
_DEEPEST: Final = 4
"""How many names a schema is followed through."""


def without_empty_form(integration: Integration, flow: Member, name: str) -> Integration:
    """Drop a step, if nothing is left that it asks for.

    The first is left to the helper's own, behind what bars a user from it; what called another goes
    on to where that went.
    """
    step = flow.node.methods.get(name)
    if step is None or not asks_nothing(oauth_code(integration), flow, step):
        return integration
    bars = _bars(step.node.body) if name == _STEP else []
    rest = _more(step.node.body, bars)
    named = any(dotted(value) == name for value in flow.node.attributes.values())
    body = _unasked(step.node) if rest is not None or named else None
    edit = Edit(integration)
    if body is not None:
        edit.replace(flow.module, step.node.body, step.node.body.with_changes(body=body))
    elif rest is not None:
        raise stop(
            flow.module,
            rest,
            "this step asks only for the client, but also does something else",
            "remove what only its form needs, move the rest to async_oauth_create_entry, "
            "where the client is self.flow_impl.client_id, and run this again",
        )
    else:
        if name != _STEP:
            _pass_by(edit, flow, step)
        edit.replace(flow.module, step.node, _barred(flow, step.node, bars) if bars else REMOVED)
    _forget_input(edit, flow, step.node)
    result = edit.done()
    result = without_unused_schema(result, flow.module.name)
    return without_texts(result, ("config", "step", name.removeprefix("async_step_")))


def _unasked(step: cst.FunctionDef) -> list[Statement] | None:
    """Return what a step does once it shows no form; None where that is not plain.

    What follows the answer stands in the place of the test for it.
    """
    answer = step.params.params[1].name.value if len(step.params.params) > 1 else ""
    body: list[Statement] = []
    for statement in step.body.body:
        branch = _answered(statement, answer) if isinstance(statement, cst.If) else None
        if isinstance(statement, cst.If) and branch is not None:
            if branch:
                body += _instead_of(statement, [*branch[:-1], *_untried(branch[-1])])
                if _ends(body[-1]):
                    break
            continue
        body.append(as_statement(statement))
    body = _onward_without(answer, body)
    body = [
        line
        for line in body
        if not (
            isinstance(line, cst.SimpleStatementLine)
            and all(_is_schema(small) or _keeps_input(small) for small in line.body)
            and not _is_read_later(body, line)
        )
    ]
    asked = {name.value for line in body for name in names(line)}
    shows = any(
        isinstance(node, cst.Call) and dotted(node.func).endswith(".async_show_form")
        for line in body
        for node in walk(line)
    )
    onward = body and any(isinstance(node, cst.Call) and _goes_on(node) for node in walk(body[-1]))
    return body if onward and _ends(body[-1]) and not shows and answer not in asked else None


def _onward_without(answer: str, body: Sequence[Statement]) -> list[Statement]:
    """Return statements that let a user pick an implementation, whatever the form named.

    The result of the step that they go on to is returned as it is called.
    """
    changes: dict[cst.CSTNode, cst.CSTNode] = {}
    for node in (each for line in body for each in walk(line)):
        if isinstance(node, cst.Call) and _goes_on(node) and len(node.args) == 1:
            picks = dotted(node.func).rpartition(".")[2] == PICK
            if picks and dotted(node.args[0].value) == answer:
                changes[node] = node.with_changes(args=[])
    lines = [
        line
        for line in cast("list[Statement]", rewritten(cst.Module(body), changes).body)
        if not _names_implementation(line, answer)
    ]
    if len(lines) > 1:
        *first, given, last = lines
        small, end = (
            line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
            for line in (given, last)
        )
        if (
            isinstance(small, cst.Assign)
            and isinstance(end, cst.Return)
            and isinstance(end.value, cst.Name)
            and [dotted(each) for each in targets(small)] == [end.value.value]
            and isinstance(small.value, cst.Await)
        ):
            whole = cst.ensure_type(given, cst.SimpleStatementLine)
            lines = [*first, whole.with_changes(body=[end.with_changes(value=small.value)])]
    return lines


def _names_implementation(line: Statement, answer: str) -> bool:
    """Whether a statement only names an implementation: `answer["implementation"] = …`."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        return False
    (target, *more) = targets(line.body[0]) or (None,)
    return (
        not more
        and isinstance(target, cst.Subscript)
        and dotted(target.value) == answer
        and [text(each.slice.value) for each in target.slice if isinstance(each.slice, cst.Index)]
        == ["implementation"]
    )


def _ends(statement: Statement) -> bool:
    return always_exits(cst.IndentedBlock([statement]))


def _instead_of(old: cst.If | cst.Try, new: Sequence[cst.CSTNode]) -> list[Statement]:
    """Return statements to stand where another one stood, below the comments above that."""
    first, *others = map(as_statement, new)
    return [with_leading(first, [*old.leading_lines, *first.leading_lines]), *others]


def _untried(statement: cst.CSTNode) -> list[cst.CSTNode]:
    """Return a statement, or what is tried in it, if a fault only shows the form again."""
    if (
        isinstance(statement, cst.Try)
        and statement.orelse is None
        and statement.finalbody is None
        and always_exits(statement.body)
        and all(map(_only_tells, (each.body for each in statement.handlers)))
    ):
        return list(_instead_of(statement, statement.body.body))
    return [statement]


def _only_tells(block: cst.BaseSuite) -> bool:
    """Whether a block only logs, or sets the errors of a form."""
    return all(
        isinstance(line, cst.SimpleStatementLine)
        and all(
            (isinstance(small, cst.Expr) and is_log(small.value))
            or (
                isinstance(small, cst.Assign)
                and all(isinstance(target, cst.Subscript) for target in targets(small))
                and isinstance(small.value, cst.SimpleString)
            )
            for small in line.body
        )
        for line in block.body
    )


def _is_read_later(body: Sequence[Statement], line: cst.SimpleStatementLine) -> bool:
    bound = {dotted(target) for small in line.body for target in targets(small)}
    return any(name.value in bound for other in body if other is not line for name in names(other))


def _answered(statement: cst.If, answer: str) -> list[cst.CSTNode] | None:
    """Return what a test for the answer of a form does with one; None for any other test."""
    test = statement.test
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        asks = dotted(test.expression) == answer
        answered = False
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        (target,) = test.comparisons
        asks = dotted(test.left) == answer and dotted(target.comparator) == "None"
        answered = isinstance(target.operator, cst.IsNot)
        asks = asks and isinstance(target.operator, (cst.Is, cst.IsNot))
    else:
        asks, answered = dotted(test) == answer, True
    if not asks:
        return None
    orelse = statement.orelse
    if orelse is not None and not isinstance(orelse, cst.Else):
        return None
    with_answer = statement.body if answered else (orelse.body if orelse is not None else None)
    without = (orelse.body if orelse is not None else None) if answered else statement.body
    if without is not None and _more(without) is not None:
        return None
    return list(with_answer.body) if with_answer is not None else []


def _bars(block: cst.BaseSuite) -> list[cst.CSTNode]:
    """Return what a step begins with that bars a user: tests that abort, and looks for an entry.

    They do not depend on what is typed in.
    """
    found: list[cst.CSTNode] = []
    for statement in block.body:
        if is_docstring(statement):
            continue
        if "user_input" in {name.value for name in names(statement)}:
            break
        if isinstance(statement, cst.If):
            (first, *more) = statement.body.body
            if statement.orelse is not None or more or _calls(first) != _ABORT:
                break
        elif _calls(statement) not in _LOOKS:
            break
        found.append(statement)
    return found


_ABORT: Final = "self.async_abort"
_LOOKS: Final = (
    *("self.async_set_unique_id", "self._abort_if_unique_id_configured"),
    "self._async_abort_entries_match",
)


def _calls(line: cst.CSTNode) -> str:
    """Return what a line calls, awaits or returns the result of, if it does nothing else."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        return ""
    small = line.body[0]
    value = small.value if isinstance(small, (cst.Expr, cst.Return)) else None
    call = value.expression if isinstance(value, cst.Await) else value
    return dotted(call.func) if isinstance(call, cst.Call) else ""


def _barred(flow: Member, step: cst.FunctionDef, bars: list[cst.CSTNode]) -> cst.FunctionDef:
    """Return a step that does what bars a user, and goes on to the helper's own."""
    given = [param.name.value for param in step.params.params[1:2]]
    (onward,) = statements(flow.module.document.module, render(RETROFIT, "go_on", *(given or [""])))
    first = [line for line in step.body.body if is_docstring(line) or line in bars]
    return step.with_changes(body=step.body.with_changes(body=[*first, onward]))


def _pass_by(edit: Edit, flow: Member, step: Function) -> None:
    """Let those who call a step call what it goes on to. Raises StopError if that is unclear."""
    onward = [
        node for node in walk(step.node.body) if isinstance(node, cst.Call) and _goes_on(node)
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
            "this step asks only for the client, but cannot tell which steps lead to it",
            "remove the step from the flow, because users enter and change a client under "
            "Application credentials, and run this again",
        )
    for node in callers:
        edit.replace(flow.module, node, onward[0].deep_clone())


def _goes_on(call: cst.Call) -> bool:
    """Whether a call is one of a step, of the flow's own or of the helper's."""
    func = call.func
    if not isinstance(func, cst.Attribute) or not func.attr.value.startswith("async_step_"):
        return False
    base = func.value.func if isinstance(func.value, cst.Call) else func.value
    return dotted(base) == ("super" if isinstance(func.value, cst.Call) else "self")


def asks_nothing(code: OAuthCode, flow: Member, function: Function) -> bool:
    """Whether every form that a step shows has no field."""
    schemas = []
    for node in walk(function.node):
        if isinstance(node, cst.Call) and dotted(node.func).endswith(".async_show_form"):
            given = [a.value for a in node.args if a.keyword and a.keyword.value == "data_schema"]
            schemas += given or [cst.Dict([])]
    found = [_fields(code, flow, function, schema) for schema in schemas]
    return bool(found) and all(each is not None and not each.elements for each in found)


def _fields(
    code: OAuthCode, flow: Member, function: Function, schema: cst.BaseExpression, depth: int = 0
) -> cst.Dict | None:
    """Return the dictionary that a schema is made of, in it or under a name that it uses."""
    mapping = next((n for n in walk(schema) if isinstance(n, cst.Dict)), None)
    if mapping is not None or depth > _DEEPEST:
        return mapping
    for name in names(schema):
        added_to = any(
            isinstance(target, cst.Subscript) and dotted(target.value) == name.value
            for node in walk(function.node.body)
            for target in targets(node)
        )
        local = assignments(function.node, name.value)
        if added_to or len(local) > 1:
            return None
        value = local[0] if local else flow.module.index.constants.get(name.value)
        made = flow.module.index.function(name.value) if value is None else None
        results = list(returned(made.node)) if made is not None else []
        if len(results) == 1:  # def _schema(): return vol.Schema({…})
            value = results[0].value
        located = code.locate(flow.module, flow.module.index.resolve(name))
        if value is None and located is not None:
            home, rest = located
            value = home.index.constants.get(rest)
        mapping = _fields(code, flow, function, value, depth + 1) if value is not None else None
        if mapping is not None:
            return mapping
    return None


def _more(block: cst.BaseSuite, apart: Sequence[cst.CSTNode] = ()) -> cst.CSTNode | None:
    """Return the first statement that is neither about showing the form nor about going on."""
    for statement in block.body:
        if is_docstring(statement) or statement in apart:
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
                    PICK,
                    "async_step_auth",
                    _STEP,
                ):
                    continue
            if all(isinstance(each, cst.Name) for each in targets(small)) and _is_schema(small):
                continue  # errors = {}, and the form itself
            if isinstance(small, cst.Pass) or _keeps_input(small):
                continue
            return statement
    return None


def _is_schema(small: cst.BaseSmallStatement) -> bool:
    """Whether a statement names a dictionary, or a schema of one."""
    value = small.value if isinstance(small, (cst.Assign, cst.AnnAssign)) else None
    if isinstance(value, cst.Call) and dotted(value.func).rpartition(".")[2] == "Schema":
        value = value.args[0].value if value.args else None
    return isinstance(value, cst.Dict)


def _keeps_input(small: cst.BaseSmallStatement) -> str | None:
    """Return the attribute of `self` that a statement keeps the form in, if it does.

    As a whole, or what is left of the fields that were taken out one by one.
    """
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = dotted(small.targets[0].target)
        emptied = isinstance(small.value, cst.Dict) and not small.value.elements
        if target.startswith("self.") and (dotted(small.value) == "user_input" or emptied):
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
                    if not (isinstance(e, cst.StarredDictElement) and _or_empty(e.value) in kept)
                ]
                if len(rest) < len(node.elements):
                    only = rest[0] if len(rest) == 1 else None
                    if isinstance(only, cst.StarredDictElement):
                        edit.replace(flow.module, node, only.value)
                    else:
                        edit.replace(flow.module, node, with_elements(node, rest))
            elif isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
                small = node.body[0]
                if into := targets(small):
                    if all(dotted(target) in kept for target in into):
                        edit.replace(flow.module, node, REMOVED)
                elif isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
                    call = small.value
                    given = [dotted(argument.value) for argument in call.args]
                    if dotted(call.func).endswith(".update") and set(given) & kept:
                        edit.replace(flow.module, node, REMOVED)


def _or_empty(value: cst.BaseExpression) -> str:
    """Return the name of what is spread, with nothing in its place or without."""
    if isinstance(value, cst.BooleanOperation) and isinstance(value.operator, cst.Or):
        empty = isinstance(value.right, cst.Dict) and not value.right.elements
        return dotted(value.left) if empty else ""
    return dotted(value)


def without_unused_schema(integration: Integration, name: str) -> Integration:
    """Remove schemas without a field, and functions that return one, that nothing uses."""
    edit = Edit(integration)
    module = edit.code.module(name)
    if module is None:
        return integration
    uses = [n.value for each in edit.code.modules for n in names(each.document.module)]
    for constant, value in module.index.constants.items():
        mapping = next((n for n in walk(value) if isinstance(n, cst.Dict)), None)
        if mapping is None or mapping.elements or uses.count(constant) > 1:
            continue
        statement = statement_of(module.document.module, value)
        if isinstance(statement, cst.SimpleStatementLine):
            edit.replace(module, statement, REMOVED)
    for function in module.index.functions:
        (line, *more) = function.node.body.body
        if function.owner or function.outer or more or uses.count(function.name) > 1:
            continue
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
        mapping = next((n for n in walk(line) if isinstance(n, cst.Dict)), None)
        if isinstance(small, cst.Return) and mapping is not None and not mapping.elements:
            edit.replace(module, function.node, REMOVED)
    return edit.done()
