"""A form loses the client's fields; what read them takes the client from the picked implementation.

A statement that needs the client and stands before the pick moves to just before the entry is
created, where the implementation is known, if nothing needs its result earlier.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, as_statement, filled, statements, with_leading
from appcred.documents.walk import always_exits, contains, is_log, names, targets, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Value, is_docstring
from appcred.oauth.sources import Origin, evaluator, key_or_name, settled_before
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member

_USER: Final = "async_step_user"
CREATE: Final = "async_oauth_create_entry"
_ENDS: Final = ("async_create_entry", CREATE)
_ROUNDS: Final = 4
_LOOKS: Final = (
    *("get", "async_get_entry", "_get_reauth_entry", "_async_current_entries"),
    "async_get_implementations",
)
"""What gives something, and does no more."""
_FOLLOWING: Final = ("self._abort_if_unique_id_configured",)
"""What checks the unique ID that the statement before it has set."""


def reads_of_form(
    code: OAuthCode, flow: Member, keys: Mapping[str, str], *, keep: bool = False
) -> Iterator[tuple[Function, cst.BaseExpression, str]]:
    """Yield each expression of a flow that is one of the client's fields, and which it is.

    `keys` has the attribute of an implementation by the form's key. With `keep` what is read from
    an entry is not among them, for entries hold the client still.
    """
    of = evaluator(code.integration).of
    for method in flow.node.methods.values():
        pending: list[cst.CSTNode] = [method.node.body]
        while pending:
            node = pending.pop()
            if isinstance(node, (cst.Subscript, cst.Attribute)) or (
                isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute)
            ):
                found = of(Value(flow.module, method, node))
                known = [each for each in found if each.origin is not Origin.NOTHING]
                if (
                    known
                    and all(
                        each.origin in (Origin.FORM, Origin.ENTRY)
                        and len(each.path) == 1
                        and each.path[0] in keys
                        for each in known
                    )
                    and not (keep and all(each.origin is Origin.ENTRY for each in known))
                ):
                    yield method, node, keys[known[0].path[0]]
                    continue
            if isinstance(node, cst.AssignTarget):
                continue
            pending += node.children


def reads_of_entry(
    code: OAuthCode, flow: Member, keys: Mapping[str, str]
) -> Iterator[tuple[Function, cst.BaseExpression]]:
    """Yield each expression of a flow that takes the client from an entry, to do more than keep it.

    What only keeps it on `self`, or puts it into an entry again, is not among them.
    """
    of = evaluator(code.integration).of
    for method in flow.node.methods.values():
        lines = (n for n in walk(method.node.body) if isinstance(n, cst.SimpleStatementLine))
        kept = [line for line in lines if _is_kept(line)]
        spared = {id(node) for line in kept for node in walk(line)}
        for each in walk(method.node.body):
            if (
                isinstance(each, cst.DictElement)
                and key_or_name(code, flow.module, each.key) in keys
            ):
                spared |= {id(node) for node in walk(each.value)}
        for node in walk(method.node.body):
            if id(node) in spared or not isinstance(node, (cst.Subscript, cst.Call)):
                continue
            found = of(Value(flow.module, method, node))
            known = [each for each in found if each.origin is not Origin.NOTHING]
            if known and all(
                each.origin is Origin.ENTRY and len(each.path) == 1 and each.path[0] in keys
                for each in known
            ):
                yield method, node


def move_reads(
    integration: Integration, keys: Mapping[str, str], *, keep: bool = False
) -> Integration:
    """Let a flow read the client from the implementation that was picked.

    With `keep` entries hold the client still, and what reads it from one stays. Raises StopError
    where a step needs the client before.
    """
    if keep:
        integration = _inlined(integration, keys)
    edit = Edit(integration)
    code = edit.code
    for flow in code.flows:
        moved: list[Statement] = []
        for method in flow.node.methods.values():
            reads = [
                (node, name)
                for each, node, name in reads_of_form(code, flow, keys, keep=keep)
                if each is method
            ]
            if not reads:
                continue
            if is_after_pick(code, flow, method):
                for node, name in reads:
                    edit.replace(flow.module, node, _implementation(name))
                continue
            moved += _moved_from(edit, flow, method, reads)
        if moved:
            _put_before_entry(edit, flow, moved)
    return edit.done()


def _inlined(integration: Integration, keys: Mapping[str, str]) -> Integration:
    """Let a step that keeps an entry's client on `self` read it from the entry itself."""
    edit = Edit(integration)
    of = evaluator(integration).of
    for flow in edit.code.flows:
        for method in flow.node.methods.values():
            given = {
                name
                for line in method.node.body.body
                if isinstance(line, cst.SimpleStatementLine) and _is_kept(line)
                for small in line.body
                for name in map(dotted, targets(small))
            }
            for node in walk(method.node.body) if given else ():
                if not isinstance(node, cst.Attribute) or dotted(node) not in given:
                    continue
                settled = settled_before(Value(flow.module, method, node))
                found = of(Value(flow.module, method, settled)) if settled is not None else ()
                if (
                    settled is not None
                    and found
                    and all(
                        each.origin is Origin.ENTRY and each.path and each.path[0] in keys
                        for each in found
                    )
                ):
                    edit.replace(flow.module, node, settled.deep_clone())
    return edit.done()


