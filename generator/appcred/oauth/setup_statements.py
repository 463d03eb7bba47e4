"""What `async_setup` does besides the credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import contains, names, targets, walk
from appcred.oauth.importing import IMPORT, credential_imports
from appcred.oauth.registration import is_docstring, registering_calls
from appcred.oauth.yaml import Setup, is_alias, is_notice, leaves_without, speaks_of_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.oauth.code import OAuthCode


def other_statements(code: OAuthCode, found: Setup) -> tuple[cst.CSTNode, ...]:
    """Return the statements that are not about credentials, in their order.

    One that registers or imports a client is about them, and so is what only feeds it; of a block
    around it, the other statements are returned.
    """
    about = [node for node in walk(found.function.node.body) if _signs_in(code, found, node)]
    rest = list(_others(code, found, found.body, about))
    told = [
        each
        for each in walk(found.function.node.body)
        if is_notice(each) and not any(contains(other, each) for other in rest)
    ]
    spoken_for = [*about, *told, *_tests(found.body, about)]
    while True:
        more = [s for s in rest if _only_feeds(found, s, spoken_for)]
        if not more:
            return tuple(rest)
        rest = [s for s in rest if s not in more]
        spoken_for += more


def _signs_in(code: OAuthCode, found: Setup, node: cst.CSTNode) -> bool:
    """Whether a simple statement registers or imports a client, itself or by a helper."""
    if not isinstance(node, cst.SimpleStatementLine):
        return False
    calls = {id(used.call.node) for used, _ in registering_calls(code)}
    calls |= {id(used.call.node) for used in code.calls_of(IMPORT)}
    calls |= {id(each.used.call.node) for each in credential_imports(code.integration)}
    for each in walk(node):
        if not isinstance(each, cst.Call):
            continue
        if id(each) in calls:
            return True
        helper = code.called(found.module, each)
        if helper is not None and any(id(below) in calls for below in walk(helper[1].node.body)):
            return True
    return False


def _others(
    code: OAuthCode, found: Setup, statements: Sequence[cst.CSTNode], about: list[cst.CSTNode]
) -> Iterator[cst.CSTNode]:
    for statement in statements:
        if statement in about or statement is found.guard or is_docstring(statement):
            continue
        if isinstance(statement, (cst.SimpleStatementLine, cst.BaseCompoundStatement)) and is_alias(
            code, found, statement
        ):
            continue
        # A word to the user that is said only where a client is there is about it.
        beside_it = statements is not found.body and any(each in about for each in statements)
        if is_notice(statement) and (beside_it or speaks_of_yaml(found.module, statement)):
            continue
        absent = isinstance(statement, cst.If) and leaves_without(code, found, statement)
        if absent or any(contains(statement, each) for each in about):
            for block in _blocks(statement):
                yield from _others(code, found, block, about)
        elif not isinstance(statement, cst.SimpleStatementLine) or not _plain(statement):
            yield statement


def _plain(line: cst.SimpleStatementLine) -> bool:
    """Whether a line only leaves with True, or does nothing."""
    return all(
        isinstance(small, cst.Pass)
        or (isinstance(small, cst.Return) and dotted(small.value) == "True")
        for small in line.body
    )


def _blocks(statement: cst.CSTNode) -> Iterator[Sequence[cst.CSTNode]]:
    """Yield the blocks of a compound statement, but not of functions defined in it."""
    for child in statement.children:
        if isinstance(child, cst.IndentedBlock):
            yield child.body
        elif isinstance(
            child, (cst.Else, cst.Finally, cst.ExceptHandler, cst.ExceptStarHandler, cst.If)
        ):
            yield from _blocks(child)


def _tests(statements: Sequence[cst.CSTNode], about: list[cst.CSTNode]) -> list[cst.CSTNode]:
    """Return what decides whether, and how often, a client is registered or imported."""
    found: list[cst.CSTNode] = []
    for statement in statements:
        for node in walk(statement):
            if isinstance(node, (cst.If, cst.For)) and any(contains(node, each) for each in about):
                found += [node.test] if isinstance(node, cst.If) else [node.iter, node.target]
    return found


def _only_feeds(found: Setup, statement: cst.CSTNode, spoken_for: list[cst.CSTNode]) -> bool:
    """Whether a statement names something that only the credentials use."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    given = targets(small)
    if not given or not all(isinstance(target, cst.Name) for target in given):
        return False
    bound = {dotted(target) for target in given}
    own = {id(name) for name in names(statement)}
    uses = [
        name
        for name in names(found.function.node.body)
        if name.value in bound and id(name) not in own
    ]
    spoken = {id(name) for each in spoken_for for name in names(each)}
    return bool(uses) and all(id(use) in spoken for use in uses)
