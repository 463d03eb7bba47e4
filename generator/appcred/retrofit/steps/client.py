"""The import of a client that the integration brings along, in one function.

It is called wherever the client may be needed.
That is in `async_setup`, and on each way of the flow to a pick of an implementation: Home Assistant
sets up the dependencies before a flow starts, not the integration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import, NameTakenError
from appcred.documents.python import dotted
from appcred.documents.rewriting import filled, statements, with_leading
from appcred.documents.walk import contains, names, text, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import FLOW_HANDLER
from appcred.oauth.registration import Value, is_docstring
from appcred.release import python_for
from appcred.retrofit.best.expressions import (
    Comments,
    commented,
    comments_between,
    comments_of,
    moved,
)
from appcred.retrofit.best.platform import MODULE, plain_name
from appcred.retrofit.best.registration import declare_entry_only, domain_expression
from appcred.retrofit.constructor import CLIENT_ID, CLIENT_SECRET, DOMAIN
from appcred.retrofit.graph import is_requirement, needs_requirement, reached
from appcred.retrofit.steps.platform import with_functions
from appcred.rules.edit import Edit, StopError, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member, Module
    from appcred.oauth.registration import Registration
    from appcred.release import Span

FUNCTION: Final = "async_import_client"
_PICK: Final = "async_step_pick_implementation"
_USER: Final = "async_step_user"
_TODO: Final = (
    "import it by hand with async_import_client_credential, in async_setup and in async_step_user"
)


def import_client(integration: Integration, client: Mapping[str, Value], span: Span) -> Integration:
    """Write the function that imports a client, and call it wherever a flow or an entry needs it.

    `client` has the `client_id` and the `name`; a `client_secret`, if there is one, and the auth
    `domain` that entries store, if it is another than the integration's. Raises StopError where
    there is no place for it.
    """
    integration, home = _with_function(integration, client)
    integration = _into_setup(integration, home, span)
    return _into_flows(integration, home, span)


# --- the function ------------------------------------------------------------------------------


def _with_function(
    integration: Integration, client: Mapping[str, Value]
) -> tuple[Integration, str]:
    code = oauth_code(integration)
    callers = {"", *(flow.module.name for flow in code.flows)}
    homes = dict.fromkeys((MODULE, *(value.module.name for value in client.values())))
    error: StopError | None = None
    for home in (*homes, *callers):
        try:
            made = _written(integration, client, home)
        except StopError as stopped:
            error = error or stopped
            continue
        after = oauth_code(made)
        loads = {home, *reached(after, home)}
        others = callers - {home}
        if not (others & loads) and (home == MODULE or not needs_requirement(after, MODULE)):
            return made, home
    if error is not None:
        raise error
    # Whatever module it is in, the callers load each other: it is imported where it is called.
    return _written(integration, client, MODULE), MODULE


def _written(integration: Integration, client: Mapping[str, Value], home: str) -> Integration:
    code = oauth_code(integration)
    module = code.module(home)
    values: dict[str, cst.BaseExpression] = {"HASS": cst.Name("hass")}
    imports: set[Import] = set()
    comments: dict[cst.BaseExpression, Comments] = {}
    domain, needed = domain_expression(code, module) if module is not None else _domain_in_new(code)
    values["DOMAIN"] = domain
    if needed is not None:
        imports.add(needed)
    places = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "NAME": "name"}
    if DOMAIN in client:
        places["AUTH_DOMAIN"] = DOMAIN
    for place, key in places.items():
        value = client.get(key)
        if value is None:
            values[place] = cst.SimpleString('""')
            continue
        moving = moved(code, value, home, "this client", _TODO)
        if moving.feeds:
            raise stop(value.module, value.node, "this client is computed in a function", _TODO)
        values[place] = moving.node
        comments[moving.node] = (
            comments_of(value) if tuple(comments_of(value)) else _at_import(value)
        )
        imports |= moving.imports
    if any(one.local == "DOMAIN" and one != needed for one in imports):  # of a requirement
        values["DOMAIN"] = cst.SimpleString(f'"{integration.domain}"')
        imports -= {needed} if needed is not None else set()
    imports = {one for one in imports if not (one.module == f".{home}" and one.local == one.name)}
    text = render(
        RETROFIT, "import_client_function", plain_name(integration), "AUTH_DOMAIN" in values
    )
    tree = cst.parse_module("") if module is None else module.document.module
    new = [commented(filled(each, values), comments) for each in statements(tree, text)]
    inside = {one for one in imports if is_requirement(one.module)} if home == MODULE else set()
    if module is not None:
        taken = {name for name in ("hass",) if name in module.index.imports}
        if taken:
            raise stop(module, None, f"this module already uses the name {taken}", _TODO)
    try:
        return with_functions(integration, home, new, imports - inside, inside)
    except NameTakenError as error:
        raise stop(module or client[CLIENT_ID].module, None, str(error), _TODO) from error


def _domain_in_new(code: OAuthCode) -> tuple[cst.BaseExpression, Import | None]:
    const = code.module("const")
    if const is not None and code.text(const, cst.Name("DOMAIN")) == code.integration.domain:
        return cst.Name("DOMAIN"), Import(".const", "DOMAIN")
    return cst.SimpleString(f'"{code.integration.domain}"'), None


def _at_import(value: Value) -> Comments:
    """Return the comments at the import of a constant whose import goes with its registration."""
    tree = value.module.document.module
    name = dotted(value.node)
    if sum(each.value == name for each in names(tree)) > 2:  # used elsewhere, so the import stays
        return Comments()
    for line in walk(tree):
        if not isinstance(line, cst.ImportFrom) or isinstance(line.names, cst.ImportStar):
            continue
        before: cst.CSTNode | None = line.lpar.whitespace_after if line.lpar else None
        for alias in line.names:
            after = alias.comma.whitespace_after if isinstance(alias.comma, cst.Comma) else None
            if (alias.evaluated_alias or alias.evaluated_name) == name:
                return comments_between(before, after)
            before = after
    return Comments()


def refuse_condition(found: Registration) -> None:
    """Raise StopError where a constant decides about a client that other places have to import."""
    index, function = found.module.index, found.function.node
    for node in walk(function.body):
        if not isinstance(node, cst.If) or not contains(node.body, found.used.call.node):
            continue
        decides = [
            name
            for name in (node.test, *_operands(node.test))
            if isinstance(name, (cst.Name, cst.Attribute))
            and (dotted(name).partition(".")[0] in {*index.imports, *index.constants})
        ]
        if decides:
            raise stop(
                found.module,
                node,
                f"{dotted(decides[0])} decides whether this client exists, but the import "
                "would not check it",
                "import it by hand where the flow starts, under the same test, and run this again",
            )


def _operands(test: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Yield what a test looks at for itself; not what it looks for in something, or gives away."""
    if isinstance(test, cst.BooleanOperation):
        for each in (test.left, test.right):
            yield each
            yield from _operands(each)
    elif isinstance(test, cst.UnaryOperation):
        yield test.expression
        yield from _operands(test.expression)
    elif isinstance(test, cst.Comparison) and not isinstance(
        test.comparisons[0].operator, (cst.In, cst.NotIn)
    ):
        yield test.left
        yield from (each.comparator for each in test.comparisons)


