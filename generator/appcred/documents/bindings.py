"""What each name of a Python file is bound by, scope by scope, and whether it is bound in time.

The rules of Python's own: a name that a function binds anywhere is local to all of it, a class's
names are not seen by its methods, a comprehension has a scope of its own. LibCST's scope analysis
knows the scopes but not the order of statements, and takes four times as long as parsing.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.walk import below, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GIVEN: Final = frozenset(
    {*dir(builtins), "__file__", "__name__", "__package__", "__path__", "__spec__", "__class__"}
    | {"__doc__", "__annotations__", "__qualname__", "__module__", "__loader__", "__dict__"}
)


class ScopeKind(StrEnum):
    """What opens a scope."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    """A lambda, a comprehension and a list of type parameters, too."""


@dataclass(eq=False, slots=True)
class Scope:
    """One scope: the names that it binds, and by which nodes."""

    kind: ScopeKind
    node: cst.CSTNode
    parent: Scope | None
    name: str
    """Its dotted name from the module on; empty for the module."""
    bindings: dict[str, list[cst.CSTNode]] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    """The names that it declares `global` or `nonlocal`."""
    typing: set[str] = field(default_factory=set)
    """The names that only `if TYPE_CHECKING:` binds, so that they are not there at run time."""

    def lookup(self, name: str) -> Scope | None:
        """Return the scope whose binding a read of a name here means; None if there is none."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            seen = first or scope.kind is not ScopeKind.CLASS
            if seen and name in scope.bindings and name not in scope.elsewhere:
                return scope
            first = False
            scope = scope.parent
        return None


class Read(NamedTuple):
    """A name that is read, and the scope it is read in."""

    scope: Scope
    node: cst.Name

    @property
    def key(self) -> tuple[str, str]:
        """What names it when its place has moved: its scope's name and its own."""
        return self.scope.name, self.node.value


class Bindings:
    """The table of bindings of one module."""

    def __init__(self, module: cst.Module) -> None:
        builder = _Builder(module)
        self.scopes: tuple[Scope, ...] = tuple(builder.scopes)
        self.has_star: bool = builder.has_star
        """Whether everything is imported from somewhere, so that any name may be bound."""
        self.reads: tuple[Read, ...] = tuple(builder.reads)
        self._early = builder.early
        self._uncertain = builder.uncertain

    @property
    def module(self) -> Scope:
        """The module's own scope."""
        return self.scopes[0]

    def names_at_run_time(self) -> set[str]:
        """Return the names that the module itself binds outside of `if TYPE_CHECKING:`."""
        return set(self.module.bindings) - self.module.typing

    def unbound(self) -> set[tuple[str, str]]:
        """Return the reads, each as its scope's name and its own, that nothing binds."""
        if self.has_star:
            return set()
        return {
            read.key
            for read in self.reads
            if read.node.value not in _GIVEN and read.scope.lookup(read.node.value) is None
        }

    def early(self) -> set[tuple[str, str]]:
        """Return the reads that surely come before their name is bound: UnboundLocalError."""
        return {read.key for read in self._early}

    def uncertain(self) -> set[tuple[str, str]]:
        """Return the reads that on some way come before their name is bound."""
        return {read.key for read in self._uncertain}


def is_type_checking(test: cst.BaseExpression) -> bool:
    """Whether a condition is `TYPE_CHECKING`, whatever module it is taken from."""
    name = test.attr if isinstance(test, cst.Attribute) else test
    return isinstance(name, cst.Name) and name.value == "TYPE_CHECKING"


class _State:
    """Which names of a scope are bound at a place: on some way (`maybe`), on every way (`sure`).

    `sure` is None where no way leads to.
    """

    __slots__ = ("maybe", "sure")

    def __init__(self, maybe: Iterable[str] = (), sure: Iterable[str] | None = ()) -> None:
        self.maybe = set(maybe)
        self.sure = None if sure is None else set(sure)

    def copy(self) -> _State:
        return _State(self.maybe, self.sure)

    def bind(self, name: str) -> None:
        self.maybe.add(name)
        if self.sure is not None:
            self.sure.add(name)

    def unbind(self, name: str) -> None:
        self.maybe.discard(name)
        if self.sure is not None:
            self.sure.discard(name)


def _joined(*states: _State) -> _State:
    maybe = set().union(*(state.maybe for state in states))
    sure = [state.sure for state in states if state.sure is not None]
    return _State(maybe, set.intersection(*sure) if sure else None)


