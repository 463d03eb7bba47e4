"""What holds in a function that is handed the configuration, where YAML has the client.

Tests for the section and for the client's keys are decided then; others are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from appcred.documents.bindings import bound_by
from appcred.documents.python import dotted
from appcred.documents.walk import always_exits, contains, names, walk
from appcred.oauth.registration import assignments
from appcred.oauth.yaml import index_of, is_section
from appcred.oauth.yaml_schema import key_text
from appcred.retrofit.best.key_reads import behind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup


class SectionRead(NamedTuple):
    """A read of the section, or of a key in it."""

    node: cst.BaseExpression
    key: str | None
    """The key that it takes; None where it is the section itself, or a key that is not known."""
    certain: bool
    """Whether it fails where YAML has no such section, or no such key."""


class WithYaml:
    """Evaluates the expressions of a function with the section and the client in YAML."""

    def __init__(self, code: OAuthCode, found: Setup, keys: Sequence[str]) -> None:
        self.code, self.found, self.keys = code, found, keys
        self._clients: dict[str, bool] = {}
        self.bound = [
            (name, getattr(node, "value", None))
            for node in walk(found.function.node.body, into_functions=False)
            for name in bound_by(node)
        ]
        """The local names with the values that they are given."""
        self.carriers: frozenset[str] = frozenset()
        """The local names whose value has to do with the client."""
        while (
            more := {
                name for name, value in self.bound if value is not None and self.reads_client(value)
            }
            - self.carriers
        ):
            self.carriers |= more

    def is_section(self, node: cst.CSTNode) -> bool:
        """Whether an expression is the section."""
        found = self.found
        return isinstance(node, cst.BaseExpression) and is_section(
            self.code, found.module, found.config, found.sections, node
        )

    def key(self, node: cst.CSTNode | None) -> str | None:
        """Return the key that an expression is, if that is certain."""
        if not isinstance(node, cst.BaseExpression):
            return None
        return key_text(self.code, self.found.module, node)

    def key_read(self, node: cst.CSTNode) -> SectionRead | None:
        """Return what a node takes out of the section, or out of a copy of it, if it does."""
        if isinstance(node, cst.Subscript) and self._is_part(node.value):
            return SectionRead(node, self.key(index_of(node)), certain=True)
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.args:
            method = node.func.attr.value
            if method in ("get", "pop") and self._is_part(node.func.value):
                certain = method == "pop" and len(node.args) == 1
                return SectionRead(node, self.key(node.args[0].value), certain)
        return None

    def _is_part(self, node: cst.BaseExpression) -> bool:
        config = self.found.config
        copied = isinstance(node, (cst.Name, cst.Call)) and dotted(node) != config
        return self.is_section(node) or (
            copied and dotted(behind(self.found.function, node)) == config
        )

    def is_client(self, node: cst.CSTNode) -> bool:
        """Whether an expression is the value of one of the client's keys."""
        if isinstance(node, cst.Name):
            if node.value not in self._clients:
                self._clients[node.value] = False
                given = assignments(self.found.function.node, node.value)
                self._clients[node.value] = bool(given) and all(map(self.is_client, given))
            return self._clients[node.value]
        if isinstance(node, cst.NamedExpr):
            return self.is_client(node.value)
        if isinstance(node, cst.Call) and dotted(node.func).endswith(".strip"):
            return self.is_client(cst.ensure_type(node.func, cst.Attribute).value)
        found = self.key_read(node)
        return found is not None and found.key in self.keys

    def truth(self, test: cst.BaseExpression) -> bool | None:
        """Return what a test is where YAML has the section with the client; None for others."""
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            inner = self.truth(test.expression)
            return None if inner is None else not inner
        if isinstance(test, cst.BooleanOperation):
            sides = (self.truth(test.left), self.truth(test.right))
            decides = isinstance(test.operator, cst.Or)
            if decides in sides and not any(
                side is None and does_something(node)
                for side, node in zip(sides, (test.left, test.right), strict=True)
            ):
                return decides
            return None if None in sides else not decides
        if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
            target = test.comparisons[0]
            if isinstance(target.operator, (cst.In, cst.NotIn)):
                there = (
                    self.key(test.left) == self.code.integration.domain
                    and dotted(target.comparator) == self.found.config
                ) or (self.key(test.left) in self.keys and self.is_section(target.comparator))
                return isinstance(target.operator, cst.In) if there else None
            if isinstance(target.operator, (cst.Is, cst.IsNot)) and (
                dotted(target.comparator) == "None"
            ):
                there = self.is_section(test.left) or self.is_client(test.left)
                return isinstance(target.operator, cst.IsNot) if there else None
            return None
        if isinstance(test, cst.Call) and dotted(test.func) == "bool" and len(test.args) == 1:
            return self.truth(test.args[0].value)
        return True if self.is_section(test) or self.is_client(test) else None

    def simplified(self, test: cst.BaseExpression) -> cst.BaseExpression:
        """Return what is left of a test that is not decided."""
        if isinstance(test, cst.BooleanOperation):
            for one, other in ((test.left, test.right), (test.right, test.left)):
                if self.truth(one) is not None:
                    return self.simplified(other)
        return test

    def reads_client(self, node: cst.CSTNode) -> bool:
        """Whether something takes a key of the client, or reads a name that has to do with one."""
        return any(name.value in self.carriers for name in names(node)) or any(
            read is not None and read.key in self.keys for read in map(self.key_read, walk(node))
        )

    def conditions(self, node: cst.CSTNode) -> Iterator[tuple[cst.BaseExpression | None, bool]]:
        """Yield the tests that decide whether a node is reached, with what they have to be.

        Only those that are not decided by the client in YAML; None for what is no test.
        """
        for test, wanted in _deciding(self.found.function.node.body, node):
            truth = self.truth(test) if test is not None else None
            if test is None or truth is (not wanted):
                yield None, wanted
            elif truth is None:
                yield self.simplified(test), wanted


def _deciding(
    block: cst.BaseSuite, node: cst.CSTNode
) -> Iterator[tuple[cst.BaseExpression | None, bool]]:
    for statement in block.body:
        if contains(statement, node):
            yield from _around(statement, node)
            return
        if isinstance(statement, cst.If):
            if always_exits(statement.body):
                yield statement.test, False
            elif isinstance(statement.orelse, cst.Else) and always_exits(statement.orelse.body):
                yield statement.test, True


def _around(
    part: cst.CSTNode, node: cst.CSTNode
) -> Iterator[tuple[cst.BaseExpression | None, bool]]:
    if isinstance(part, cst.If):
        if contains(part.test, node):
            return
        inside = contains(part.body, node)
        yield part.test, inside
        yield from _around(part.body if inside or part.orelse is None else part.orelse, node)
    elif isinstance(part, cst.BaseSuite):
        yield from _deciding(part, node)
    elif isinstance(part, (cst.For, cst.While, cst.Match)):
        yield None, True
        if isinstance(part, cst.For):
            yield from _deciding(part.body, node)
    elif isinstance(part, (cst.Try, cst.With, cst.Else, cst.Finally, cst.ExceptHandler)):
        for inner in part.children:
            if contains(inner, node):
                yield from _around(inner, node)


def does_something(node: cst.CSTNode) -> bool:
    """Whether an expression may do more than to look something up."""
    return any(
        isinstance(each, cst.Await)
        or (
            isinstance(each, cst.Call)
            and not (
                isinstance(each.func, cst.Attribute) and each.func.attr.value in ("get", "strip")
            )
        )
        for each in walk(node)
    )