# --- its calls ---------------------------------------------------------------------------------


def _call(edit: Edit, module: Module, home: str, hass: str) -> list[Statement]:
    """Return the statements that call it in a module, and ask for the import that they need."""
    text = render(RETROFIT, "call_import_client")
    hass_node = cst.parse_expression(hass)
    lines = [filled(each, {"HASS": hass_node}) for each in statements(module.document.module, text)]
    if module.name == home:
        return lines
    depth = module.name.count(".") + 1 if module.name else 1
    needed = Import("." * depth + home, FUNCTION)
    if module.name in {home, *reached(edit.code, home)}:
        line = f"from {needed.module} import {FUNCTION}\n"
        first, *others = lines
        blank = [cst.EmptyLine(indent=False)]
        return [*statements(module.document.module, line), with_leading(first, blank), *others]
    edit.need(module, needed)
    return lines


def _into_setup(integration: Integration, home: str, span: Span) -> Integration:
    edit = Edit(integration)
    module = edit.code.module("")
    if module is None:
        return integration
    function = module.index.function("async_setup")
    if function is not None:
        parameters = function.node.params.params
        body = function.node.body
        if (
            function.node.asynchronous is None
            or not isinstance(body, cst.IndentedBlock)
            or not parameters
        ):
            raise stop(
                module,
                function.node,
                "cannot add the import to this async_setup",
                "write it as `async def async_setup(hass, config)`, with a body of its own",
            )
        new = _call(edit, module, home, parameters[0].name.value)
        edit.replace(module, body, _begun_with(body, new))
        return edit.done()
    if module.index.function("setup") is not None or "async_setup" in module.index.imports:
        raise stop(
            module,
            None,
            "async_setup is not a coroutine of this module",
            "write it here as `async def async_setup(hass, config)`",
        )
    (made,) = statements(module.document.module, render(RETROFIT, "setup", plain_name(integration)))
    definition = cst.ensure_type(made, cst.FunctionDef)
    block = cst.ensure_type(definition.body, cst.IndentedBlock)
    definition = definition.with_changes(body=_begun_with(block, _call(edit, module, home, "hass")))
    edit.need(
        module,
        Import("homeassistant.core", "HomeAssistant"),
        Import("homeassistant.helpers.typing", "ConfigType"),
    )
    declare_entry_only(edit, module, span)
    entry = module.index.function("async_setup_entry")
    blank = [cst.EmptyLine(indent=False)] * 2
    if entry is None:
        edit.at_the_end(module, with_leading(definition, blank))
    else:
        lines = list(entry.node.leading_lines)
        comments = [line for line in lines if line.comment is not None]
        first = with_leading(
            definition, [line for line in lines if line.comment is None][:2] or blank
        )
        edit.put_before(module, entry.node, first, [*blank, *comments])
    return edit.done()


