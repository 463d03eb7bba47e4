"""Registrations become imports of credentials; subclasses take what a credential brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import WIDTH, Import, imports_of
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, filled, statement_of, statements, with_leading
from appcred.documents.walk import contains, has_comment, names, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.helper import PLATFORM
from appcred.oauth.registration import (
    Value,
    calls_of_own,
)
from appcred.retrofit.best.expressions import commented, comments_inside, comments_of, moved
from appcred.retrofit.best.implementation_uses import refuse_other_use_of_made
from appcred.retrofit.best.schema import VALIDATION
from appcred.retrofit.best.unused_code import remove_function
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module, Used
    from appcred.oauth.registration import Registration
    from appcred.release import Span
    from appcred.retrofit.best.expressions import Comments

IMPORT: Final = "async_import_client_credential"
_WRITE_CLIENT: Final = (
    "write it as config[DOMAIN][…] or a constant where it is registered, and run this again, "
    "or import it by hand, with async_import_client_credential in place of the registration"
)
_WRITE_NAME: Final = (
    "compute it in the property `name` from self.client_id, or write it there as a constant, "
    "and run this again"
)
WHY_CLIENT: Final = ("this client", _WRITE_CLIENT)
WHY_NAME: Final = ("the name of this client", _WRITE_NAME)
"""What is said, and what to do, where a value of a credential cannot be had in another place."""

_LOOKS: Final = ("async_get_implementations", "get")
"""What gives a value, and does nothing else."""

Notice = tuple[str, dict[str, cst.BaseExpression], tuple[Import, ...]]
"""What is said after an import: its text, what stands for the names in it, and the imports."""


# --- the call ----------------------------------------------------------------------------------


def domain_expression(code: OAuthCode, module: Module) -> tuple[cst.BaseExpression, Import | None]:
    """Return how a module writes the integration's domain, and the import that needs, if any."""
    domain = code.integration.domain
    index = module.index
    inner = "DOMAIN" in index.inner_imports  # which another function does not see
    if not inner and code.text(module, cst.Name("DOMAIN")) == domain:
        return cst.Name("DOMAIN"), None
    candidates = [*index.imports, *index.constants]
    for name in sorted(candidates, key=lambda each: (each != "DOMAIN", each)):
        if name.isupper() and code.text(module, cst.Name(name)) == domain:
            return cst.Name(name), None
        attribute = cst.Attribute(cst.Name(name), cst.Name("DOMAIN"))
        if name in index.imports and code.text(module, attribute) == domain:
            return attribute, None
    const = code.module("const")
    if const is not None and code.text(const, cst.Name("DOMAIN")) == domain:
        depth = module.name.count(".") + 1 if module.name else 1
        return cst.Name("DOMAIN"), Import("." * depth + "const", "DOMAIN")
    return cst.SimpleString(f'"{domain}"'), None


def entry_only_schema(edit: Edit, module: Module) -> str:
    """Return a module's schema of an integration that YAML has nothing of; import what it needs."""
    domain, needed = domain_expression(edit.code, module)
    if needed is not None:
        edit.need(module, needed)
    imported = (name for name, full in module.index.imports.items() if full == VALIDATION)
    validation = next(imported, None)
    if validation is None:
        validation = "cv"
        edit.need(module, Import("homeassistant.helpers", "config_validation", validation))
    shown = module.document.module.code_for_node(domain)
    return f"{validation}.config_entry_only_config_schema({shown})"


def declare_entry_only(edit: Edit, module: Module, span: Span) -> None:
    """Say, in a module that gets an `async_setup`, that YAML has nothing of the integration."""
    if span.all("config_entry_only_schema") and "CONFIG_SCHEMA" not in module.index.constants:
        edit.below_imports(module, f"CONFIG_SCHEMA = {entry_only_schema(edit, module)}\n")


