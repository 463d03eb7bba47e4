"""Implementations that are made by hand go, with what only fed them.

An object that feeds an entry's session becomes the entry's own implementation; one that a flow sets
comes from the pick. Where neither is at hand the object stays, and a note says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import
from appcred.documents.python import dotted
from appcred.documents.rewriting import (
    REMOVED,
    as_statement,
    filled,
    statement_of,
    statements,
    with_leading,
)
from appcred.documents.walk import LEVELS, contains, is_same_code, names, returned, text, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HELPER
from appcred.oauth.registration import Value, assignments, is_docstring
from appcred.oauth.sources import key_or_name
from appcred.retrofit.best.registration import (
    doing_names,
    drop_feeding,
    own_statement,
    with_condition,
)
from appcred.retrofit.constructor import BASES, UnknownError, constructor
from appcred.retrofit.steps.pick import PICK, STORED, goes_on, opening, picked
from appcred.retrofit.understand import Use, entry_of, is_used, sites
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span
    from appcred.retrofit.understand import Site

_GETTER: Final = "async_get_config_entry_implementation"
_LOOKUP: Final = "async_get_implementations"
_AUTH: Final = "async_step_auth"
_ROUNDS: Final = 40


def remove_registrations(integration: Integration, span: Span) -> Integration:
    """Take every implementation out that is made by hand. Raises StopError where one is needed."""
    before = oauth_code(integration)
    helpers = {
        (site.module.name, site.function.name, _owner_name(site.function))
        for site in sites(before)
        if site.use is Use.REGISTERED
    }
    helpers |= set(_unused_makers(before))
    classes = frozenset(
        name.rpartition(".")[2]
        for name in (*BASES, *(each.name for each in before.implementations))
    )
    for _ in range(_ROUNDS):
        code = oauth_code(integration)
        site = next((each for each in sites(code) if _is_by_hand(code, each)), None)
        if site is None:
            break
        integration = _REMOVE[site.use](integration, site, span)
    for site in sites(oauth_code(integration)):
        found = site.function.name == PICK or _is_looked_up(site, _GETTER)
        if site.use is Use.FLOW and not found:
            raise stop(
                site.module,
                site.node,
                "cannot tell which implementation the flow sets here",
                "let it go on with `return await self.async_step_pick_implementation()`",
            )
    integration = _without_helpers(integration, helpers, classes)
    integration = _without_reads(integration, helpers)
    return _without_stored_name(integration)


def _owner_name(function: Function) -> str:
    return function.owner.name if function.owner is not None else ""


def _is_by_hand(code: OAuthCode, site: Site) -> bool:
    """Whether a site is one that a retrofit takes out."""
    if site.use is Use.REGISTERED:
        return True
    if site.use is Use.FLOW and site.function.name == PICK:
        return False
    if site.use is Use.SESSION and (
        entry_of(site.function) is None or site.function.node.asynchronous is None
    ):
        return False
    try:
        constructor(code, site.made)
    except UnknownError:
        return site.use is Use.FLOW and _is_looked_up(site)
    return True


def _is_looked_up(site: Site, getter: str = _LOOKUP) -> bool:
    """Whether a flow takes its implementation from those there are, or from an entry."""
    given = [site.made.node]
    for name in names(site.made.node):
        given += assignments(site.function.node, name.value)
    return any(
        isinstance(node, cst.Call) and dotted(node.func).endswith(getter)
        for each in given
        for node in walk(each)
    )


def _is_above(function: Function, node: cst.CSTNode, call: cst.Call) -> bool:
    """Whether a value is assigned in the very block that a call stands in."""
    return any(
        isinstance(block, cst.IndentedBlock)
        and any(
            contains(line, node) and isinstance(line, cst.SimpleStatementLine)
            for line in block.body
        )
        and any(
            contains(line, call) and isinstance(line, cst.SimpleStatementLine)
            for line in block.body
        )
        for block in walk(function.node.body)
    )


# --- one site ----------------------------------------------------------------------------------


def _remove_registered(integration: Integration, site: Site, span: Span) -> Integration:
    edit = Edit(integration)
    module, function = site.module, site.function
    call = cst.ensure_type(site.node, cst.Call)
    made = site.made.node
    if isinstance(made, cst.Name):
        given = [
            each
            for each in assignments(function.node, made.value)
            if _is_above(function, each, call)
        ]
        made = given[-1] if given else made
    without = _without_except(integration, module, call, made, span)
    if without is not None:
        return without
    statement = own_statement(module, call)
    name = site.made.node.value if isinstance(site.made.node, cst.Name) else None
    assigned = _assignment(function, name) if name is not None else None
    if name is not None and assigned is not None:
        lines = [s for s in (assigned, statement) if s is not None]
        if is_used(function, name, tuple(lines)):
            edit.replace(module, statement, REMOVED)
            if entry_of(function) is not None and function.node.asynchronous is not None:
                _take_entrys(edit, site, assigned)
            return edit.done()
    gone, tests = with_condition(function, statement)
    edit.replace(module, gone, REMOVED)
    kept = [each for test in tests for each in doing_names(function, test)]
    drop_feeding(edit, module, function, gone, kept)
    if function.name.startswith("async_step_reauth"):
        for node in walk(function.node.body):
            if isinstance(node, cst.Call) and not node.args and dotted(node.func) == f"self.{PICK}":
                edit.replace(module, node, picked(function))
    return edit.done()


def _without_except(
    integration: Integration, module: Module, call: cst.Call, made: cst.CSTNode, span: Span
) -> Integration | None:
    """Take an `except` out that registers what is missing; None where a call stands in none.

    In older releases it waits for the implementation instead of making one. Raises StopError where
    more is done in it.
    """
    tree = module.document.module
    for node in walk(tree):
        if not isinstance(node, cst.Try) or node.finalbody is not None:
            continue
        handler = next((h for h in node.handlers if contains(h.body, call)), None)
        if handler is None:
            continue
        others = [
            s
            for s in handler.body.body
            if not contains(s, call)
            and not contains(s, made)
            and not any(is_same_code(s, b) for b in node.body.body)
        ]
        caught = dotted(handler.type)
        if len(node.handlers) > 1 or others or caught != "ValueError":
            raise stop(
                module,
                handler,
                "if no implementation exists, this does more than register one",
                "remove the registration by hand and run this again",
            )
        edit = Edit(integration)
        if not span.all("setup_errors_handled"):
            (new_try,) = statements(tree, render(RETROFIT, "missing_implementation"))
            handlers = cst.ensure_type(new_try, cst.Try).handlers
            edit.replace(module, node, node.with_changes(handlers=handlers))
            for name in ("ConfigEntryAuthFailed", "ConfigEntryNotReady"):
                edit.need(module, Import("homeassistant.exceptions", name))
            return edit.done()
        body = [s for s in node.body.body if isinstance(s, cst.BaseStatement)]
        first = as_statement(body[0])
        lines = [*node.leading_lines, *first.leading_lines]
        new = [with_leading(first, lines), *map(as_statement, body[1:])]
        if node.orelse is not None:
            new += [as_statement(s) for s in node.orelse.body.body]
        edit.replace(module, node, new)
        return edit.done()
    return None


def _remove_flow(integration: Integration, site: Site, _span: Span) -> Integration:
    """Let a flow pick its implementation instead of setting it."""
    edit = Edit(integration)
    module, function = site.module, site.function
    statement = statement_of(module.document.module, site.node)
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        raise stop(
            module,
            site.node,
            "flow_impl is set in a longer statement",
            "set it in a statement of its own",
        )
    classes = next(
        classes
        for classes in map(edit.code.own_classes, edit.code.flows)
        if any(each.node.methods.get(function.name) is function for each in classes)
    )
    if not goes_on(function, statement):
        first, *others = opening(classes, function, statement) or (None,)
        if first is None:
            raise stop(
                module,
                site.node,
                "the flow sets its implementation, and then signs in with steps of its own",
                "let it go on with `return await self.async_step_auth()`, and run this again",
            )
        onward = cst.Return(cst.Await(picked(function)))
        edit.replace(module, first, cst.SimpleStatementLine([onward], first.leading_lines))
        for each in others:
            edit.replace(module, each, REMOVED)
        return edit.done()
    edit.replace(module, statement, REMOVED)
    drop_feeding(edit, module, function, statement, [])
    _drop_attribute(edit, module, function, site.made.node)
    for own in classes:
        for method in own.node.methods.values():
            if method.name in (PICK, "async_step_creation"):
                continue
            for node in walk(method.node.body):
                if isinstance(node, cst.Call) and dotted(node.func) == f"self.{_AUTH}":
                    edit.replace(own.module, node, picked(method))
    return edit.done()


def _drop_attribute(edit: Edit, module: Module, function: Function, value: cst.CSTNode) -> None:
    """Take out what gave an attribute its value, if nothing else than the flow's pick read it."""
    name = dotted(value)
    tree = module.document.module
    targets = [
        each.target for each in walk(tree) if isinstance(each, (cst.AssignTarget, cst.AnnAssign))
    ]
    read = [each for each in walk(tree) if dotted(each) == name and each not in (value, *targets)]
    if not name.startswith("self.") or read:
        return
    for line in walk(function.node.body):
        if isinstance(line, cst.SimpleStatementLine) and any(
            isinstance(small, cst.Assign) and dotted(small.targets[0].target) == name
            for small in line.body
        ):
            edit.replace(module, line, REMOVED)


