"""Every node below one, without a visitor: for the few functions that a rule looks into."""

from __future__ import annotations

from functools import cache, lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LAYOUT = (
    *("whitespace", "leading_lines", "lines_after", "header", "footer", "indent"),
    *("comma", "semicolon", "lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "dot"),
    *("equal", "start", "end", "default_indent", "default_newline", "encoding", "has_trailing"),
    "trailing_whitespace",
)
_ORDER: dict[type[cst.CSTNode], tuple[str, ...]] = {
    # Where the fields do not stand in the order of the source.
    cst.FunctionDef: (
        *("decorators", "asynchronous", "name", "type_parameters", "params", "returns", "body"),
    ),
    cst.ClassDef: ("decorators", "name", "type_parameters", "bases", "keywords", "body"),
    cst.IfExp: ("body", "test", "orelse"),
    cst.NamedExpr: ("target", "value"),
    cst.Param: ("star", "name", "annotation", "default"),
    cst.Name: (),
    cst.SimpleString: (),
    cst.Integer: (),
}


@cache
def parts(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Return the fields of a node that can hold code, in the order of the source."""
    if kind in _ORDER:
        return _ORDER[kind]
    names = getattr(kind, "__dataclass_fields__", {})
    return tuple(
        name for name in names if not name.startswith("_") and not name.startswith(_LAYOUT)
    )


_PLAIN: Final = frozenset({type(None), str, bool, int, cst.MaybeSentinel})
"""What a field holds that is neither a node nor nodes.

Types are looked up here, for asking each whether it is a CSTNode, an abstract class, costs most of
the time of a walk.
"""
_NESTED: Final = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda})
_ASKED_OFTEN: Final = frozenset({cst.FunctionDef, cst.ClassDef})


def below(node: cst.CSTNode, names: tuple[str, ...] | None = None) -> list[cst.CSTNode]:
    """Return the nodes in a node's `parts`, or in some fields of it, in their order."""
    found: list[cst.CSTNode] = []
    for value in _values(type(node) if names is None else names)(node):
        kind = type(value)
        if kind in _PLAIN:
            continue
        if kind is tuple or kind is list:
            found += value
        else:
            found.append(value)
    return found


@cache
def _values(of: type[cst.CSTNode] | tuple[str, ...]) -> Callable[[cst.CSTNode], Sequence[Any]]:
    """Return what gives the values of a node's `parts`, or of fields by name, in one call."""
    found = of if isinstance(of, tuple) else parts(of)
    if len(found) > 1:
        return attrgetter(*found)
    if not found:
        return lambda _: ()
    only = attrgetter(found[0])
    return lambda node: (only(node),)


def walk(node: cst.CSTNode, *, into_functions: bool = True) -> Iterator[cst.CSTNode]:
    """Return a node and all below it in the order of the source.

    With `into_functions` false, the functions and classes defined below it are among them but not
    entered.
    """
    if into_functions and type(node) in _ASKED_OFTEN:
        return iter(_whole(node))
    return _walk(node, into_functions=into_functions)


@lru_cache(maxsize=128)
def _whole(node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """Return what `walk` does. Many rules walk through the same flow and the same functions."""
    return tuple(_walk(node, into_functions=True))


def _walk(node: cst.CSTNode, *, into_functions: bool) -> Iterator[cst.CSTNode]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if not into_functions and type(current) in _NESTED and current is not node:
            continue
        inner = below(current)
        if inner:
            pending += inner[::-1]


def is_same_code(one: cst.CSTNode, other: cst.CSTNode) -> bool:
    """Whether two pieces of code are the same but for comments, spaces and brackets."""
    return [*map(_spelling, walk(one))] == [*map(_spelling, walk(other))]


def _spelling(node: cst.CSTNode) -> tuple[type[cst.CSTNode], str]:
    value = getattr(node, "value", "")
    return type(node), value if isinstance(value, str) else ""


def everything(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and all below it, commas, blanks and comments too."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending += reversed(current.children)


def has_comment(*nodes: cst.CSTNode | cst.MaybeSentinel) -> bool:
    """Whether any of the nodes contains a comment; a missing comma contains none."""
    return any(
        isinstance(each, cst.Comment)
        for node in nodes
        if isinstance(node, cst.CSTNode)
        for each in everything(node)
    )


def names(node: cst.CSTNode) -> Iterator[cst.Name]:
    """Yield the names used below a node: not attributes, keywords or parameters."""
    skipped: set[int] = set()
    for found in walk(node):
        if isinstance(found, cst.Attribute):
            skipped.add(id(found.attr))
        elif isinstance(found, cst.Arg) and found.keyword is not None:
            skipped.add(id(found.keyword))
        elif isinstance(found, cst.Param):
            skipped.add(id(found.name))
        elif isinstance(found, cst.Name) and id(found) not in skipped:
            yield found


def returned(function: cst.FunctionDef) -> Iterator[cst.Return]:
    """Yield the function's own `return` statements."""
    for found in walk(function, into_functions=False):
        if isinstance(found, cst.Return):
            yield found


def text(node: cst.CSTNode | None) -> str | None:
    """Return the value of a string literal without parts to fill in, else None."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        try:
            value = node.evaluated_value
        except (SyntaxError, ValueError):  # "\\xz", which LibCST takes and Python does not
            return None
        return value if isinstance(value, str) else None
    return None


def nodes_before(block: cst.BaseSuite, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what has run in a block whenever one of the nodes in it does.

    These are the statements that stand before it in the blocks it stands in, and the conditions
    of those; of a branch that leaves the function nothing but its condition.
    """
    for statement in block.body:
        if contains(statement, node):
            yield from _on_the_way(statement, node)
            return
        yield from _done(statement)


def contains(node: cst.CSTNode, part: cst.CSTNode) -> bool:
    """Whether a node is or holds another, the very one."""
    return any(each is part for each in walk(node))


def _on_the_way(part: cst.CSTNode, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(part, cst.IndentedBlock):
        yield from nodes_before(part, node)
        return
    if isinstance(part, (cst.If, cst.While)):
        yield part.test
    elif isinstance(part, cst.With):
        yield from part.items
    elif isinstance(part, cst.Try) and part.orelse is not None and contains(part.orelse, node):
        yield part.body
    if isinstance(part, _WITH_A_BLOCK):
        for inner in part.children:
            if contains(inner, node):
                yield from _on_the_way(inner, node)


_WITH_A_BLOCK = (
    cst.BaseCompoundStatement,
    cst.Else,
    cst.ExceptHandler,
    cst.Finally,
    cst.MatchCase,
)


def _done(statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what of a statement has run when the next one does."""
    if not isinstance(statement, cst.If):
        yield statement
        return
    yield statement.test
    if not always_exits(statement.body):
        yield statement.body
    if isinstance(statement.orelse, cst.If):
        yield from _done(statement.orelse)
    elif statement.orelse is not None and not always_exits(statement.orelse.body):
        yield statement.orelse.body


def targets(node: cst.CSTNode | None) -> list[cst.BaseExpression]:
    """Return what an assignment gives a value to; of anything else nothing."""
    if isinstance(node, cst.Assign):
        return [target.target for target in node.targets]
    return [node.target] if isinstance(node, cst.AnnAssign) else []


def parents(root: cst.CSTNode) -> dict[int, cst.CSTNode]:
    """Return the node right above each node below one, by its id."""
    return {id(each): above for above in walk(root) for each in below(above)}


def path(root: cst.CSTNode, node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    """Return the nodes from one down to another below it, both included; nothing if it is not."""
    above = parents(root)
    way = [node]
    while way[-1] is not root:
        if id(way[-1]) not in above:
            return ()
        way.append(above[id(way[-1])])
    return tuple(reversed(way))


def exclude_each_other(first: tuple[cst.CSTNode, ...], second: tuple[cst.CSTNode, ...]) -> bool:
    """Whether of two places, by their paths from the function they are in, only one is reached.

    They are in two branches of one `if` or `match`, or the first one's branch leaves the function.
    """
    common = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a is not b),
        min(len(first), len(second)),
    )
    if common and common < min(len(first), len(second)):
        fork, one, other = first[common - 1], first[common], second[common]
        if isinstance(fork, (cst.If, cst.Match)) and _is_branch(one) and _is_branch(other):
            return True
    return any(isinstance(node, cst.BaseSuite) and always_exits(node) for node in first[common:])


def _is_branch(node: cst.CSTNode) -> bool:
    return isinstance(node, (cst.BaseSuite, cst.Else, cst.If, cst.MatchCase))


def always_exits(suite: cst.BaseSuite) -> bool:
    """Whether a block never reaches its own end: it returns or raises on every way."""
    return any(_exits(statement) for statement in suite.body)


def _exits(statement: cst.CSTNode) -> bool:
    if isinstance(statement, cst.SimpleStatementLine):
        return any(_exits(small) for small in statement.body)
    if isinstance(statement, cst.If):
        other = statement.orelse
        if isinstance(other, cst.Else):
            return always_exits(statement.body) and always_exits(other.body)
        return other is not None and always_exits(statement.body) and _exits(other)
    if isinstance(statement, cst.With):
        return always_exits(statement.body)
    if isinstance(statement, (cst.Try, cst.TryStar)):
        if statement.finalbody is not None and always_exits(statement.finalbody.body):
            return True
        tried = always_exits(statement.body) or (
            statement.orelse is not None and always_exits(statement.orelse.body)
        )
        return tried and all(_hands_over(handler.body) for handler in statement.handlers)
    if isinstance(statement, cst.While):
        endless = isinstance(statement.test, cst.Name) and statement.test.value == "True"
        return endless and not any(isinstance(node, cst.Break) for node in walk(statement.body))
    if isinstance(statement, cst.Match):
        last = statement.cases[-1]
        whole = isinstance(last.pattern, cst.MatchAs) and last.pattern.pattern is None
        return (
            whole
            and last.guard is None
            and all(always_exits(case.body) for case in statement.cases)
        )
    return isinstance(statement, (cst.Return, cst.Raise, cst.Continue, cst.Break))


LEVELS: Final = ("debug", "info", "warning", "error", "exception", "critical", "log")
"""The methods of a logger."""


def is_log(node: cst.CSTNode) -> bool:
    """Whether a node is a call of one of the methods of a logger."""
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in LEVELS
    )


def _hands_over(suite: cst.BaseSuite) -> bool:
    """Whether an `except` clause leaves, or ends in a call that may raise for it."""
    last = suite.body[-1] if suite.body else None
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
        return not is_log(small.value)
    return always_exits(suite)
