"""What else of `async_setup` is about the client in YAML: names for it, a word to the user with it.

Such a statement goes where the import goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import names, targets, walk
from appcred.oauth.yaml import index_of, is_alias, is_notice, is_section, reads_section
from appcred.oauth.yaml_schema import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup


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
    """Whether something takes a key of the client, or reads a name that has to do with one."""
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
            _only_tells(each) or (is_binding(each) and not is_alias(code, found, each))
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
    """Whether a statement starts a config flow."""
    return any(
        isinstance(node, cst.Call) and dotted(node.func).endswith(".flow.async_init")
        for node in walk(statement)
    )


def names_key(code: OAuthCode, found: Setup, node: cst.CSTNode, keys: Sequence[str]) -> bool:
    """Whether one of some keys stands anywhere in a piece of code."""
    return any(
        isinstance(each, cst.BaseExpression) and key_text(code, found.module, each) in keys
        for each in walk(node)
    )


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


def is_binding(statement: cst.CSTNode) -> bool:
    """Whether a statement only gives names to what it takes out of something."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        map(_is_plain_assignment, statement.body)
    )


def _is_plain_assignment(small: cst.CSTNode) -> bool:
    if not isinstance(small, (cst.Assign, cst.AnnAssign)):
        return False
    plain = all(
        isinstance(target, cst.Name)
        or (
            isinstance(target, (cst.Tuple, cst.List))
            and all(isinstance(element.value, cst.Name) for element in target.elements)
        )
        for target in targets(small)
    )
    return plain and small.value is not None and _is_harmless(small.value)


def _only_tells(statement: cst.CSTNode) -> bool:
    """Whether a statement is a word to the user, or decides about nothing but some."""
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