def _remove_session(integration: Integration, site: Site, _span: Span) -> Integration:
    edit = Edit(integration)
    name = site.made.node.value if isinstance(site.made.node, cst.Name) else None
    assigned = _assignment(site.function, name) if name is not None else None
    if assigned is not None:
        _take_entrys(edit, site, assigned)
        return edit.done()
    made = site.made.node
    edit.replace(site.module, made, _entrys(edit, site))
    return edit.done()


_REMOVE: Final = {
    Use.REGISTERED: _remove_registered,
    Use.FLOW: _remove_flow,
    Use.SESSION: _remove_session,
}


def _assignment(function: Function, name: str | None) -> cst.SimpleStatementLine | None:
    """Return the one statement that gives a local name its value."""
    found = [
        line
        for line in walk(function.node.body, into_functions=False)
        if isinstance(line, cst.SimpleStatementLine)
        for small in line.body
        if (
            isinstance(small, cst.Assign)
            and any(dotted(target.target) == name for target in small.targets)
        )
        or (isinstance(small, cst.AnnAssign) and dotted(small.target) == name)
    ]
    return found[0] if len(found) == 1 else None


def _take_entrys(edit: Edit, site: Site, assigned: cst.SimpleStatementLine) -> None:
    """Give a local name the implementation of the entry."""
    small = assigned.body[0]
    value = small.value if isinstance(small, (cst.Assign, cst.AnnAssign)) else None
    if value is None or len(assigned.body) != 1:
        raise stop(
            site.module,
            assigned,
            "this implementation is also used later",
            "assign it in a statement of its own",
        )
    new: cst.BaseSmallStatement = small.with_changes(value=_entrys(edit, site))
    if isinstance(small, cst.AnnAssign):  # its own class is not what it certainly is any more
        new = cst.Assign([cst.AssignTarget(small.target)], _entrys(edit, site))
    edit.replace(site.module, assigned, assigned.with_changes(body=[new]))


