"""Imports that an edit has left unused.

An import counts as unused where no read means its scope's binding, and nothing else asks for it: a
string in an annotation or in `__all__`, a comment for a linter, `X as X`, an `except ImportError`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import libcst as cst

from appcred.documents.bindings import Bindings, ScopeKind, is_type_checking
from appcred.documents.import_removal import without_aliases
from appcred.documents.python import dotted
from appcred.documents.walk import below, targets, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

_WORD: Final = re.compile(r"[^\W\d]\w*")
_ON_LINE: Final = re.compile(
    r"#.*?(?:\bnoqa\b(?!\s*:)|\bnoqa\s*:[^#]*\bF401\b|disable(?:-next)?\s*=[^#]*\bunused-import\b)",
    re.IGNORECASE,
)
"""A comment that says that an import is meant to be there without a use."""
_ON_FILE: Final = re.compile(
    r"#\s*(?:ruff|flake8)\s*:\s*noqa\s*(?:$|:.*\bF401\b)"
    r"|#\s*pylint\s*:\s*disable\s*=.*\bunused-import\b",
    re.IGNORECASE,
)
_TYPE_COMMENT: Final = re.compile(r"#\s*type:\s*(?!ignore)(.*)")
_CATCHES: Final = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")
_BLOCKS: Final = (
    *(cst.Module, cst.IndentedBlock, cst.SimpleStatementSuite, cst.Else, cst.Finally),
    *(cst.ExceptHandler, cst.ExceptStarHandler, cst.MatchCase),
)
_ASKING: Final = frozenset(
    {
        *(cst.Annotation, cst.SubscriptElement, cst.TypeAlias, cst.TypeVar),
        *(cst.Assign, cst.AnnAssign, cst.AugAssign, cst.Call),
    }
)
_TYPED: Final = ("cast", "TypeVar", "NewType", "TypeAliasType", "ParamSpec", "NamedTuple")
"""The functions of `typing` whose arguments are types, and so may be strings."""


class ImportedName(NamedTuple):
    """One name that an import binds in a scope; `scope` is empty for the module's own."""

    scope: str
    local: str
    alias: cst.ImportAlias


def without_unused_imports(
    before: cst.Module, after: cst.Module, shared: Callable[[set[str]], set[str]]
) -> cst.Module:
    """Return an edited module without the imports that the edit has left unused.

    What was unused before the edit stays, and so do the names for which `shared` answers that
    other modules take them from this one.
    """
    while unused := unused_imports(before, after):
        kept = shared({each.local for each in unused if not each.scope})
        gone = [each.alias for each in unused if each.scope or each.local not in kept]
        if not gone:
            break
        after = without_aliases(after, gone)
    return after


def unused_imports(before: cst.Module, after: cst.Module) -> list[ImportedName]:
    """Return the imports of an edited module that were used before the edit and are no more."""
    old, new = _use_counts(before), _use_counts(after)
    fewer = {name for name, count in old.items() if new[name] < count}
    found = [each for each in _imported(after) if each.local in fewer]
    gone = [each for each in found if not new[each.local]]
    # What is left may mean something else of that name: of another scope, or a parameter.
    times = Counter(each.local for each in found)
    unclear = {name for name in times.keys() & new.keys() if times[name] > 1 or name in new.bound}
    if unclear:
        keys = {(each.scope, each.local) for each in _idle(before, unclear)}
        there = {(each.scope, each.local) for each in _bound_by_imports(Bindings(before))}
        gone += [e for e in _idle(after, unclear) if (e.scope, e.local) in there - keys]
    if not gone:
        return []
    meant = _meant_to_stay(after)
    return [each for each in gone if id(each.alias) not in meant]


def drop_imports(module: cst.Module, names: Collection[str]) -> cst.Module:
    """Return the module without the imports that bind some local names, comments kept."""
    return without_aliases(module, list(_aliases_of(module, names)))