class _Builder:
    """Goes through a module in the order in which it runs, functions after the rest."""

    def __init__(self, module: cst.Module) -> None:
        self.scopes: list[Scope] = []
        self.reads: list[Read] = []
        self.early: list[Read] = []
        self.uncertain: list[Read] = []
        self.has_star = False
        self._global: set[str] = set()
        self._breaks: list[list[_State]] = []  # of the open loops
        root = Scope(ScopeKind.MODULE, module, None, "")
        self.scopes.append(root)
        self._declare(root, module.body)
        self._block(root, module.body, _State())

    # --- what a scope binds ----------------------------------------------------------------

    def _declare(self, scope: Scope, nodes: Iterable[cst.CSTNode]) -> None:
        """Note what some statements bind in a scope, without its inner scopes."""
        pending = list(nodes)[::-1]
        typing: set[int] = set()
        while pending:
            node = pending.pop()
            for name in bound_by(node):
                if id(node) in typing and name not in scope.bindings:
                    scope.typing.add(name)
                elif id(node) not in typing:
                    scope.typing.discard(name)
                scope.bindings.setdefault(name, []).append(node)
            if isinstance(node, (cst.Global, cst.Nonlocal)):
                declared = {item.name.value for item in node.names}
                scope.elsewhere |= declared
                if isinstance(node, cst.Global):
                    for name in declared:
                        self.scopes[0].bindings.setdefault(name, []).append(node)
                    self._global |= declared
            inner: list[cst.CSTNode]
            if isinstance(node, cst.FunctionDef):
                inner = [*node.decorators, node.params]
            elif isinstance(node, cst.ClassDef):
                inner = [*node.decorators, *node.bases, *node.keywords]
            elif isinstance(node, cst.Lambda):
                inner = [node.params]
            else:
                inner = below(node)
            if id(node) in typing:
                typing |= {id(each) for each in inner}
            elif isinstance(node, cst.If) and is_type_checking(node.test):
                typing.add(id(node.body))
            pending += inner[::-1]

    # --- what runs after what --------------------------------------------------------------

    def _block(self, scope: Scope, body: Iterable[cst.CSTNode], state: _State) -> _State:
        for statement in body:
            state = self._run(scope, statement, state)
        return state

    def _suite(self, scope: Scope, suite: cst.BaseSuite, state: _State) -> _State:
        return self._block(scope, suite.body, state)

    def _run(self, scope: Scope, node: cst.CSTNode, state: _State) -> _State:
        match node:
            case cst.SimpleStatementLine() | cst.SimpleStatementSuite():
                return self._block(scope, node.body, state)
            case cst.If():
                return self._if(scope, node, state)
            case cst.For():
                self._read(scope, node.iter, state)
                return self._loop(scope, node.body, node.orelse, state, node.target)
            case cst.While():
                self._read(scope, node.test, state)
                endless = isinstance(node.test, cst.Name) and node.test.value == "True"
                return self._loop(scope, node.body, node.orelse, state, None, endless=endless)
            case cst.Try() | cst.TryStar():
                return self._try(scope, node, state)
            case cst.With():
                for item in node.items:
                    self._read(scope, item.item, state)
                    if item.asname is not None:
                        self._target(scope, item.asname.name, state)
                return self._suite(scope, node.body, state)
            case cst.Match():
                return self._match(scope, node, state)
            case cst.FunctionDef():
                self._function(scope, node, state)
                state.bind(node.name.value)
                return state
            case cst.ClassDef():
                self._class(scope, node, state)
                state.bind(node.name.value)
                return state
            case cst.Assign():
                self._read(scope, node.value, state)
                for assigned in node.targets:
                    self._target(scope, assigned.target, state)
                return state
            case cst.AnnAssign():
                if node.value is not None:
                    self._read(scope, node.value, state)
                self._annotation(scope, node.annotation)
                if node.value is not None or not isinstance(node.target, cst.Name):
                    self._target(scope, node.target, state)
                return state
            case cst.AugAssign():
                self._read(scope, node.target, state)
                self._read(scope, node.value, state)
                self._target(scope, node.target, state)
                return state
            case cst.Del():
                self._read(scope, node.target, state)
                for name in _bound_names(node.target):
                    state.unbind(name)
                return state
            case cst.Import() | cst.ImportFrom():
                if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
                    self.has_star = True
                for name in bound_by(node):
                    state.bind(name)
                return state
            case cst.Return() | cst.Raise():
                for each in below(node):
                    self._read(scope, each, state)
                return _State(state.maybe, None)
            case cst.Continue() | cst.Break():
                if isinstance(node, cst.Break):
                    self._breaks[-1].append(state.copy())
                return _State(state.maybe, None)
            case cst.Global() | cst.Nonlocal():
                return state
            case cst.TypeAlias():
                self._annotation(self._type_scope(scope, node.type_parameters), node.value)
                state.bind(node.name.value)
                return state
            case _:
                for each in below(node):
                    self._read(scope, each, state)
                return state

    def _if(self, scope: Scope, node: cst.If, state: _State) -> _State:
        self._read(scope, node.test, state)
        then = self._suite(scope, node.body, state.copy())
        if isinstance(node.orelse, cst.If):
            other = self._if(scope, node.orelse, state.copy())
        elif node.orelse is not None:
            other = self._suite(scope, node.orelse.body, state.copy())
        else:
            other = state
        return _joined(then, other)

    def _loop(
        self,
        scope: Scope,
        body: cst.BaseSuite,
        orelse: cst.Else | None,
        state: _State,
        target: cst.BaseAssignTargetExpression | None,
        *,
        endless: bool = False,
    ) -> _State:
        inside = state.copy()
        # Whatever an earlier round has bound may be read.
        inside.maybe |= set(_bound_below(body))
        if target is not None:
            self._target(scope, target, inside)
        self._breaks.append([])
        after = self._suite(scope, body, inside)
        breaks = self._breaks.pop()
        if endless:
            return _joined(*breaks) if breaks else _State(after.maybe, None)
        result = _State(state.maybe | after.maybe, state.sure)
        if orelse is not None:
            result = self._suite(scope, orelse.body, result)
        return result

    def _try(self, scope: Scope, node: cst.Try | cst.TryStar, state: _State) -> _State:
        begun = state.copy()
        done = self._suite(scope, node.body, state.copy())
        broken = _State(begun.maybe | set(_bound_below(node.body)), begun.sure)
        ends = []
        for handler in node.handlers:
            caught = broken.copy()
            if handler.type is not None:
                self._read(scope, handler.type, caught)
            name = _caught_name(handler)
            if name is not None:
                caught.bind(name)
            caught = self._suite(scope, handler.body, caught)
            if name is not None:
                caught.unbind(name)
            ends.append(caught)
        if node.orelse is not None:
            done = self._suite(scope, node.orelse.body, done)
        after = _joined(done, *ends)
        if node.finalbody is None:
            return after
        every = _State(after.maybe | broken.maybe, begun.sure)
        last = self._suite(scope, node.finalbody.body, every.copy())
        if last.sure is None:
            return last
        sure = None if after.sure is None else after.sure | last.sure
        return _State(after.maybe | last.maybe, sure)

    def _match(self, scope: Scope, node: cst.Match, state: _State) -> _State:
        self._read(scope, node.subject, state)
        ends = [state.copy()]
        for case in node.cases:
            inside = state.copy()
            self._bind_pattern(scope, case.pattern, inside)
            if case.guard is not None:
                self._read(scope, case.guard, inside)
            ends.append(self._suite(scope, case.body, inside))
        return _joined(*ends)

    def _bind_pattern(self, scope: Scope, pattern: cst.CSTNode, state: _State) -> None:
        for name in bound_by(pattern):
            state.bind(name)
        for each in below(pattern):
            if isinstance(each, cst.MatchKeywordElement):
                self._bind_pattern(scope, each.pattern, state)
            elif not isinstance(each, cst.BaseExpression):
                self._bind_pattern(scope, each, state)
            elif isinstance(pattern, (cst.MatchValue, cst.MatchClass, cst.MatchMappingElement)):
                self._read(scope, each, state)

    # --- scopes ----------------------------------------------------------------------------

    def _open(self, kind: ScopeKind, node: cst.CSTNode, parent: Scope, name: str) -> Scope:
        full = ".".join(part for part in (parent.name, name) if part)
        scope = Scope(kind, node, parent, full)
        self.scopes.append(scope)
        return scope

    def _type_scope(self, scope: Scope, parameters: cst.TypeParameters | None) -> Scope:
        if parameters is None:
            return scope
        inner = self._open(ScopeKind.FUNCTION, parameters, scope, "")
        for each in parameters.params:
            inner.bindings.setdefault(each.param.name.value, []).append(each)
        for each in parameters.params:
            bound = getattr(each.param, "bound", None)
            if bound is not None:
                self._annotation(inner, bound)
        return inner

    def _function(self, scope: Scope, node: cst.FunctionDef, state: _State) -> None:
        for each in node.decorators:
            self._read(scope, each.decorator, state)
        for parameter in _parameters(node.params):
            if parameter.default is not None:
                self._read(scope, parameter.default, state)
        outer = self._type_scope(scope, node.type_parameters)
        for parameter in _parameters(node.params):
            if parameter.annotation is not None:
                self._annotation(outer, parameter.annotation)
        if node.returns is not None:
            self._annotation(outer, node.returns)
        inner = self._open(ScopeKind.FUNCTION, node, outer, node.name.value)
        given = _State()
        for parameter in _parameters(node.params):
            inner.bindings.setdefault(parameter.name.value, []).append(parameter)
            given.bind(parameter.name.value)
        self._declare(inner, node.body.body)
        self._suite(inner, node.body, given)

    def _class(self, scope: Scope, node: cst.ClassDef, state: _State) -> None:
        for each in node.decorators:
            self._read(scope, each.decorator, state)
        outer = self._type_scope(scope, node.type_parameters)
        for argument in (*node.bases, *node.keywords):
            self._read(outer, argument.value, state)
        inner = self._open(ScopeKind.CLASS, node, outer, node.name.value)
        self._declare(inner, node.body.body)
        self._suite(inner, node.body, _State())

    # --- reads -----------------------------------------------------------------------------

    def _annotation(self, scope: Scope, node: cst.CSTNode) -> None:
        """Read the names of an annotation, which may be evaluated late, or never."""
        for name in _annotation_names(node):
            self.reads.append(Read(scope, name))

    def _read(self, scope: Scope, node: cst.CSTNode | None, state: _State) -> None:
        """Note the names that an expression reads, in the order in which it does."""
        match node:
            case None:
                return
            case cst.Name():
                self._note(scope, node, state)
            case cst.Attribute():
                self._read(scope, node.value, state)
            case cst.Arg():
                self._read(scope, node.value, state)
            case cst.NamedExpr():
                self._read(scope, node.value, state)
                self._target(scope, node.target, state)
            case cst.Lambda():
                inner = self._open(ScopeKind.FUNCTION, node, scope, "<lambda>")
                given = _State()
                for parameter in _parameters(node.params):
                    if parameter.default is not None:
                        self._read(scope, parameter.default, state)
                    inner.bindings.setdefault(parameter.name.value, []).append(parameter)
                    given.bind(parameter.name.value)
                self._read(inner, node.body, given)
            case cst.BaseComp():
                self._comprehension(scope, node, state)
            case cst.IfExp():
                self._read(scope, node.test, state)
                self._read(scope, node.body, state)
                self._read(scope, node.orelse, state)
            case cst.BooleanOperation():
                self._read(scope, node.left, state)
                maybe = state.copy()
                self._read(scope, node.right, maybe)
                state.maybe |= maybe.maybe
                if maybe.sure is not None and state.sure is not None:
                    # `a and (b := c)`: believed to be bound, for what follows mostly asks
                    state.sure |= maybe.sure
            case _:
                for each in below(node):
                    self._read(scope, each, state)

    def _comprehension(self, scope: Scope, node: cst.BaseComp, state: _State) -> None:
        inner = self._open(ScopeKind.FUNCTION, node, scope, "")
        given = _State()
        loop: cst.CompFor | None = node.for_in
        first = True
        while loop is not None:
            self._read(scope if first else inner, loop.iter, state if first else given)
            first = False
            for name in _bound_names(loop.target):
                inner.bindings.setdefault(name, []).append(loop)
                given.bind(name)
            for condition in loop.ifs:
                self._read(inner, condition.test, given)
            loop = loop.inner_for_in
        for each in below(node):
            if each is not node.for_in:
                self._read(inner, each, given)
        for name in _bound_below(node):  # by `:=`, in the scope around it
            state.bind(name)

    def _note(self, scope: Scope, node: cst.Name, state: _State) -> None:
        read = Read(scope, node)
        self.reads.append(read)
        name = node.value
        local = name in scope.bindings and name not in scope.elsewhere
        timeless = scope.kind is ScopeKind.CLASS or isinstance(scope.node, cst.TypeParameters)
        if not local or timeless or state.sure is None:
            return
        if scope.kind is ScopeKind.MODULE and (name in _GIVEN or name in self._global):
            return
        if name not in state.maybe:
            self.early.append(read)
        elif name not in state.sure:
            self.uncertain.append(read)

    def _target(self, scope: Scope, node: cst.CSTNode, state: _State) -> None:
        match node:
            case cst.Name():
                if name_scope := _walrus_scope(scope, node.value):
                    name_scope.bindings.setdefault(node.value, []).append(node)
                state.bind(node.value)
            case cst.Tuple() | cst.List():
                for element in node.elements:
                    self._target(scope, element.value, state)
            case cst.StarredElement():
                self._target(scope, node.value, state)
            case _:
                for each in below(node):
                    if not (isinstance(node, cst.Attribute) and each is node.attr):
                        self._read(scope, each, state)


