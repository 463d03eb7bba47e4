"""Every node below one, without a visitor: for the few functions that a rule looks into."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYOUT = (
    *("whitespace", "leading_lines", "lines_after", "header", "footer", "indent"),
    *("comma", "semicolon", "lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "dot"),
    *("equal", "start", "end", "default_indent", "default_newline", "encoding", "has_trailing"),
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


def walk(node: cst.CSTNode, *, into_functions: bool = True) -> Iterator[cst.CSTNode]:
    """Yield a node and all below it in the order of the source.

    With `into_functions` false, the functions and classes defined below it are yielded but not
    entered.
    """
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        nested = isinstance(current, (cst.FunctionDef, cst.ClassDef, cst.Lambda))
        if nested and current is not node and not into_functions:
            continue
        below: list[cst.CSTNode] = []
        for name in parts(type(current)):
            value = getattr(current, name)
            if isinstance(value, cst.CSTNode):
                below.append(value)
            elif isinstance(value, (list, tuple)):
                below += [item for item in value if isinstance(item, cst.CSTNode)]
        pending += reversed(below)


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
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None