def convert_call(
    integration: Integration,
    registration: Registration,
    notice: Callable[[Module], Notice] | None,
    name: Value | None = None,
) -> Integration:
    """Put the import of the credential in the place of a registration.

    `notice` says what is told to the user behind it. Raises StopError where the statement, or a
    function it stands in, cannot be changed that way.
    """
    edit = Edit(integration)
    code, module, function = edit.code, registration.module, registration.function
    call = registration.used.call.node
    statement = own_statement(module, call)
    _must_be_async(module, function)
    hass = _hass(registration)

    def here(value: Value, why: tuple[str, str] = WHY_CLIENT) -> cst.BaseExpression:
        if value.function is function or _is_constant_of(value, module):
            return value.node.deep_clone()
        return taken_along(edit, value, module, why)

    domain, domain_import = domain_expression(code, module)
    if domain_import is not None and _imports_itself(function, domain_import):
        domain_import = None
    if domain_import is not None:
        edit.need(module, domain_import)
    values: dict[str, cst.BaseExpression] = {
        "HASS": hass,
        "DOMAIN": domain,
        "CLIENT_ID": here(registration.client_id),
        "CLIENT_SECRET": cst.SimpleString('""')
        if registration.client_secret is None
        else here(registration.client_secret),
    }
    if name is not None:
        values["NAME"] = here(name, WHY_NAME)
    stored = code.text(registration.domain.module, registration.domain.node)
    if stored != integration.domain:
        values["AUTH_DOMAIN"] = here(registration.domain)
    text = render(RETROFIT, "import_credential", "AUTH_DOMAIN" in values, name is not None)
    tree = module.document.module
    behind: list[Statement] = []
    if notice is not None:
        said, what, imports = notice(module)
        edit.need(module, *imports)
        behind = [filled(each, {**values, **what}) for each in statements(tree, said)]
    comments = {
        values[name]: comments_of(value)
        for name, value in (
            ("CLIENT_ID", registration.client_id),
            ("CLIENT_SECRET", registration.client_secret),
        )
        if value is not None
    }
    new = [commented(filled(each, values), comments) for each in statements(tree, text)]
    above = [*statement.leading_lines, *_homeless(code, statement, comments.values())]
    loop = _loop_around(function, call)
    if loop is not None and behind:
        # One notice for all of the clients, behind the loop over them.
        block = cst.ensure_type(loop.body, cst.IndentedBlock)
        new[0] = with_leading(new[0], above)
        new[-1] = _with_trailing(new[-1], statement)
        inside = [part for each in block.body for part in (new if each is statement else [each])]
        if all(each is not statement for each in block.body):
            raise stop(
                module,
                call,
                "this registration is nested inside a loop",
                "make it a statement of the loop itself, and run this again",
            )
        again = loop.with_changes(body=block.with_changes(body=inside))
        edit.replace(module, loop, [again, *behind])
        edit.need(module, Import(PLATFORM, IMPORT), Import(PLATFORM, "ClientCredential"))
        return edit.done()
    new += behind
    new[0] = with_leading(new[0], above)
    new[-1] = _with_trailing(new[-1], statement)
    edit.replace(module, statement, new)
    edit.need(module, Import(PLATFORM, IMPORT), Import(PLATFORM, "ClientCredential"))
    gone = drop_feeding(edit, module, function, statement, values.values())
    refuse_other_use_of_made(registration, gone)
    return edit.done()


def _imports_itself(function: Function, wanted: Import) -> bool:
    """Whether a function imports a name in its own body."""
    return any(
        one.local == wanted.local
        for line in walk(function.node.body, into_functions=False)
        if isinstance(line, cst.SimpleStatementLine)
        for one in imports_of(line)
    )


def taken_along(
    edit: Edit, value: Value, module: Module, why: tuple[str, str]
) -> cst.BaseExpression:
    """Take a value of a credential to a module that imports it, and ask for what it needs there.

    Raises StopError where it is worked out where the implementation is made.
    """
    moving = moved(edit.code, value, module.name, *why)
    if moving.feeds:
        reason = "this client is computed where it is registered"
        raise stop(value.module, value.node, reason, why[1])
    edit.need(module, *moving.imports)
    return moving.node


def _homeless(
    code: OAuthCode, statement: cst.SimpleStatementLine, placed: Iterable[Comments]
) -> list[cst.EmptyLine]:
    """Return lines for the comments in a registration whose arguments are nowhere any more."""
    there = {comment.value for each in placed for comment in each}
    if code.platform is not None:  # where the URLs are, with theirs
        there |= {each.value for each in comments_inside(code.platform.document.module)}
    return [
        cst.EmptyLine(comment=each)
        for small in statement.body
        for each in comments_inside(small)
        if each.value not in there
    ]