def _implementation(name: str) -> cst.BaseExpression:
    return cst.parse_expression(f"self.flow_impl.{name}")


def is_after_pick(code: OAuthCode, flow: Member, method: Function) -> bool:
    """Whether a method runs only once an implementation was picked."""
    if method.name == CREATE:
        return not _creates_without_pick(flow)
    if method.name in ("async_step_creation", "extra_authorize_data"):
        return True
    if method.name.startswith("async_step_") or method.name.startswith("__"):
        return False
    callers = [
        other
        for other in flow.node.methods.values()
        if other is not method
        and any(
            isinstance(node, cst.Attribute) and dotted(node) == f"self.{method.name}"
            for node in walk(other.node.body)
        )
    ]
    return bool(callers) and all(is_after_pick(code, flow, other) for other in callers)


def _creates_without_pick(flow: Member) -> bool:
    """Whether a step that a user begins with creates the entry itself, from what was typed in."""
    first = dotted(flow.node.attributes.get(_USER)) or _USER  # async_step_user = async_step_other
    waiting, seen = [first], {CREATE}
    while waiting:
        method = flow.node.methods.get(waiting.pop())
        if method is None:
            continue
        for node in walk(method.node.body):
            name = dotted(node.func) if isinstance(node, cst.Call) else ""
            if name == f"self.{CREATE}":
                return True
            if name.startswith("self.") and name.removeprefix("self.") not in seen:
                seen.add(name.removeprefix("self."))
                waiting.append(name.removeprefix("self."))
    return False


def _moved_from(
    edit: Edit, flow: Member, method: Function, reads: list[tuple[cst.BaseExpression, str]]
) -> Iterator[Statement]:
    """Take the statements of a step out that read the client, and yield them as they move."""
    values: dict[int, str] = {id(node): name for node, name in reads}
    lines = [
        line
        for line in walk(method.node.body, into_functions=False)
        if isinstance(line, cst.SimpleStatementLine)
    ]
    blocks = [b for b in walk(method.node.body) if isinstance(b, cst.IndentedBlock)]
    taken: list[cst.SimpleStatementLine] = []
    for line in lines:
        if line in taken or not any(id(node) in values for node in walk(line)):
            continue
        if _is_kept(line) or _registers(line):
            continue
        taken.append(line)
        block = next(b for b in blocks if line in b.body)
        rest = list(block.body)[list(block.body).index(line) + 1 :]
        bound = {name for small in line.body for name in map(dotted, targets(small)) if name}
        for each in rest:
            if not isinstance(each, cst.SimpleStatementLine):
                break
            follows = any(
                isinstance(node, cst.Call) and dotted(node.func) in _FOLLOWING
                for node in walk(each)
            )
            uses = {name.value for name in names(each)} & bound
            if not (follows or uses) or any(isinstance(s, cst.Return) for s in each.body):
                break
            taken.append(each)
            bound |= {name for small in each.body for name in map(dotted, targets(small)) if name}
    for node, _ in reads:
        inside = any(contains(line, node) for line in taken)
        spared = any(
            contains(line, node) and (_is_kept(line) or _registers(line)) for line in lines
        )
        if not inside and not spared:
            raise stop(
                flow.module,
                node,
                "this step needs the client before an implementation is picked",
                f"remove it if it checks the input; otherwise use self.flow_impl in {CREATE}",
            )
    local = {
        name
        for line in taken
        for small in line.body
        for name in map(dotted, targets(small))
        if "." not in name
    }
    logged = [line for line in lines if line not in taken and _only_logs(line)]
    for used in names(method.node.body):
        if used.value in local and not any(contains(line, used) for line in taken):
            log = next((each for each in logged if contains(each, used)), None)
            if log is not None:  # it spoke of the client that is not there yet
                edit.replace(flow.module, log, REMOVED)
                continue
            raise stop(
                flow.module,
                used,
                "this step needs the client before an implementation is picked",
                f"use self.flow_impl in {CREATE} instead",
            )
    parameters = {each.name.value for each in method.node.params.params} - {"self"}
    for line in taken:
        edit.replace(flow.module, line, REMOVED)
        new = line.deep_clone()
        for old, clone in zip(walk(line), walk(new), strict=True):
            if id(old) in values:
                new = _with(new, clone, _implementation(values[id(old)]))
        if _is_unread(line, taken):
            continue
        if any(name.value in parameters for name in names(new)):
            raise stop(
                flow.module,
                line,
                "this statement needs other input of the form besides the client",
                f"store what it needs on self, and move it to {CREATE}",
            )
        yield with_leading(new, [each for each in line.leading_lines if each.comment])


