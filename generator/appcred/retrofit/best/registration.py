"""What the steps that take a registration out, and import its client, have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import WIDTH, Import
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, statement_of
from appcred.documents.walk import contains, has_comment, names, walk
from appcred.retrofit.best.schema import VALIDATION
from appcred.retrofit.best.unused_code import remove_function
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Registration
    from appcred.release import Span

IMPORT: Final = "async_import_client_credential"
_LOOKS: Final = ("async_get_implementations", "get")
"""What gives a value, and does nothing else."""


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
