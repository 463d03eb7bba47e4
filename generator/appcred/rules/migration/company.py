"""What else of `async_setup` is about the client in YAML: names for it, a word to the user with it.

Such a statement goes where the import goes. What uses the client for anything else cannot, and
cannot stay either, for its keys may be missing from now on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import below, leaves, names, walk
from appcred.oauth.yaml import (
    index_of,
    is_alias,
    is_notice,
    is_section,
    key_text,
    reads_section,
    schema,
)
from appcred.rules.migration.edit import stop
from appcred.rules.migration.reads import readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Key, Setup
    from appcred.rules.migration.edit import StopError

_HARMLESS: Final = frozenset({"get", "strip", "lower", "format", "str"})
"""What a mere name for a part of the section may call."""


class Taken(NamedTuple):
    """A key taken out of the section: `section[key]`, or by one of its methods."""

    key: str | None
    written: cst.BaseExpression
    """The key, as it is written."""
    method: str
    """`get`, `pop`, or nothing for a subscript."""


def taken(code: OAuthCode, found: Setup, node: cst.CSTNode) -> Taken | None:
    """Return what a node takes out of the section, if it does."""
    key: cst.BaseExpression | None
    if isinstance(node, cst.Subscript):
        base, key, method = node.value, index_of(node), ""
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.args:
        base, key, method = node.func.value, node.args[0].value, node.func.attr.value
        if method not in ("get", "pop"):
            return None
    else:
        return None
    if key is None or not is_section(code, found.module, found.config, found.sections, base):
        return None
    return Taken(key_text(code, found.module, key), key, method)


def carriers(code: OAuthCode, found: Setup, keys: Sequence[str]) -> frozenset[str]:
    """Return the local names whose value has to do with the client's keys."""
    bindings = list(_bindings(found.function.node.body))
    known: set[str] = set()
    while True:
        more = {
            name
            for targets, value in bindings
            if uses_client(code, found, value, keys, known)
            for name in targets
        }
        if more <= known:
            return frozenset(known)
        known |= more


def _bindings(body: cst.CSTNode) -> Iterator[tuple[list[str], cst.BaseExpression]]:
    for node in walk(body, into_functions=False):
        if isinstance(node, cst.Assign):
            targets = [name.value for target in node.targets for name in _targets(target.target)]
            yield targets, node.value
        elif (
            isinstance(node, (cst.AnnAssign, cst.AugAssign, cst.NamedExpr))
            and node.value is not None
        ):
            yield [name.value for name in _targets(node.target)], node.value


def _targets(node: cst.BaseExpression) -> Iterator[cst.Name]:
    """Yield the plain names of a target, those of `a, b = …` too."""
    if isinstance(node, cst.Name):
        yield node
    elif isinstance(node, (cst.Tuple, cst.List)):
        for element in node.elements:
            yield from _targets(element.value)


def uses_client(
    code: OAuthCode,
    found: Setup,
    node: cst.CSTNode,
    keys: Sequence[str],
    known: frozenset[str] | set[str],
) -> bool:
    """Say whether something takes a key of the client, or reads a name that has to do with one."""
    for each in walk(node):
        one = taken(code, found, each)
        if one is not None and one.key in keys:
            return True
    return any(name.value in known for name in names(node))


def company(
    code: OAuthCode,
    found: Setup,
    body: Sequence[Statement],
    importing: Statement,
    keys: Sequence[str],
) -> list[Statement]:
    """Return the statements of a block that are there for the import in it, or tell of its client.

    Names for the client that nothing else reads, a word to the user that has one of them in it, a
    flow that is started because there is a client.
    """
    known = carriers(code, found, keys)

    def belongs(each: Statement) -> bool:
        uses = uses_client(code, found, each, keys, known)
        if starts_flow(each):
            # Beside an `if` that imports it may be there for another reason.
            apart = uses or reads_section(found, [each])
            return not apart and not isinstance(importing, cst.If)
        return uses and (
            _only_tells(each) or (_is_binding(each) and not is_alias(code, found, each))
        )

    near = [each for each in body if each is not importing and belongs(each)]
    everywhere = list(names(found.function.node.body))
    while True:
        inside = {id(name) for each in (*near, importing) for name in names(each)}
        outside = {name.value for name in everywhere if id(name) not in inside}
        kept = [each for each in near if not bound_in(each) & outside]
        if len(kept) == len(near):
            return near
        near = kept