def _is_unread(line: cst.SimpleStatementLine, taken: list[cst.SimpleStatementLine]) -> bool:
    """Whether a statement only gives a local name a field that nothing that moves reads."""
    (small, *more) = line.body
    if more or not isinstance(small, cst.Assign) or not _only_looks(small.value):
        return False
    bound = {dotted(target) for target in targets(small)}
    read = {name.value for other in taken if other is not line for name in names(other)}
    return all(name and "." not in name for name in bound) and not bound & read


def _with(
    line: cst.SimpleStatementLine, node: cst.CSTNode, value: cst.BaseExpression
) -> cst.SimpleStatementLine:
    return cst.ensure_type(line.deep_replace(node, value), cst.SimpleStatementLine)


def _is_kept(line: cst.SimpleStatementLine) -> bool:
    """Whether a statement only keeps a field, on `self` or in `hass.data`: it goes with that."""
    return all(
        isinstance(small, (cst.Assign, cst.AnnAssign))
        and all(dotted(_base(target)).startswith("self.") for target in targets(small))
        for small in line.body
    )


def _base(node: cst.CSTNode) -> cst.CSTNode:
    """Return what a target is a part of, whatever its keys."""
    while isinstance(node, cst.Subscript):
        node = node.value
    return node


def _only_logs(line: cst.SimpleStatementLine) -> bool:
    return all(isinstance(small, cst.Expr) and is_log(small.value) for small in line.body)


def _registers(line: cst.SimpleStatementLine) -> bool:
    return any(
        isinstance(node, cst.Call) and dotted(node.func).endswith("async_register_implementation")
        for node in walk(line)
    )


# --- where the entry is created ----------------------------------------------------------------


def _creation(flow: Member) -> tuple[Function, cst.BaseStatement] | None:
    """Return the method that creates entries, and the statement of its body that does."""
    method = flow.node.methods.get(CREATE)
    if method is None:
        return None
    for statement in method.node.body.body:
        for node in walk(statement):
            if (
                isinstance(node, cst.Call)
                and isinstance(node.func, cst.Attribute)
                and node.func.attr.value in _ENDS
                and isinstance(statement, cst.BaseStatement)
            ):
                return method, statement
    return None


def _put_before_entry(edit: Edit, flow: Member, moved: list[Statement]) -> None:
    found = _creation(flow)
    module = flow.module
    if found is None:
        if CREATE in flow.node.methods:
            raise stop(
                module, flow.node.node, f"{CREATE} creates no entry", "create the entry there"
            )
        _with_creation(edit, flow, moved)
        return
    method, statement = found
    body = list(method.node.body.body)
    position = body.index(statement)
    before = body[:position]
    if isinstance(statement, (cst.If, cst.Try)) and not leaves_only_reauth(statement):
        raise stop(
            module,
            statement,
            f"{CREATE} creates its entry in a branch",
            "create it at the end of the method",
        )
    bound = {
        name for line in moved for node in walk(line) for name in map(dotted, targets(node)) if name
    }
    used = next((line for line in before if _uses(line, bound)), None)
    if used is not None:
        position = body.index(used)
        statement = as_statement(used)
        if any(leaves_only_reauth(line) for line in body[position:]) or isinstance(
            used, (cst.If, cst.Try)
        ):
            raise stop(
                module,
                used,
                f"{CREATE} needs a value that the form's step computes from the client",
                f"compute it in {CREATE}, from self.flow_impl, before it is used",
            )
        before = body[:position]
    first = as_statement(statement)
    new: list[Statement] = [*moved, first]
    if before and not is_docstring(before[-1]):
        new[0] = with_leading(new[0], [cst.EmptyLine(indent=False), *new[0].leading_lines])
    edit.replace(module, first, new)


