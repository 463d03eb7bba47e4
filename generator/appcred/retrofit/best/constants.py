"""A client written into the source becomes an imported credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.imports import Import
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, filled, statements, with_leading
from appcred.documents.walk import contains, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import FLOW_HANDLER, PLATFORM
from appcred.oauth.registration import Source, Value, is_docstring, registrations
from appcred.release import python_for
from appcred.retrofit.best.classes import (
    Conversion,
    as_plain,
    conversion,
    convert_class,
    remove_class,
)
from appcred.retrofit.best.equality import equal, refuse_no_secret, refuse_unlike
from appcred.retrofit.best.manual import importing, place
from appcred.retrofit.best.other_statements import importing_helpers, imports_credential
from appcred.retrofit.best.platform import write_platform
from appcred.retrofit.best.registration import (
    IMPORT,
    WHY_CLIENT,
    WHY_NAME,
    await_helper,
    convert_call,
    declare_entry_only,
    domain_expression,
    remove_call,
    remove_factory,
    taken_along,
)
from appcred.retrofit.best.setup_refusals import beyond_import
from appcred.retrofit.steps.texts import add_dependency, add_flow_texts
from appcred.rules.edit import Edit, StopError, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.names import Member, Module
    from appcred.oauth.registration import Registration
    from appcred.release import Span


def migrate(integration: Integration, span: Span) -> Integration:
    """Import the integration's own client where it was registered, and where a flow can start.

    Raises StopError where a registration is not understood, or cannot be done so.
    """
    found = registrations(integration)
    if found.manual:
        raise StopError(found.manual[0])
    first = found.understood[0]
    for other in found.understood:
        if other.source is not Source.CONSTANT or not _same(integration, first, other):
            raise _different(first, other)
    code = oauth_code(integration)
    refuse_unlike(code, found.understood)
    refuse_no_secret(first, span)
    plan = conversion(code, first)
    name = _name(integration, first, plan)
    template = _Client(code.integration, first, name)
    result, _ = write_platform(integration, as_plain(first, plan))
    for _each in found.understood:
        site = _next(result, of_entries=False)
        if site is None:
            break
        result = await_helper(result, site)
        again = _next(result, of_entries=False)
        if again is not None:
            result = convert_call(result, again, None, name)
    result = _without_helper(result)
    result = _into_flow(result, template, span)
    result = _into_setup(result, template, span)
    # Last, while what the imports need is imported still: comments there would be lost.
    while (site := _next(result, of_entries=True)) is not None:
        result = remove_call(result, site)
    result = remove_factory(result, first)
    if plan is not None:
        result = remove_class(result, plan) if plan.gone else convert_class(result, plan)
    result = add_dependency(result)
    return add_flow_texts(result, span)


def _next(integration: Integration, *, of_entries: bool) -> Registration | None:
    """Return a registration in the set-up of entries, or one that is elsewhere."""
    return next(
        (
            each
            for each in registrations(integration).understood
            if (each.function.name == "async_setup_entry") is of_entries
        ),
        None,
    )


def _without_helper(integration: Integration) -> Integration:
    """Let no set-up of an entry import the client, where a helper of its own did that alone."""
    edit = Edit(integration)
    module = edit.code.module("")
    function = module.index.function("async_setup_entry") if module is not None else None
    for statement in walk(function.node.body) if function is not None else ():
        if module is None or not isinstance(statement, cst.SimpleStatementLine):
            continue
        (small, *others) = statement.body
        alone = not others and isinstance(small, cst.Expr) and isinstance(small.value, cst.Await)
        if not alone or not imports_credential(edit.code, module, statement):
            continue
        more = (
            each
            for helper, called in importing_helpers(edit.code, module, statement)
            for each in beyond_import(edit.code, helper, called.node.body)
        )
        if not any(more):
            edit.replace(module, statement, REMOVED)
    return edit.done()


class _Client:
    """The client as it was written, for every place that has to import it."""

    def __init__(self, integration: Integration, registration: Registration, name: Value) -> None:
        self.code = oauth_code(integration)
        self.registration = registration
        self.name = name

    def statement(self, edit: Edit, module: Module, hass: cst.BaseExpression) -> list[Statement]:
        """Return the import for a place in a module, and ask for what it needs there."""
        found = self.registration
        refuse_condition(found)
        values: dict[str, cst.BaseExpression] = {"HASS": hass}
        domain, needed = domain_expression(edit.code, module)
        values["DOMAIN"] = domain
        if needed is not None:
            edit.need(module, needed)
        for key, value in (
            ("CLIENT_ID", found.client_id),
            ("CLIENT_SECRET", found.client_secret),
            ("AUTH_DOMAIN", found.domain),
            ("NAME", self.name),
        ):
            if value is None:
                values[key] = cst.SimpleString('""')
                continue
            text = self.code.text(value.module, value.node)
            if key == "AUTH_DOMAIN" and text == self.code.integration.domain:
                continue
            why = WHY_NAME if key == "NAME" else WHY_CLIENT
            values[key] = taken_along(edit, value, module, why)
        edit.need(module, Import(PLATFORM, IMPORT), Import(PLATFORM, "ClientCredential"))
        text = render(RETROFIT, "import_credential", "AUTH_DOMAIN" in values, True)  # noqa: FBT003
        return [filled(s, values) for s in statements(module.document.module, text)]


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
                f"{dotted(decides[0])} decides whether there is this client, which would be "
                "imported elsewhere whatever it is",
                "import it by hand where a user starts the flow, behind the same test, and run "
                "this again",
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


def _different(first: Registration, other: Registration) -> StopError:
    return stop(
        other.module,
        other.used.call.node,
        f"another client is registered here than in {place(first)}",
        "register the same one in both places, from the same constants, and run this again; where "
        f"both are needed, {importing(other)}, under an auth domain of its own, and let "
        "async_get_auth_implementation in application_credentials.py tell them apart by "
        "auth_domain",
    )


def _same(integration: Integration, one: Registration, other: Registration) -> bool:
    code = oauth_code(integration)
    pairs = (
        (one.client_id, other.client_id),
        (one.client_secret, other.client_secret),
        (one.domain, other.domain),
    )
    return all(equal(code, *pair) for pair in pairs)


def _name(integration: Integration, found: Registration, plan: Conversion | None) -> Value:
    """Return what the credential is called: as its class was, else as the integration is."""
    if plan is not None and plan.name is not None:
        return plan.name
    return Value(found.module, None, cst.SimpleString(f'"{_title(integration)}"'))


# --- where a flow can start --------------------------------------------------------------------


def _into_flow(integration: Integration, client: _Client, span: Span) -> Integration:
    """Import the client when a user starts a flow, for that can come before any set-up."""
    code = oauth_code(integration)
    for flow in code.flows:
        steps = [
            each.node
            for name, each in flow.node.methods.items()
            if name.startswith("async_step_") and not name.startswith("async_step_re")
        ]  # not those of reauth and reconfigure, in which no user starts
        if flow.module.document.mentions(IMPORT) or any(
            imports_credential(code, flow.module, each) for each in steps
        ):
            continue
        if any(isinstance(base, str) and base == FLOW_HANDLER for base in code.ancestry(flow)):
            integration = _into_step(integration, flow, client, span)
    return integration


def _into_step(integration: Integration, flow: Member, client: _Client, span: Span) -> Integration:
    edit = Edit(integration)
    new = client.statement(edit, flow.module, cst.parse_expression("self.hass"))
    step = flow.node.methods.get("async_step_user")
    if step is not None:
        body = step.node.body
        if not isinstance(body, cst.IndentedBlock):
            raise stop(
                flow.module,
                step.node,
                "async_step_user is written on one line",
                "give it a body of its own, and run this again",
            )
        edit.replace(flow.module, body, _begun_with(body, new))
        return edit.done()
    today = span.all("config_flow_result")
    result = "ConfigFlowResult" if today else "FlowResult"
    text = render(RETROFIT, "step_user", result)
    (method,) = statements(flow.module.document.module, text)
    if not isinstance(method, cst.FunctionDef) or not isinstance(method.body, cst.IndentedBlock):
        return integration
    method = method.with_changes(body=_begun_with(method.body, new))
    edit.need(flow.module, Import("typing", "Any"))
    if python_for(span.floor) < (3, 10):  # which knows no `|` between types
        edit.need(flow.module, Import("__future__", "annotations"))
    home = "homeassistant.config_entries" if today else "homeassistant.data_entry_flow"
    edit.need(flow.module, Import(home, result))
    block = flow.node.node.body
    if isinstance(block, cst.IndentedBlock):
        method = method.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        edit.replace(flow.module, block, block.with_changes(body=[*block.body, method]))
    return edit.done()


def _begun_with(body: cst.IndentedBlock, new: list[Statement]) -> cst.IndentedBlock:
    """Put statements first in a body, behind its docstring."""
    start = 1 if body.body and is_docstring(body.body[0]) else 0
    return body.with_changes(body=[*body.body[:start], *new, *body.body[start:]])


# --- set-up ------------------------------------------------------------------------------------


def _into_setup(integration: Integration, client: _Client, span: Span) -> Integration:
    """Import the client in `async_setup`, which is written if there is none."""
    code = oauth_code(integration)
    module = code.module("")
    if module is None:
        return integration
    function = module.index.function("async_setup")
    if function is not None and imports_credential(code, module, function.node):
        return integration
    edit = Edit(integration)
    if function is not None:
        parameters = function.node.params.params
        body = function.node.body
        if function.node.asynchronous is None or not isinstance(body, cst.IndentedBlock):
            raise stop(
                module,
                function.node,
                "async_setup is no coroutine with a body of its own",
                "write it as one, and run this again",
            )
        hass = cst.Name(parameters[0].name.value)
        edit.replace(module, body, _begun_with(body, client.statement(edit, module, hass)))
        return edit.done()
    text = render(RETROFIT, "setup", _title(integration))
    (new,) = statements(module.document.module, text)
    if not isinstance(new, cst.FunctionDef) or not isinstance(new.body, cst.IndentedBlock):
        return integration
    inner = client.statement(edit, module, cst.Name("hass"))
    last = new.body.body[-1]
    blank = [cst.EmptyLine(indent=False)]
    lines = [*new.body.body[:-1], *inner, last.with_changes(leading_lines=blank)]
    new = new.with_changes(body=new.body.with_changes(body=lines))
    edit.need(
        module,
        Import("homeassistant.core", "HomeAssistant"),
        Import("homeassistant.helpers.typing", "ConfigType"),
    )
    declare_entry_only(edit, module, span)
    _before_entries(edit, module, new)
    return edit.done()


def _before_entries(edit: Edit, module: Module, new: cst.FunctionDef) -> None:
    """Put a function above `async_setup_entry`, or else at the end."""
    entry = module.index.function("async_setup_entry")
    blank = [cst.EmptyLine(indent=False)] * 2
    if entry is None:
        edit.at_the_end(module, with_leading(new, blank))
        return
    lines = list(entry.node.leading_lines)
    comments = [line for line in lines if line.comment is not None]
    first = with_leading(new, [line for line in lines if line.comment is None][:2] or blank)
    edit.put_before(module, entry.node, first, [*blank, *comments])


def _title(integration: Integration) -> str:
    name = str(integration.manifest.get("name", integration.domain))
    return name if name.isprintable() and not set(name) & set('"\\') else integration.domain
