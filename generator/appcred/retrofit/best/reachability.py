"""What decides whether a piece of code in `async_setup` is reached.

Tests around it, those above it that leave, and `except` clauses for a missing key: from
these `refusals.py` tells whether the code runs without a client in YAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import always_exits, below, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.oauth.yaml import Setup


class Place(NamedTuple):
    """A piece of code in `async_setup`, with what decides whether it is reached."""

    node: cst.CSTNode
    statement: cst.CSTNode
    """The innermost statement it stands in."""
    tests: tuple[cst.CSTNode, ...]
    """Tests around it, those above it that leave, and `except` clauses for a missing key.

    In the `else` of a `try`, the body of that.
    """


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
        if (
            isinstance(statement, cst.If)
            and always_exits(statement.body)
            and statement.orelse is None
        ):
            tests = (*tests, statement.test)
        elif isinstance(statement, cst.Try) and all(
            always_exits(h.body) for h in statement.handlers
        ):
            tests = (*tests, *for_missing(statement))


def _in_statement(statement: cst.CSTNode, tests: _Tests) -> Iterator[Place]:
    inner = tests
    if isinstance(statement, (cst.If, cst.While)):
        inner = (*tests, statement.test)
    elif isinstance(statement, cst.Try):
        inner = (*tests, *for_missing(statement))
    for part in below(statement):
        if isinstance(part, cst.BaseSuite):
            yield from _in_block(part, inner)
        elif isinstance(statement, cst.Try) and part is statement.orelse:
            # It is reached where all of the body was, without any missing key.
            yield from _in_statement(part, (*tests, statement.body))
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


def for_missing(statement: cst.Try) -> tuple[cst.ExceptHandler, ...]:
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
