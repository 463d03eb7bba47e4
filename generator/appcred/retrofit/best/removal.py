"""The import from YAML taken out again, with the schema, the notice and what only they needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, statement_of, with_leading
from appcred.documents.walk import contains, names, text, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source, Value, calls_of_own, is_docstring
from appcred.oauth.yaml import is_alias, is_notice, setup, speaks_of_yaml
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best.key_reads import IN_YAML, required_key
from appcred.retrofit.best.registration import entry_only_schema
from appcred.retrofit.best.schema import drop_keys
from appcred.retrofit.best.unread import is_unread_stash
from appcred.retrofit.best.unused_code import (
    remove_function,
    without_constants,
    without_empty_module,
    without_issue,
    without_logger,
)
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.importing import CredentialImport
    from appcred.oauth.names import Module
    from appcred.oauth.yaml import Setup
    from appcred.release import Span

_BY_HAND: Final = "remove it by hand, with its schema and its notice"


_STATEMENTS: Final = (cst.SimpleStatementLine, cst.If, cst.For)
"""The statements that are looked into."""


class _Site(NamedTuple):
    """Where the import happens in `async_setup`: its own call, or that of the helper it is in."""

    module: Module
    call: cst.Call
    helper: bool


def remove(integration: Integration, span: Span) -> Integration:
    """Return the integration without the import of credentials from YAML.

    Raises StopError where the import is neither in `async_setup` nor in a helper that does
    nothing else, or the rest of `async_setup` cannot do without.
    """
    sources = (Source.YAML, Source.LIST)
    imports = [i for i in credential_imports(integration) if i.source in sources]
    (found,) = imports[:1]
    if len(imports) > 1:
        where = imports[-1]
        reason = "this import from YAML is not a separate statement of async_setup"
        raise stop(where.module, where.used.call.node, reason, _BY_HAND)
    code = oauth_code(integration)
    site = _site(code, found)
    keys = _keys(code, found)
    described = schema(code)
    whole = described is None or all(key.name in keys for key in described.keys)
    translations = _translation_keys(code, found)
    result = _without_import(integration, site, whole=whole)
    if site.helper:
        result = remove_function(
            result, found.module.name, found.function.name, "the import", _BY_HAND
        )
    if described is not None:
        result = _without_schema(result, span) if whole else drop_keys(result, keys)
    for module in sorted({"", found.module.name}):
        result = without_logger(integration, result, module)
    result = _without_unused_names(result)
    result = without_constants(integration, result, {"", found.module.name})
    if site.helper:
        result = without_empty_module(result, found.module.name)
    for key in translations:
        result = without_issue(result, key)
    return result


def _site(code: OAuthCode, found: CredentialImport) -> _Site:
    """Return where `async_setup` imports. Raises StopError where that is somewhere else."""
    module, function, call = found.module, found.function, found.used.call.node
    if function.name == "async_setup" and not module.name and function.outer is None:
        return _Site(module, call, helper=False)
    elsewhere = stop(
        module,
        call,
        f"this import from YAML is in {function.name}, which not only async_setup calls",
        "import it in async_setup itself, and run this again",
    )
    if function.owner is not None or function.outer is not None:
        raise elsewhere
    callers = list(calls_of_own(code, module, function))
    if len(callers) != 1:
        raise elsewhere
    (caller,) = callers
    inside = caller.call.function
    if inside is None or inside.name != "async_setup" or caller.module.name or inside.outer:
        raise elsewhere
    other = next((s for s in _besides(function, call)), None)
    if other is not None:
        raise stop(
            module,
            other,
            f"{function.name} does more than import credentials from YAML",
            "move the rest to async_setup, and run this again",
        )
    return _Site(caller.module, caller.call.node, helper=True)


def _keys(code: OAuthCode, found: CredentialImport) -> tuple[str, ...]:
    """Return the keys of YAML that hold the id and the secret, or the list of clients."""
    values = [found.client_id, found.client_secret]
    if found.source is Source.LIST:
        own = {name.value for name in names(found.client_id.node)}
        loops = [
            node.iter
            for node in walk(found.function.node.body, into_functions=False)
            if isinstance(node, cst.For)
            and contains(node.body, found.used.call.node)
            and own & {name.value for name in names(node.target)}
        ]
        values = [Value(found.module, found.function, each) for each in loops]
    keys = []
    for value in values:
        if value is None or code.text(value.module, value.node) is not None:
            continue  # no secret, or one that is written down
        keys.append(required_key(code, value, *IN_YAML))
    return tuple(keys)


# --- async_setup -------------------------------------------------------------------------------


def _without_import(integration: Integration, site: _Site, *, whole: bool) -> Integration:
    code = oauth_code(integration)
    running = setup(code)
    module, call = site.module, site.call
    if running is None:
        todo = "write it as `async def async_setup(hass, config)`, and run this again"
        raise stop(module, call, "cannot tell the parameters of async_setup", todo)
    edit = Edit(integration)
    function = running.function

    def is_spare(statement: Statement) -> bool:
        return whole and is_unread_stash(code, running, statement)

    going = _going(function, running.body, call, is_spare)
    if not going:
        reason = "this import from YAML is part of a longer statement"
        todo = (
            "make it a statement of its own, with nothing else under the tests around it, "
            "and run this again"
        )
        raise stop(module, call, reason, todo)
    rest = [s for s in running.body if s not in going]
    if whole:
        going += [
            s
            for s in rest
            if s in (running.guard, running.tried)
            or is_alias(code, running, s)
            or is_spare(s)
            or (is_notice(s) and speaks_of_yaml(module, s))
        ]
        going += _leaving(running, going)
    going += _feeding(function, running.body, going)
    rest = [s for s in rest if s not in going]
    if whole:
        always = _always(running, rest)
        kept = [each for s in rest for each in (always if s is running.handled else [s])]
        left = next((s for s in kept if _reads_beyond(running, s, going)), None)
        if left is not None:
            raise stop(
                module,
                left,
                "async_setup reads the section of YAML for more than credentials",
                "remove this, or use a constant or a value of an entry, and run this again",
            )
        if not rest:
            edit.replace(module, function.node, REMOVED)
            return edit.done()
        if running.handled in rest and always != [running.handled]:
            first, *others = always
            lines = [*running.handled.leading_lines, *first.leading_lines]
            edit.replace(module, running.handled, [with_leading(first, lines), *others])
    for each in going:
        edit.replace(module, each, REMOVED)
    return edit.done()


def _leaving(running: Setup, going: Sequence[Statement]) -> list[Statement]:
    """Return the tests that leave with True where there is no client, if nothing follows them."""
    found: list[Statement] = []
    for statement in reversed(running.body):
        if statement in going:
            continue
        if not isinstance(statement, cst.If) or not _only_leaves(statement):
            break
        last = statement.body.body[-1]
        small = last.body[0] if isinstance(last, cst.SimpleStatementLine) else None
        if not isinstance(small, cst.Return) or dotted(small.value) != "True":
            break
        if any(isinstance(node, (cst.Call, cst.Await)) for node in walk(statement.test)):
            break
        found.append(statement)
    return found


def _reads_beyond(running: Setup, statement: Statement, going: Sequence[Statement]) -> bool:
    """Whether a statement reads the configuration other than in what goes."""
    gone = {id(name) for each in going for name in names(each)}
    wanted = {running.config, *running.sections}
    return any(name.value in wanted and id(name) not in gone for name in names(statement))


def _always(running: Setup, rest: Sequence[Statement]) -> list[Statement]:
    """Return what is done without YAML, to be done always; the `if` itself where more follows."""
    handled = running.handled
    if handled is None:
        return []
    block: list[Statement] = [s for s in handled.body.body if isinstance(s, _STATEMENTS)]
    if rest[-1:] != [handled] or len(block) < len(handled.body.body):
        return [handled]
    if running.last is not None:
        block.pop()
    return block


def _without_unused_names(integration: Integration) -> Integration:
    """Drop names for the section that nothing uses any more."""
    edit = Edit(integration)
    running = setup(edit.code)
    if running is None:
        return integration
    function = running.function.node
    for name in running.sections:
        bindings = [
            node
            for node in walk(function.body)
            if isinstance(node, cst.NamedExpr) and dotted(node.target) == name
        ]
        uses = [node for node in names(function.body) if node.value == name]
        if len(bindings) == 1 and len(uses) == 1:
            value = bindings[0].value
            if bindings[0].lpar:
                value = value.with_changes(lpar=bindings[0].lpar, rpar=bindings[0].rpar)
            edit.replace(running.module, bindings[0], value)
    return edit.done()


# --- what goes of a function ---------------------------------------------------------------------


def _besides(function: Function, call: cst.Call) -> list[cst.CSTNode]:
    """Return what a function does besides an import, and telling the user about it."""
    body = [s for s in function.node.body.body if not is_docstring(s)]
    statements = [s for s in body if isinstance(s, _STATEMENTS)]
    if len(statements) < len(body):
        return [s for s in body if s not in statements]
    going = _going(function, statements, call, lambda _: False)
    going += [s for s in statements if is_notice(s) or _only_leaves(s)]
    going += _feeding(function, statements, going)
    return [s for s in statements if s not in going]


def _going(
    function: Function,
    body: Sequence[Statement],
    call: cst.Call,
    is_spare: Callable[[Statement], bool],
) -> list[Statement]:
    """Return the statement of a body, or of a block in it, that goes with the import; or none."""
    top = next(s for s in body if contains(s, call))
    if isinstance(top, cst.SimpleStatementLine):
        small = top.body[0] if len(top.body) == 1 else None
        value = small.value if isinstance(small, cst.Expr) else None
        awaited = value.expression if isinstance(value, cst.Await) else None
        return [top] if awaited is call else []
    branch = _emptied(function, top, call, is_spare)
    return [] if branch is None else [branch]


def _emptied(
    function: Function,
    top: Statement,
    call: cst.Call,
    is_spare: Callable[[Statement], bool],
) -> cst.If | cst.For | None:
    """Return the outermost `if` or `for` that holds nothing but the import and its notice."""
    if not isinstance(top, (cst.If, cst.For)) or top.orelse is not None:
        return None
    body = [s for s in top.body.body if isinstance(s, _STATEMENTS)]
    if len(body) != len(top.body.body):
        return None
    inner = next(s for s in body if contains(s, call))
    others = [
        s
        for s in body
        if s is not inner and not (is_notice(s) or is_spare(s) or _feeds(function, s, [top]))
    ]
    deeper = _going(function, [inner], call, is_spare)
    if deeper == [inner] and not others and not _binds_for_others(function, top):
        return top
    branch = deeper[0] if deeper else None
    return branch if isinstance(branch, (cst.If, cst.For)) else None


def _binds_for_others(function: Function, top: cst.If | cst.For) -> bool:
    """Whether a name that a statement binds on the way is used outside of it."""
    bound = {name.value for name in names(top.target)} if isinstance(top, cst.For) else set()
    bound |= {dotted(node.target) for node in walk(top) if isinstance(node, cst.NamedExpr)}
    uses = [name for name in names(function.node.body) if name.value in bound]
    inside = {id(name) for name in names(top)}
    return any(id(use) not in inside for use in uses)


def _only_leaves(statement: Statement) -> bool:
    """Whether a statement does nothing but leave the function, if even that."""
    if isinstance(statement, cst.If):
        block = [s for s in statement.body.body if isinstance(s, cst.SimpleStatementLine)]
        alone = len(block) == len(statement.body.body) and statement.orelse is None
        return alone and all(is_notice(s) or _only_leaves(s) for s in block)
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, cst.Pass)
        or (isinstance(small, cst.Return) and dotted(small.value) in ("", "True", "False", "None"))
        for small in statement.body
    )


def _feeding(
    function: Function, body: Sequence[Statement], going: Sequence[Statement]
) -> list[Statement]:
    """Return the statements that only name something for those that go."""
    found: list[Statement] = []
    while True:
        gone = [*going, *found]
        more = [s for s in body if s not in gone and _feeds(function, s, gone)]
        if not more:
            return found
        found += more


_PLAIN: Final = frozenset(
    {"get", "strip", "lower", "slugify", "dict", "list", "str", "ensure_list", "ClientCredential"}
)
"""Functions whose call has no effect but its result."""


def _feeds(function: Function, statement: Statement, gone: Sequence[cst.CSTNode]) -> bool:
    """Whether a statement names something, and does no more, for what goes."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target: cst.BaseExpression = small.targets[0].target
    elif isinstance(small, cst.AnnAssign) and small.value is not None:
        target = small.target
    else:
        return False
    parts = [e.value for e in target.elements] if isinstance(target, cst.Tuple) else [target]
    if not all(isinstance(part, cst.Name) for part in parts):
        return False
    given = {dotted(part) for part in parts}
    for node in walk(small):
        if isinstance(node, (cst.Await, cst.Yield)):
            return False
        if isinstance(node, cst.Call) and dotted(node.func).rpartition(".")[2] not in _PLAIN:
            return False
    uses = [name for name in names(function.node.body) if name.value in given]
    own = [name for name in uses if contains(statement, name)]
    others = [name for name in uses if not any(name is each for each in own)]
    used = {name.value for name in others} == given
    return used and all(any(contains(node, name) for node in gone) for name in others)