def _entrys(edit: Edit, site: Site) -> cst.BaseExpression:
    module = site.module
    function = site.function
    hass = next(
        (
            each.name.value
            for each in function.node.params.params
            if each.name.value in ("hass", "_hass")
        ),
        "self.hass" if function.owner is not None else "hass",
    )
    local = next((name for name, full in module.index.imports.items() if full == HELPER), None)
    if local is None:
        edit.need(module, Import(HELPER, _GETTER))
    called = f"{local}.{_GETTER}" if local is not None else _GETTER
    made = cst.parse_expression(f"await {called}(HASS, ENTRY)")
    values = {
        "HASS": cst.parse_expression(hass),
        "ENTRY": cst.Name(entry_of(function) or "entry"),
    }
    made = filled(made, values)
    line = module.document.module.code_for_node(made)
    if len(line) > 60:
        made = filled(cst.parse_expression(f"await {called}(\n    HASS, ENTRY\n)"), values)
    return made


# --- what is left of it ------------------------------------------------------------------------


def _unused_makers(code: OAuthCode) -> Iterator[tuple[str, str, str]]:
    """Yield the methods of a flow that create an implementation, and that nothing calls."""
    for flow in code.flows:
        for method in flow.node.methods.values():
            if not method.name.startswith("_") or method.name.startswith("__"):
                continue
            makes = [
                Value(flow.module, method, each.value)
                for each in returned(method.node)
                if each.value is not None
            ]
            if makes and all(_is_made(code, each) for each in makes):
                yield flow.module.name, method.name, flow.name