def await_helper(integration: Integration, registration: Registration) -> Integration:
    """Make a coroutine of the helper that a registration stands in, and let its callers wait.

    Raises StopError where a caller cannot wait.
    """
    module, function = registration.module, registration.function
    if function.node.asynchronous is not None or function.outer:
        return integration
    edit = Edit(integration)
    callers = list(_callers(edit.code, module, function))
    for used in callers:
        calling = used.call.function
        statement = statement_of(used.module.document.module, used.call.node)
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        alone = isinstance(small, cst.Expr) and small.value is used.call.node
        if calling is None or calling.node.asynchronous is None or not alone:
            raise stop(
                used.module,
                used.call.node,
                f"{function.name} has to become a coroutine, but cannot be awaited here",
                "call it from a coroutine, in a statement of its own, and run this again",
            )
        edit.replace(used.module, used.call.node, cst.Await(used.call.node))
    if not callers:
        return integration
    decorators = [each for each in function.node.decorators if dotted(each.decorator) != "callback"]
    definition = function.node.with_changes(asynchronous=cst.Asynchronous(), decorators=decorators)
    edit.replace(module, function.node, wrapped_definition(module, definition))
    return edit.done()


def _callers(code: OAuthCode, module: Module, function: Function) -> Iterator[Used]:
    """Yield the calls of a function of the integration, or of a method by the class itself."""
    if function.owner is None:
        yield from calls_of_own(code, module, function)
        return
    for used in code.calls.get(function.name, ()):
        if used.call.name == f"self.{function.name}" and used.call.owner is function.owner:
            yield used


def remove_factory(integration: Integration, registration: Registration) -> Integration:
    """Remove the function that made an implementation, which nothing calls any more.

    Raises StopError if something still does, for what it makes has changed.
    """
    if registration.factory is None:
        return integration
    module, function = registration.factory
    todo = "create the implementation there by hand, and run this again"
    return remove_function(integration, module.name, function.name, "the registration", todo)


def with_condition(
    function: Function, statement: Statement
) -> tuple[Statement, list[cst.BaseExpression]]:
    """Return the outermost `if` that holds only a statement, and its tests; else the statement.

    One stays whose test may do something, or that has a comment of its own.
    """
    tests: list[cst.BaseExpression] = []
    blocks = [n for n in walk(function.node.body) if isinstance(n, cst.IndentedBlock)]
    while True:
        block = next((block for block in blocks if list(block.body) == [statement]), None)
        held = (each for around in blocks for each in around.body)  # an `elif` is in none
        around = next((n for n in held if isinstance(n, cst.If) and n.body is block), None)
        if block is None or around is None or around.orelse is not None:
            return statement, tests
        if has_comment(around.test, block.header, *block.footer) or any(
            isinstance(n, (cst.Call, cst.Await, cst.NamedExpr)) for n in walk(around.test)
        ):
            return statement, tests
        statement = around
        tests.append(around.test)


def doing_names(function: Function, test: cst.BaseExpression) -> Iterator[cst.Name]:
    """Yield the names in a test whose values come from what may do more than look."""
    for name in names(test):
        calls = (
            node
            for bound in _binding_statements(function, name.value)
            for node in walk(bound)
            if isinstance(node, cst.Call)
        )
        if any(dotted(call.func).rpartition(".")[2] not in _LOOKS for call in calls):
            yield name


def own_statement(module: Module, call: cst.Call) -> cst.SimpleStatementLine:
    """Return the statement that is nothing but a call. Raises StopError if it is part of more."""
    statement = statement_of(module.document.module, call)
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        small = statement.body[0]
        if isinstance(small, cst.Expr):
            # What registers is no coroutine: awaited it fails, once it has registered.
            value = small.value.expression if isinstance(small.value, cst.Await) else small.value
            if value is call:
                return statement
    raise stop(
        module,
        call,
        "this registration is part of a longer statement",
        "write it as a statement of its own, and run this again",
    )


def _loop_around(function: Function, call: cst.Call) -> cst.For | None:
    return next(
        (
            node
            for node in walk(function.node.body, into_functions=False)
            if isinstance(node, cst.For) and contains(node.body, call)
        ),
        None,
    )


