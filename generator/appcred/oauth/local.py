"""What an expression inside a function may be: through its local names, else as at module level.

`OAuthCode.value` and `.text` read a name as the module binds it, which is wrong where the function
has a name of its own for it, a parameter or a loop's. Here such a name is what is assigned to it,
all of it, and nothing is known of one that is bound in another way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from appcred.documents.walk import names, walk
from appcred.oauth.names import Bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from appcred.documents.python import Function
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module, Used

_DEEPEST = 8


@lru_cache(maxsize=256)
def bindings(function: cst.FunctionDef) -> Mapping[str, list[cst.BaseExpression | None]]:
    """Return the local names of a function and what is bound to each.

    None stands for what cannot be followed: an argument, an item of what is looped over or taken
    apart, what is added to, an error that is caught.
    """
    found: dict[str, list[cst.BaseExpression | None]] = {}
    for node in walk(function, into_functions=False):
        for name, value in _bound(node):
            found.setdefault(name, []).append(value)
    return found


def _bound(node: cst.CSTNode) -> Iterable[tuple[str, cst.BaseExpression | None]]:
    bind = _BINDING.get(type(node))  # one look-up: most nodes of a function bind nothing
    return () if bind is None else bind(node)


def _assigned(node: Any) -> Iterator[tuple[str, cst.BaseExpression | None]]:
    for target in node.targets:
        yield from _targets(target.target, node.value)


def _assigned_once(node: Any) -> Iterable[tuple[str, cst.BaseExpression | None]]:
    return () if node.value is None else _targets(node.target, node.value)


def _unclear(node: Any) -> Iterable[tuple[str, cst.BaseExpression | None]]:
    return _targets(node.target, None)


def _named(node: Any) -> Iterable[tuple[str, cst.BaseExpression | None]]:
    """Bind the name of a parameter, of a caught error, of a part of a pattern."""
    return () if node.name is None else _targets(node.name, None)


_BINDING: Final[Mapping[type, Callable[[Any], Iterable[tuple[str, cst.BaseExpression | None]]]]] = {
    cst.Assign: _assigned,
    cst.AnnAssign: _assigned_once,
    cst.NamedExpr: _assigned_once,
    cst.AugAssign: _unclear,
    cst.For: _unclear,
    cst.CompFor: _unclear,
    cst.Param: _named,
    cst.AsName: _named,
    cst.MatchAs: _named,
    cst.MatchStar: _named,
}


def _targets(
    target: cst.BaseExpression, value: cst.BaseExpression | None
) -> Iterator[tuple[str, cst.BaseExpression | None]]:
    if isinstance(target, cst.Name):
        yield target.value, value
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _targets(element.value, None)


def candidates(
    code: OAuthCode,
    module: Module,
    function: Function | None,
    node: cst.BaseExpression | None,
    depth: int = 0,
) -> tuple[Bound, ...] | None:
    """Return the expressions that one may be, or None where that cannot be told."""
    if node is None or depth > _DEEPEST:
        return None
    if isinstance(node, cst.IfExp):
        parts: list[cst.BaseExpression | None] = [node.body, node.orelse]
    elif isinstance(node, cst.NamedExpr):
        parts = [node.value]
    elif isinstance(node, cst.Name):
        while function is not None and node.value not in bindings(function.node):
            function = function.outer
        if function is None:
            bound = code.value(module, node)
            return None if bound is None else (bound,)
        parts = bindings(function.node)[node.value]
    else:
        bound = code.value(module, node)
        if bound is None:
            return None
        # A string put together from local names is not what the module's names make of it.
        if bound.node is node and any(
            _is_local(function, name.value) and code.value(module, name) for name in names(node)
        ):
            return None
        return (bound,)
    found: list[Bound] = []
    for part in parts:
        each = candidates(code, module, function, part, depth + 1)
        if each is None:
            return None
        found += each
    return tuple(found)


def _is_local(function: Function | None, name: str) -> bool:
    while function is not None:
        if name in bindings(function.node):
            return True
        function = function.outer
    return False


def texts(code: OAuthCode, used: Used, node: cst.BaseExpression | None) -> tuple[str, ...] | None:
    """Return the strings that an argument of a call may be, or None where that cannot be told."""
    found = candidates(code, used.module, used.call.function, node)
    if found is None:
        return None
    known = [code.text(each.module, each.node) for each in found]
    return None if None in known else tuple(text for text in known if text is not None)


def followed(code: OAuthCode, used: Used, node: cst.BaseExpression) -> Bound:
    """Return what an argument certainly is: the one value of a local name, else itself."""
    found = candidates(code, used.module, used.call.function, node)
    if found is not None and len(found) == 1:
        return found[0]
    return Bound(used.module, node)
