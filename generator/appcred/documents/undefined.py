"""Names that a Python file uses and that nothing in it binds."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import imported_names
from appcred.documents.walk import names, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

_GIVEN: Final = frozenset(
    {*dir(builtins), "__file__", "__name__", "__package__", "__path__", "__spec__", "__class__"}
)


def undefined_names(module: cst.Module) -> set[str]:
    """Return the names that are read somewhere and bound nowhere, in whatever scope.

    A name that another scope binds counts as bound, so nothing is in it by mistake; where
    everything is imported from somewhere, nothing is at all.
    """
    bound: set[str] = set()
    in_imports: set[int] = set()
    for node in walk(module):
        if isinstance(node, cst.ImportStar):
            return set()
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            in_imports |= {id(each) for each in walk(node)}
        bound |= set(_binds(node))
    read = {name.value for name in names(module) if id(name) not in in_imports}
    return read - bound - imported_names(module) - _GIVEN


def _binds(node: cst.CSTNode) -> Iterator[str]:
    match node:
        case cst.FunctionDef() | cst.ClassDef() | cst.Param() | cst.TypeVar() | cst.TypeAlias():
            if isinstance(node.name, cst.Name):
                yield node.name.value
        case cst.ParamSpec() | cst.TypeVarTuple():
            yield node.name.value
        case cst.AssignTarget() | cst.AnnAssign() | cst.NamedExpr() | cst.For() | cst.CompFor():
            yield from (name.value for name in names(node.target))
        case cst.AsName():  # of an import, a `with` and an `except`
            yield from (name.value for name in names(node.name))
        case cst.NameItem():  # of `global` and `nonlocal`
            yield node.name.value
        case cst.MatchKeywordElement():  # the attribute's name, which is no name of the file's
            yield node.key.value
        case cst.MatchAs() | cst.MatchStar() if node.name is not None:
            yield node.name.value
        case cst.MatchMapping() if node.rest is not None:
            yield node.rest.value
        case _:
            pass