def _into_flows(integration: Integration, home: str, span: Span) -> Integration:
    code = oauth_code(integration)
    for flow in code.flows:
        if any(isinstance(base, str) and base == FLOW_HANDLER for base in code.ancestry(flow)):
            integration = _into_flow(integration, flow.module.name, flow.name, home, span)
    return integration


def _into_flow(
    integration: Integration, name: str, class_name: str, home: str, span: Span
) -> Integration:
    edit = Edit(integration)
    module = edit.code.module(name)
    flow = edit.code.class_of(module, class_name) if module is not None else None
    if module is None or flow is None:
        return integration
    ways = [method for method in flow.node.methods.values() if _is_way(method.node)]
    if not any(method.name == _USER for method in ways):
        user = flow.node.methods.get(_USER)
        if user is None and _USER not in flow.node.attributes:
            return _with_step(edit, flow, home, span)
        if user is not None and not any(_leads_to(user.node, way.name) for way in ways):
            ways.append(user)
    new = _call(edit, module, home, "self.hass")
    for method in ways:
        body = method.node.body
        if not isinstance(body, cst.IndentedBlock):
            raise stop(
                module,
                method.node,
                f"{method.name} is written on one line",
                "write its body on lines of its own",
            )
        edit.replace(module, body, _begun_with(body, [each.deep_clone() for each in new]))
    return edit.done()


def _is_way(method: cst.FunctionDef) -> bool:
    """Whether a method of a flow goes on to a pick of an implementation without an entry.

    Those of reauth and reconfigure have an entry, so that the integration has been set up.
    """
    name = method.name.value
    if name.startswith(("async_step_reauth", "async_step_reconfigure")):
        return False
    if method.asynchronous is None or not name.startswith("async_step_"):
        return False
    return any(
        _goes_to(call, _PICK) or (_goes_to(call, _USER) and not _is_self(call))
        for call in walk(method.body)
    )


def _leads_to(method: cst.FunctionDef, name: str) -> bool:
    """Whether a step calls another one, or names it in a menu or a form."""
    step = name.removeprefix("async_step_")
    return any(_goes_to(node, name) or text(node) == step for node in walk(method.body))


def _goes_to(node: cst.CSTNode, name: str) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == name
    )


def _is_self(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and dotted(node.func).startswith("self.")


def _with_step(edit: Edit, flow: Member, home: str, span: Span) -> Integration:
    """Give a flow the step that its user starts it with."""
    module = flow.module
    today = span.all("config_flow_result")
    result = "ConfigFlowResult" if today else "FlowResult"
    (method,) = statements(module.document.module, render(RETROFIT, "step_user", result))
    definition = cst.ensure_type(method, cst.FunctionDef)
    body = cst.ensure_type(definition.body, cst.IndentedBlock)
    definition = definition.with_changes(
        body=_begun_with(body, _call(edit, module, home, "self.hass")),
        leading_lines=[cst.EmptyLine(indent=False)],
    )
    edit.need(module, Import("typing", "Any"))
    if python_for(span.floor) < (3, 10):  # which knows no `|` between types
        edit.need(module, Import("__future__", "annotations"))
    where = "homeassistant.config_entries" if today else "homeassistant.data_entry_flow"
    edit.need(module, Import(where, result))
    block = flow.node.node.body
    if isinstance(block, cst.IndentedBlock):
        edit.replace(module, block, block.with_changes(body=[*block.body, definition]))
    return edit.done()


def _begun_with(body: cst.IndentedBlock, new: list[Statement]) -> cst.IndentedBlock:
    """Put statements first in a body, behind its docstring."""
    start = 1 if body.body and is_docstring(body.body[0]) else 0
    return body.with_changes(body=[*body.body[:start], *new, *body.body[start:]])