def _aliases_of(node: cst.CSTNode, names: Collection[str]) -> Iterator[cst.ImportAlias]:
    """Yield what imports below a node bind some local names."""
    for each in walk(node):
        if not isinstance(each, (cst.Import, cst.ImportFrom)):
            continue
        if not isinstance(each.names, cst.ImportStar):
            yield from (alias for alias in each.names if _local(each, alias) in names)


def without_typing_copies(module: cst.Module, names: Collection[str]) -> cst.Module:
    """Return the module without imports for type checkers of names that it imports at run time."""
    if not names:
        return module
    copies = [
        alias
        for block in module.body
        if isinstance(block, cst.If) and is_type_checking(block.test)
        for alias in _aliases_of(block.body, names)
    ]
    return without_aliases(module, copies)


# --- what is used ------------------------------------------------------------------------------


class _UseCounts(Counter[str]):
    """How often a module has each name outside of imports, and each word of a string for one."""

    def __init__(self) -> None:
        super().__init__()
        self.bound: set[str] = set()
        """The names of parameters and of what is assigned."""


def _use_counts(module: cst.Module) -> _UseCounts:
    found = _UseCounts()
    node: Any
    for node in walk(module):
        kind = type(node)  # isinstance() for each node takes as long as the walk itself
        if kind is cst.Name:
            found[node.value] += 1
        elif kind is cst.Attribute:
            found[node.attr.value] -= 1
        elif kind is cst.Arg:
            if node.keyword is not None:
                found[node.keyword.value] -= 1
        elif kind is cst.Param:
            found.bound.add(node.name.value)
        elif kind is cst.ImportAlias:
            found[_head(node.name)] -= 1
            if node.asname is not None:
                found[_head(node.asname.name)] -= 1
        elif kind is cst.ImportFrom:
            if node.module is not None:
                found[_head(node.module)] -= 1
        elif kind is cst.AssignTarget:
            found.bound.add(dotted(node.target))
        elif kind in _ASKING:
            found.update(_asked_by(node))
    return found


def _head(node: cst.CSTNode) -> str:
    return dotted(node).partition(".")[0]


def _asked_by(node: cst.CSTNode) -> set[str]:
    """Return the words in the strings of a node that are types or names of what is exported."""
    match node:
        case cst.Annotation() | cst.SubscriptElement() | cst.TypeAlias() | cst.TypeVar():
            return _words(node)
        case cst.Assign() | cst.AnnAssign() | cst.AugAssign() if node.value is not None:
            to = [node.target] if isinstance(node, cst.AugAssign) else targets(node)
            typed = dotted(node.annotation.annotation) if isinstance(node, cst.AnnAssign) else ""
            if "__all__" in map(dotted, to) or typed.rpartition(".")[2] == "TypeAlias":
                return _words(node.value)
        case cst.Call():
            name = dotted(node.func)
            if name.startswith("__all__.") or name.rpartition(".")[2] in _TYPED:
                return {word for each in node.args for word in _words(each)}
        case _:
            pass
    return set()


def _imported(module: cst.Module) -> Iterator[ImportedName]:
    """Yield what imports bind in the module and its functions.

    A class's names are its attributes, which anybody may read.
    """
    pending: list[tuple[cst.CSTNode, str | None]] = [(module, "")]
    while pending:
        node, scope = pending.pop()
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            if scope is not None and not isinstance(node.names, cst.ImportStar):
                yield from (ImportedName(scope, _local(node, a), a) for a in node.names)
        elif isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement, *_BLOCKS)):
            if isinstance(node, cst.FunctionDef):
                scope = node.name.value
            elif isinstance(node, cst.ClassDef):
                scope = None
            pending += [(each, scope) for each in below(node)]


def _idle(module: cst.Module, names: Collection[str]) -> list[ImportedName]:
    """Return which of some imported names nothing reads, each in its scope."""
    bindings = Bindings(module)
    read = {
        (scope.name, each.node.value)
        for each in bindings.reads
        if (scope := each.scope.lookup(each.node.value)) is not None
    }
    asked = {word for node in walk(module) for word in _asked_by(node)}
    return [
        each
        for each in _bound_by_imports(bindings)
        if each.local in names and each.local not in asked and (each.scope, each.local) not in read
    ]