def starts_flow(statement: cst.CSTNode) -> bool:
    """Say whether a statement starts a config flow."""
    return any(
        isinstance(node, cst.Call) and dotted(node.func).endswith(".flow.async_init")
        for node in walk(statement)
    )


def refuse_import_flow(code: OAuthCode, found: Setup, keys: Sequence[str]) -> None:
    """Raise StopError where `async_setup` starts a flow with what YAML holds."""
    known = carriers(code, found, keys)
    for node in walk(found.function.node.body):
        if isinstance(node, cst.Call) and dotted(node.func).endswith(".flow.async_init"):
            given = list(node.args)
            if reads_section(found, given) or any(
                uses_client(code, found, each, keys, known) for each in given
            ):
                raise stop(
                    found.module,
                    node,
                    "an import flow is started with the section of YAML, and without YAML there is "
                    "none",
                    "remove this import flow, and async_step_import where nothing else needs it: "
                    "the credential is imported instead, and the user signs in with it; then run "
                    "this again",
                )


def refuse_other_use(
    code: OAuthCode, found: Setup, statements: Sequence[Statement], keys: Sequence[str]
) -> None:
    """Raise StopError for the first statement that uses the client for more than a name or two."""
    known = carriers(code, found, keys)
    for each in statements:
        if uses_client(code, found, each, keys, known) and not _is_binding(each):
            raise more_than_signing_in(code, found, each, keys)


def decides(
    code: OAuthCode, found: Setup, statement: cst.CSTNode, keys: Sequence[str]
) -> bool | None:
    """Say whether a statement leaves where there is no client, and then, whether with True only."""
    blocks: list[cst.BaseSuite] = []
    if isinstance(statement, cst.If):
        if stands_on_client(code, found, statement.test, keys):
            other = statement.orelse
            blocks = [statement.body, *([other.body] if isinstance(other, cst.Else) else [])]
    elif isinstance(statement, cst.Try):
        known = carriers(code, found, keys)
        if uses_client(code, found, statement.body, keys, known):
            blocks = [handler.body for handler in _for_missing(statement)]
    leaving = [block for block in blocks if leaves(block)]
    if not leaving:
        return None
    return not any(map(fails, leaving))


def fails(block: cst.BaseSuite) -> bool:
    """Say whether a block raises, or returns anything but True."""
    return any(
        isinstance(each, cst.Raise)
        or (isinstance(each, cst.Return) and dotted(each.value) != "True")
        for each in walk(block, into_functions=False)
    )


def stands_on_client(
    code: OAuthCode, found: Setup, test: cst.BaseExpression, keys: Sequence[str]
) -> bool:
    """Say whether a test is about the client in YAML."""
    known = carriers(code, found, keys)
    named = any(name.value in known for name in names(test))
    return named or names_key(code, found, test, keys)


def bound_in(statement: cst.CSTNode) -> set[str]:
    """Return the local names that a statement gives a value to."""
    found = {name for targets, _ in _bindings(statement) for name in targets}
    for node in walk(statement, into_functions=False):
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            found.add(node.name.value)
        elif isinstance(node, (cst.For, cst.CompFor)):
            found |= {name.value for name in _targets(node.target)}
        elif isinstance(node, cst.AsName):
            found |= {name.value for name in names(node)}
        elif isinstance(node, cst.ImportAlias) and node.asname is None:
            found.add(dotted(node.name).partition(".")[0])
    return found