def _is_made(code: OAuthCode, value: Value) -> bool:
    try:
        constructor(code, value)
    except UnknownError:
        return False
    return True


def _without_helpers(
    integration: Integration, helpers: set[tuple[str, str, str]], classes: frozenset[str]
) -> Integration:
    """Take functions out that did nothing but register, and the statements that call them.

    `classes` are the names of those that implementations are created with.
    """
    for _ in range(_ROUNDS):
        code = oauth_code(integration)
        found = next(
            (
                (module, function)
                for name, own, owner in helpers
                if (module := code.module(name)) is not None
                for function in module.index.functions
                if function.name == own
                and _owner_name(function) == owner
                and not own.startswith(("async_step_", "async_setup", "async_oauth"))
                and _does_nothing(function, classes)
            ),
            None,
        )
        if found is None:
            return integration
        module, function = found
        edit = Edit(integration)
        callers: set[tuple[str, str, str]] = set()
        for other, line, caller in _calling_lines(code, function):
            edit.replace(other, line, REMOVED)
            if caller is not None:
                callers.add((other.name, caller.name, _owner_name(caller)))
        edit.replace(module, function.node, REMOVED)
        after = edit.done()
        if _is_named_still(after, function.name, integration):
            return integration
        helpers = helpers | callers
        integration = after
    return integration


def _does_nothing(function: Function, classes: frozenset[str]) -> bool:
    if function.node.decorators and not all(
        dotted(each.decorator) == "callback" for each in function.node.decorators
    ):
        return False
    return all(_is_idle(line, classes) for line in function.node.body.body)


def _is_idle(statement: cst.CSTNode, classes: frozenset[str]) -> bool:
    """Whether a statement only looks something up, creates an implementation, logs, or leaves."""
    if isinstance(statement, cst.If):
        orelse = statement.orelse
        branches = [statement.body] if orelse is None else [statement.body, orelse]
        return not _calls_out(statement.test) and all(_is_idle(each, classes) for each in branches)
    if isinstance(statement, cst.Else):
        return _is_idle(statement.body, classes)
    if isinstance(statement, cst.IndentedBlock):
        return all(_is_idle(each, classes) for each in statement.body)
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return is_docstring(statement) or all(
        isinstance(small, (cst.Pass, cst.Import, cst.ImportFrom))
        or (isinstance(small, cst.Return) and _leads_nowhere(small.value, classes))
        or (isinstance(small, cst.Expr) and not _calls_out(small.value))
        or (
            isinstance(small, cst.Assign)
            and (not _calls_out(small.value) or _creates(small.value, classes))
            and all(isinstance(each.target, cst.Name) for each in small.targets)
        )
        for small in statement.body
    )


def _leads_nowhere(value: cst.BaseExpression | None, classes: frozenset[str]) -> bool:
    return value is None or isinstance(value, cst.Name) or _creates(value, classes)


def _creates(value: cst.BaseExpression, classes: frozenset[str]) -> bool:
    """Whether an expression is the creation of an implementation."""
    return isinstance(value, cst.Call) and dotted(value.func).rpartition(".")[2] in classes


def _calls_out(node: cst.CSTNode) -> bool:
    """Whether an expression calls what may do more than log or look up implementations."""
    return any(
        isinstance(each, cst.Call)
        and dotted(each.func).rpartition(".")[2] not in (*LEVELS, _LOOKUP, "get", "bool", "str")
        for each in walk(node)
    )