def _walrus_scope(scope: Scope, name: str) -> Scope | None:
    """Return the scope around a comprehension that binds a name by `:=`."""
    if not isinstance(scope.node, cst.BaseComp) or name in scope.bindings:
        return None
    while isinstance(scope.node, cst.BaseComp) and scope.parent is not None:
        scope = scope.parent
    return scope


def _caught_name(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> str | None:
    target = handler.name.name if handler.name is not None else None
    return target.value if isinstance(target, cst.Name) else None


def _parameters(params: cst.Parameters) -> Iterator[cst.Param]:
    yield from (*params.posonly_params, *params.params)
    if isinstance(params.star_arg, cst.Param):
        yield params.star_arg
    yield from params.kwonly_params
    if params.star_kwarg is not None:
        yield params.star_kwarg


def _own_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and what is below it, without the bodies of functions and classes."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if current is node or not isinstance(current, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            pending += below(current)[::-1]


def _bound_below(node: cst.CSTNode) -> Iterator[str]:
    for each in _own_nodes(node):
        yield from bound_by(each)


def _bound_names(target: cst.CSTNode) -> Iterator[str]:
    """Yield the names that a target binds: not those it only looks something up in."""
    match target:
        case cst.Name():
            yield target.value
        case cst.Tuple() | cst.List():
            for each in target.elements:
                yield from _bound_names(each.value)
        case cst.StarredElement():
            yield from _bound_names(target.value)
        case _:
            pass


def bound_by(node: cst.CSTNode) -> Iterator[str]:
    """Yield the names that a node itself binds in the scope it stands in."""
    match node:
        case cst.FunctionDef() | cst.ClassDef() | cst.TypeAlias():
            yield node.name.value
        case cst.Assign():
            for each in node.targets:
                yield from _bound_names(each.target)
        case cst.AnnAssign() | cst.AugAssign() | cst.NamedExpr() | cst.For():
            yield from _bound_names(node.target)
        case cst.WithItem() if node.asname is not None:
            yield from _bound_names(node.asname.name)
        case cst.ExceptHandler() | cst.ExceptStarHandler():
            caught = _caught_name(node)
            if caught is not None:
                yield caught
        case cst.Import():
            for alias in node.names:
                if alias.asname is not None:
                    yield from _bound_names(alias.asname.name)
                else:
                    name: cst.BaseExpression = alias.name
                    while isinstance(name, cst.Attribute):
                        name = name.value
                    yield from _bound_names(name)
        case cst.ImportFrom() if not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                yield from _bound_names(
                    alias.asname.name if alias.asname is not None else alias.name
                )
        case cst.MatchAs() | cst.MatchStar() if node.name is not None:
            yield node.name.value
        case cst.MatchMapping() if node.rest is not None:
            yield node.rest.value
        case _:
            pass


def _annotation_names(node: cst.CSTNode) -> Iterator[cst.Name]:
    """Yield the names in an annotation, those of the code in its strings aside."""
    if isinstance(node, cst.Name):
        yield node
    elif isinstance(node, cst.Attribute):
        yield from _annotation_names(node.value)
    elif text(node) is None:
        for each in below(node):
            if not isinstance(each, cst.Parameters):
                yield from _annotation_names(each)