def _uses(line: cst.CSTNode, bound: set[str]) -> bool:
    """Whether a statement reads, or gives another value to, one of some names or attributes."""
    found = (*names(line), *(node for node in walk(line) if isinstance(node, cst.Attribute)))
    return any(dotted(node) in bound for node in found)


def leaves_only_reauth(statement: cst.CSTNode) -> bool:
    """Whether a branch is about nothing but a new sign-in, and leaves."""
    return isinstance(statement, cst.If) and always_exits(statement.body)


def _with_creation(edit: Edit, flow: Member, moved: list[Statement]) -> None:
    module = flow.module
    (method,) = statements(module.document.module, render(RETROFIT, "create_entry"))
    definition = cst.ensure_type(method, cst.FunctionDef)
    body = definition.body.body
    block = definition.body.with_changes(body=[*body[:1], *moved, *body[1:]])
    definition = definition.with_changes(body=block, leading_lines=[cst.EmptyLine(indent=False)])
    edit.need(module, Import("typing", "Any"))
    outer = flow.node.node.body
    if isinstance(outer, cst.IndentedBlock):
        edit.replace(module, outer, outer.with_changes(body=[*outer.body, definition]))


def without_idle(before: Integration, after: Integration) -> Integration:
    """Take out of a flow what only looks something up that nothing reads any more.

    And tests that do nothing any more, with what was looked up for them.
    """
    used = {
        (flow.name, method.name): {name.value for name in names(method.node.body)}
        for flow in oauth_code(before).flows
        for method in flow.node.methods.values()
    }
    for _ in range(_ROUNDS):
        edit = Edit(after)
        for flow in edit.code.flows:
            for method in flow.node.methods.values():
                known = used.get((flow.name, method.name), set())
                for line in _idle(method, known):
                    edit.replace(flow.module, line, REMOVED)
        result = edit.done()
        if result is after:
            break
        after = result
    return after


def _idle(method: Function, known: set[str]) -> Iterator[cst.BaseStatement]:
    """Yield the statements of a method that do nothing: `known` are the names it used before."""
    count = Counter(name.value for name in names(method.node.body))
    for block in walk(method.node.body, into_functions=False):
        for line in block.body if isinstance(block, cst.IndentedBlock) else ():
            if isinstance(line, cst.If):
                empty = all(
                    isinstance(each, cst.SimpleStatementLine)
                    and all(isinstance(small, cst.Pass) for small in each.body)
                    for each in line.body.body
                )
                if empty and line.orelse is None and _only_looks(line.test):
                    yield line
                continue
            if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
                continue
            small = line.body[0]
            if isinstance(small, cst.Assign) and len(small.targets) == 1:
                name = dotted(small.targets[0].target)
                if name in known and count[name] == 1 and _only_looks(small.value):
                    yield line


def _only_looks(value: cst.BaseExpression) -> bool:
    return all(
        dotted(node.func).rpartition(".")[2] in _LOOKS
        or (isinstance(node.func, cst.Attribute) and node.func.attr.value in _LOOKS)
        for node in walk(value)
        if isinstance(node, cst.Call)
    )


def keep_keys(integration: Integration, keys: Mapping[str, str]) -> Integration:
    """Let new and renewed entries hold the client that they were made with.

    `keys` has the attribute of an implementation by the entry's key.
    """
    for flow in Edit(integration).code.flows:
        edit = Edit(integration)
        again = edit.code.class_of(
            next(m for m in edit.code.modules if m.name == flow.module.name), flow.name
        )
        if again is None:
            continue
        method = again.node.methods.get(CREATE)
        module = again.module
        if method is None:
            _with_creation(edit, again, list(_keeping(edit, again, "data", keys)))
        else:
            block = method.node.body
            data = method.node.params.params[1].name.value
            start = 1 if is_docstring(block.body[0]) else 0
            new = list(_keeping(edit, again, data, keys))
            edit.replace(
                module,
                block,
                block.with_changes(body=[*block.body[:start], *new, *block.body[start:]]),
            )
        integration = edit.done()
    return integration


def _keeping(edit: Edit, flow: Member, data: str, keys: Mapping[str, str]) -> Iterator[Statement]:
    from appcred.retrofit.best.entries import key_name

    module = flow.module
    texts = [
        f"    KEY{number}: self.flow_impl.{name},\n" for number, name in enumerate(keys.values())
    ]
    text = f"{data} = {{\n    **{data},\n{''.join(texts)}}}\n"
    values = {f"KEY{number}": key_name(edit, module, key) for number, key in enumerate(keys)}
    (line,) = statements(module.document.module, text)
    note = cst.Comment("# Other code reads the client from the entry")
    yield with_leading(filled(line, values), [cst.EmptyLine(comment=note)])