def _calling_lines(
    code: OAuthCode, function: Function
) -> Iterator[tuple[Module, cst.SimpleStatementLine, Function | None]]:
    for name, document in code.integration.modules.items():
        other = code.module(name) if document.mentions(function.name) else None
        for call in other.index.calls if other is not None else ():
            if other is None or call.name.rpartition(".")[2] != function.name:
                continue
            line = statement_of(other.document.module, call.node)
            if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
                continue
            small = line.body[0]
            unused = (
                isinstance(small, cst.Assign)
                and len(small.targets) == 1
                and isinstance(small.targets[0].target, cst.Name)
                and call.function is not None
                and not is_used(call.function, small.targets[0].target.value, (line,))
            )
            if isinstance(small, cst.Expr) or (unused and isinstance(small, cst.Assign)):
                value = (
                    small.value.expression if isinstance(small.value, cst.Await) else small.value
                )
                called = function.owner is None or call.name.startswith(("self.", "cls."))
                does_more = any(_calls_out(argument) for argument in call.node.args)
                if value is call.node and called and not does_more:
                    yield other, line, call.function


def _is_named_still(after: Integration, name: str, before: Integration) -> bool:
    """Whether some code of the integration, or a test of it, still uses a name."""
    for own, document in after.modules.items():
        if document.mentions(name):
            found = oauth_code(after).module(own)
            tree = found.document.module if found is not None else None
            if tree is None or any(
                (isinstance(node, cst.Name) and node.value == name) for node in walk(tree)
            ):
                return True
    return any(document.mentions(name) for document in before.test_modules.values())


def _without_reads(integration: Integration, helpers: set[tuple[str, str, str]]) -> Integration:
    """Take out `_ = self.property`, which was there for what the property registered."""
    edit = Edit(integration)
    for name, own, owner in helpers:
        module = edit.code.module(name)
        for flow in edit.code.flows if owner else ():
            if module is None or flow.name != owner or flow.module is not module:
                continue
            method = flow.node.methods.get(own)
            if method is None or not any(
                dotted(each.decorator) == "property" for each in method.node.decorators
            ):
                continue
            for line in walk(flow.node.node):
                if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
                    small = line.body[0]
                    unused = (
                        isinstance(small, cst.Assign) and dotted(small.targets[0].target) == "_"
                    )
                    read = unused or isinstance(small, cst.Expr)
                    value = getattr(small, "value", None) if read else None
                    if dotted(value) == f"self.{own}":
                        edit.replace(module, line, REMOVED)
    return edit.done()


def _without_stored_name(integration: Integration) -> Integration:
    """Let entries store the implementation that their flow picked, and renewed ones keep it."""
    edit = Edit(integration)
    for flow in edit.code.flows:
        module = flow.module
        for method in flow.node.methods.values():
            for node in walk(method.node.body):
                if isinstance(node, cst.Dict):
                    gone = [
                        element
                        for position, element in enumerate(node.elements)
                        if isinstance(element, cst.DictElement)
                        and key_or_name(edit.code, module, element.key) == STORED
                        and edit.code.text(module, element.value) is not None
                        and any(
                            isinstance(other, cst.StarredDictElement)
                            for other in node.elements[:position]
                        )
                    ]
                    if gone:
                        from appcred.documents.rewriting import without_elements

                        edit.replace(module, node, without_elements(node, gone))
                elif isinstance(node, cst.Assign) and method.name.startswith("async_step_reauth"):
                    target = node.targets[0].target
                    if (
                        isinstance(target, cst.Subscript)
                        and text(_index(target)) == "implementation"
                        and edit.code.text(module, node.value) is not None
                    ):
                        stored = cst.parse_expression(
                            "self.hass.config_entries.async_get_entry(\n    "
                            f'self.context["entry_id"]\n).data["{STORED}"]'
                        )
                        edit.replace(module, node.value, stored)
    return edit.done()


def _index(node: cst.Subscript) -> cst.BaseExpression | None:
    part = node.slice[0].slice if len(node.slice) == 1 else None
    return part.value if isinstance(part, cst.Index) else None