def _bound_by_imports(bindings: Bindings) -> Iterator[ImportedName]:
    """Yield what imports bind, by scope, where nothing else binds it there."""
    for scope in bindings.scopes:
        if scope.kind is ScopeKind.CLASS:
            continue
        for name, nodes in scope.bindings.items():
            imports = [node for node in nodes if isinstance(node, (cst.Import, cst.ImportFrom))]
            if len(imports) < len(nodes):
                continue
            for node in {id(each): each for each in imports}.values():
                for alias in cast("Sequence[cst.ImportAlias]", node.names):
                    if _local(node, alias) == name:
                        yield ImportedName(scope.name, name, alias)


def _words(node: cst.CSTNode) -> set[str]:
    return {
        word
        for each in walk(node)
        if isinstance(each, cst.SimpleString)
        for word in _WORD.findall(each.value)
    }


def _meant_to_stay(module: cst.Module) -> set[int]:
    """Return the ids of the imported names that are there for others, or for their own sake."""
    text = module.code
    whole = any(_ON_FILE.search(line.strip()) for line in text.splitlines() if _is_comment(line))
    typed = {word for found in _TYPE_COMMENT.findall(text) for word in _WORD.findall(found)}
    meant: set[int] = set()
    pending: list[tuple[cst.CSTNode, bool]] = [(module, whole)]
    while pending:
        node, stays = pending.pop()
        if isinstance(node, cst.SimpleStatementLine):
            for small in node.body:
                if isinstance(small, (cst.Import, cst.ImportFrom)):
                    meant |= {id(alias) for alias in _asked_by_comments(module, node, small)}
                    for alias in () if isinstance(small.names, cst.ImportStar) else small.names:
                        local = _local(small, alias)
                        again = alias.asname is not None and local == dotted(alias.name)
                        if stays or again or local in typed:
                            meant.add(id(alias))
            continue
        tried = isinstance(node, (cst.Try, cst.TryStar)) and _catches_missing(node)
        for each in below(node):
            inside = tried and isinstance(node, cst.Try) and each is node.body
            pending.append((each, stays or inside))
    return meant


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _catches_missing(node: cst.Try | cst.TryStar) -> bool:
    """Whether a `try` finds out whether something can be imported."""
    for handler in node.handlers:
        if handler.type is None:
            return True
        caught = {each.value for each in walk(handler.type) if isinstance(each, cst.Name)}
        if caught & set(_CATCHES):
            return True
    return False


def _asked_by_comments(
    module: cst.Module, line: cst.SimpleStatementLine, node: cst.Import | cst.ImportFrom
) -> Iterator[cst.ImportAlias]:
    """Yield the names of an import that comments on its lines keep."""
    if isinstance(node.names, cst.ImportStar):
        return
    behind = line.trailing_whitespace.comment
    top = module.header if module.body[0] is line else ()
    above = [each.comment.value for each in (*top, *line.leading_lines) if each.comment is not None]
    lines = module.code_for_node(node).splitlines()
    lines[-1] += f"  {behind.value}" if behind is not None else ""
    of_all = (lines[0], lines[-1], *(each for each in above if "disable-next" in each))
    if any(_ON_LINE.search(each) for each in of_all):
        yield from node.names
        return
    words = {
        word
        for each in lines
        if _ON_LINE.search(each)
        for word in _WORD.findall(each.partition("#")[0])
    }
    yield from (alias for alias in node.names if _local(node, alias) in words)


def _local(node: cst.Import | cst.ImportFrom, alias: cst.ImportAlias) -> str:
    """Return the name that an imported name is known by."""
    if alias.asname is not None:
        return dotted(alias.asname.name)
    name = dotted(alias.name)
    return name if isinstance(node, cst.ImportFrom) else name.partition(".")[0]