# --- the notice ----------------------------------------------------------------------------------


def _translation_keys(code: OAuthCode, found: CredentialImport) -> tuple[str, ...]:
    """Return the texts of the repair issues about YAML, beside the import and in `async_setup`."""
    places = [(found.module, found.function)]
    running = setup(code)
    if running is not None and running.function is not found.function:
        places.append((running.module, running.function))
    keys = []
    for module, function in places:
        for node in walk(function.node):
            if not isinstance(node, cst.Call) or not dotted(node.func).endswith(
                "async_create_issue"
            ):
                continue
            if "deprecated_yaml" not in module.document.module.code_for_node(node):
                continue
            for argument in node.args:
                if argument.keyword is not None and argument.keyword.value == "translation_key":
                    key = text(argument.value)
                    if key is not None:
                        keys.append(key)
    return tuple(keys)


# --- the schema --------------------------------------------------------------------------------


def _without_schema(integration: Integration, span: Span) -> Integration:
    """Let the schema say that there is nothing in YAML, or drop it with `async_setup`."""
    edit = Edit(integration)
    found = schema(edit.code)
    if found is None:
        return integration
    module = found.module
    stays = module.index.function("async_setup") is not None
    whole = statement_of(module.document.module, found.outer)
    part = statement_of(module.document.module, found.section)
    if part is not None and part is not whole:
        edit.replace(module, part, REMOVED)  # the section's schema, under a name of its own
    if stays and span.all("config_entry_only_schema"):
        edit.replace(module, found.outer, cst.parse_expression(entry_only_schema(edit, module)))
        return edit.done()
    if whole is not None:
        edit.replace(module, whole, REMOVED)
    return edit.done()