def _is_binding(statement: cst.CSTNode) -> bool:
    """Say whether a statement only gives names to what it takes out of something."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        map(_is_plain_assignment, statement.body)
    )


def _is_plain_assignment(small: cst.CSTNode) -> bool:
    if isinstance(small, cst.Assign):
        targets = [target.target for target in small.targets]
    elif isinstance(small, cst.AnnAssign):
        targets = [small.target]
    else:
        return False
    plain = all(
        isinstance(target, cst.Name)
        or (
            isinstance(target, (cst.Tuple, cst.List))
            and all(isinstance(element.value, cst.Name) for element in target.elements)
        )
        for target in targets
    )
    return plain and small.value is not None and _is_harmless(small.value)


def _only_tells(statement: cst.CSTNode) -> bool:
    """Say whether a statement is a word to the user, or decides about nothing but some."""
    if isinstance(statement, cst.If) and statement.orelse is None:
        return _is_harmless(statement.test, "isEnabledFor") and all(
            map(is_notice, statement.body.body)
        )
    return is_notice(statement)


def _is_harmless(value: cst.BaseExpression, *more: str) -> bool:
    harmless = {*_HARMLESS, *more}
    return not any(
        isinstance(node, (cst.Await, cst.NamedExpr, cst.Lambda))
        or (
            isinstance(node, cst.Call)
            and dotted(node.func).rpartition(".")[2] not in harmless
            and not (isinstance(node.func, cst.Attribute) and node.func.attr.value in harmless)
        )
        for node in walk(value)
    )


def more_than_signing_in(
    code: OAuthCode,
    found: Setup,
    node: cst.CSTNode,
    keys: Sequence[str],
    statement: cst.CSTNode | None = None,
) -> StopError:
    """Make the error for code that uses the client in YAML for anything but its import."""
    module = found.module
    inside = [taken(code, found, each) for each in walk(statement or node)]
    if any(one is not None and one.key in keys and one.method == "pop" for one in inside):
        return stop(
            module,
            node,
            "the client is not only read here, but taken out of the section, which may have none",
            "write it as config[DOMAIN][CONF_CLIENT_ID], and run this again",
        )
    return stop(
        module,
        node,
        "async_setup uses the credentials of YAML for more than signing in, and without YAML there "
        "are none",
        "do this in async_setup_entry with the client_id and client_secret of the entry's "
        "implementation, or leave it out; then run this again",
    )


# --- what is reached without the keys ----------------------------------------------------------


class Place(NamedTuple):
    """A piece of code in `async_setup`, with what decides whether it is reached."""

    node: cst.CSTNode
    statement: cst.CSTNode
    """The innermost statement it stands in."""
    tests: tuple[cst.CSTNode, ...]
    """Tests around it, those above it that leave, and `except` clauses for a missing key."""


def places(found: Setup) -> Iterator[Place]:
    """Yield every piece of code in `async_setup`, functions defined in it included."""
    yield from _in_block(found.function.node.body, ())


_Tests = tuple[cst.CSTNode, ...]
_CLAUSES: Final = (
    *(cst.Else, cst.ExceptHandler, cst.ExceptStarHandler, cst.Finally, cst.MatchCase),
    cst.If,  # an `elif`
)


def _in_block(block: cst.BaseSuite, tests: _Tests) -> Iterator[Place]:
    for statement in block.body:
        yield from _in_statement(statement, tests)
        if isinstance(statement, cst.If) and leaves(statement.body) and statement.orelse is None:
            tests = (*tests, statement.test)
        elif isinstance(statement, cst.Try) and all(leaves(h.body) for h in statement.handlers):
            tests = (*tests, *_for_missing(statement))


def _in_statement(statement: cst.CSTNode, tests: _Tests) -> Iterator[Place]:
    inner = tests
    if isinstance(statement, (cst.If, cst.While)):
        inner = (*tests, statement.test)
    elif isinstance(statement, cst.Try):
        inner = (*tests, *_for_missing(statement))
    for part in below(statement):
        if isinstance(part, cst.BaseSuite):
            yield from _in_block(part, inner)
        elif isinstance(part, _CLAUSES):
            # What an `except` clause does is not behind that clause.
            yield from _in_statement(part, tests if isinstance(statement, cst.Try) else inner)
        else:
            yield from _in_expression(part, statement, tests)


def _in_expression(node: cst.CSTNode, statement: cst.CSTNode, tests: _Tests) -> Iterator[Place]:
    yield Place(node, statement, tests)
    for each in below(node):
        inner = tests
        if isinstance(node, cst.IfExp) and each is not node.test:
            inner = (*tests, node.test)
        elif isinstance(node, cst.BooleanOperation) and each is node.right:
            inner = (*tests, node.left)
        yield from _in_expression(each, statement, inner)


def _for_missing(statement: cst.Try) -> tuple[cst.ExceptHandler, ...]:
    """Return the clauses that a missing key ends in."""
    return tuple(
        each
        for each in statement.handlers
        if each.type is None
        or any(
            dotted(node) in ("KeyError", "LookupError", "Exception", "BaseException")
            for node in walk(each.type)
        )
    )


def refuse_unguarded(code: OAuthCode, found: Setup, keys: Sequence[str]) -> None:
    """Raise StopError where `async_setup` needs what YAML may not hold, and does not look first."""
    described = schema(code)
    others = [] if described is None else [key for key in described.keys if key.name not in keys]
    with_value = {key.name for key in others if key.marker == "Required" or has_default(key)}
    known = carriers(code, found, keys)
    reading = {id(each.function.node) for each in readings(code, keys)}

    def finds_client(place: Place) -> bool:
        return any(
            isinstance(test, cst.ExceptHandler)
            or (not others and reads_section(found, [test]))
            or names_key(code, found, test, keys)
            or any(name.value in known for name in names(test))
            for test in place.tests
        )

    def finds_section(place: Place) -> bool:
        return any(
            isinstance(test, cst.ExceptHandler) or reads_section(found, [test])
            for test in place.tests
        )

    missed: list[tuple[int, bool, Place]] = []
    for place in places(found):
        node = place.node
        one = taken(code, found, node)
        about_client = (
            (one is not None and one.key in keys)
            or (isinstance(node, cst.Name) and node.value in known)
            or _hands_on(code, found, node, reading)
        )
        if about_client and not finds_client(place):
            line = place.statement
            if not isinstance(line, cst.SimpleStatementLine):
                rank = 1  # a test for it
            else:
                rank = 2 if _is_binding(line) or is_notice(line) else 0
            certain = one is not None and one.method != "get"
            missed.append((rank, certain or rank == 0, place))
        elif one is not None and one.key not in (*keys, *with_value) and not one.method:
            if not finds_section(place):
                raise stop(
                    found.module,
                    node,
                    "a key of YAML that has no default is taken here, where there may be none",
                    "give it a default in CONFIG_SCHEMA, and run this again",
                )
        elif _is_in_config(code, found, node) and not finds_section(place):
            raise stop(
                found.module,
                node,
                "the section in YAML is taken here, where there may be none",
                "name the section once, as in `conf = config.get(DOMAIN, {})`, take all keys from "
                "that, and run this again",
            )
    if any(certain for _, certain, _ in missed):
        # What is done with a name for the client says more than that it is given one.
        _, _, place = min(missed, key=lambda each: each[0])
        raise more_than_signing_in(code, found, place.node, keys, place.statement)


def has_default(key: Key) -> bool:
    """Say whether a key of the schema has a value where YAML has none."""
    call = key.element.key
    return isinstance(call, cst.Call) and any(
        argument.keyword is not None and argument.keyword.value == "default"
        for argument in call.args
    )


def names_key(code: OAuthCode, found: Setup, node: cst.CSTNode, keys: Sequence[str]) -> bool:
    """Say whether one of some keys stands anywhere in a piece of code."""
    return any(
        isinstance(each, cst.BaseExpression) and key_text(code, found.module, each) in keys
        for each in walk(node)
    )


def _is_in_config(code: OAuthCode, found: Setup, node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Subscript)
        and dotted(node.value) == found.config
        and is_section(code, found.module, found.config, found.sections, node)
    )


def _hands_on(code: OAuthCode, found: Setup, node: cst.CSTNode, reading: set[int]) -> bool:
    """Say whether a call gives the section to a function of the integration that needs the keys."""
    if not isinstance(node, cst.Call) or not reads_section(found, list(node.args)):
        return False
    located = code.locate(found.module, found.module.index.resolve(node.func))
    called = located[0].index.function(located[1]) if located is not None else None
    return called is not None and id(called.node) in reading