def _with_trailing(new: Statement, old: cst.SimpleStatementLine) -> Statement:
    if isinstance(new, cst.SimpleStatementLine) and old.trailing_whitespace.comment is not None:
        return new.with_changes(trailing_whitespace=old.trailing_whitespace)
    return new


def _hass(registration: Registration) -> cst.BaseExpression:
    argument = registration.used.call.argument("hass", 0)
    return argument.deep_clone() if argument is not None else cst.Name("hass")


def _is_constant_of(value: Value, module: Module) -> bool:
    return value.module is module and value.function is None


def drop_feeding(
    edit: Edit,
    module: Module,
    function: Function,
    statement: Statement,
    kept: Iterable[cst.BaseExpression],
) -> list[Statement]:
    """Take out the assignments that only fed the registration; return all that goes."""
    still = {name.value for each in kept for name in names(each)}
    gone: list[Statement] = [statement]
    candidates = {name.value for name in names(statement)} - still
    while candidates:
        more: set[str] = set()
        for name in sorted(candidates):
            bound = [s for s in _binding_statements(function, name) if s not in gone]
            if len(bound) == 2 and _means_another(function, name, bound, gone):
                bound.pop()
            elif len(bound) != 1 or _used_elsewhere(function, name, [*gone, *bound]):
                continue
            gone.append(bound[0])
            edit.replace(module, bound[0], REMOVED)
            more |= {each.value for each in names(bound[0])} - {name} - still
        candidates = more
    return gone


def _means_another(
    function: Function, name: str, bound: Sequence[Statement], gone: Sequence[Statement]
) -> bool:
    """Whether a name has a value for what goes, and another one for all that comes after."""
    first, second = bound
    for block in walk(function.node, into_functions=False):
        lines = list(block.body) if isinstance(block, cst.IndentedBlock) else []
        if first in lines and gone[0] in lines and second in lines:
            small = cst.ensure_type(second, cst.SimpleStatementLine).body[0]
            value = small.value if isinstance(small, (cst.Assign, cst.AnnAssign)) else None
            at = [lines.index(each) for each in (first, gone[0], second)]
            return (
                at == sorted(at)
                and value is not None
                and name not in {each.value for each in names(value)}
                and not _used_elsewhere(function, name, [*gone, *bound, *lines[at[-1] :]])
            )
    return False


def _binding_statements(function: Function, name: str) -> list[cst.SimpleStatementLine]:
    found = []
    for node in walk(function.node.body, into_functions=False):
        if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
            small = node.body[0]
            if isinstance(small, cst.Assign) and len(small.targets) == 1:
                if dotted(small.targets[0].target) == name:
                    found.append(node)
            elif isinstance(small, cst.AnnAssign) and dotted(small.target) == name:
                found.append(node)
    return found


def _used_elsewhere(function: Function, name: str, apart: Sequence[cst.CSTNode]) -> bool:
    return any(
        each.value == name and not any(contains(node, each) for node in apart)
        for each in names(function.node.body)
    )


def _must_be_async(module: Module, function: Function) -> None:
    if any(dotted(each.decorator) == "property" for each in function.node.decorators):
        raise stop(
            module,
            function.node,
            f"{function.name} is a property, but the import of a credential must be awaited",
            "remove it if nothing uses it, or make it a coroutine that is awaited where it "
            "is used, and run this again",
        )
    if function.node.asynchronous is None:
        raise stop(
            module,
            function.node,
            f"{function.name} is not a coroutine, but the import of a credential must be awaited",
            "make it `async def`, await it where it is called, and run this again",
        )


def wrapped_definition(module: Module, definition: cst.FunctionDef) -> cst.FunctionDef:
    """Put the parameters of a function on a line of their own, if it is too long for one line."""
    code = module.document.module.code_for_node
    bare = definition.with_changes(body=cst.SimpleStatementSuite([]), leading_lines=())
    if len(code(bare).strip()) <= WIDTH:
        return definition
    unit = module.document.module.default_indent
    before = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(unit))
    after = cst.ParenthesizedWhitespace(indent=True)
    *first, last = definition.params.params
    params = [*first, last.with_changes(whitespace_after_param=after)]
    return definition.with_changes(
        whitespace_before_params=before, params=definition.params.with_changes(params=params)
    )
