"""Python source: parsed on demand, indexed in one pass, positions only when asked for.

One pass because every visitor over core's OAuth files costs a tenth of parsing them, and scope
analysis five times as much; so names are followed through a plain import table instead.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import libcst as cst

from appcred.documents import depth
from appcred.documents.walk import below, contains, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class TooDeepError(ValueError):
    """Source that is nested too deeply to be parsed; `line` is where."""

    def __init__(self, line: int) -> None:
        super().__init__("this is nested too deeply or has too many parts")
        self.line = line


class Position(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


class Function(NamedTuple):
    """A `def`, and what contains it."""

    name: str
    node: cst.FunctionDef
    owner: Class | None
    """The class that contains it directly."""
    outer: Function | None
    """The function it is nested in."""

    @property
    def positional(self) -> tuple[cst.Param, ...]:
        """The parameters that take an argument by its position."""
        return (*self.node.params.posonly_params, *self.node.params.params)


@dataclass(frozen=True, eq=False, slots=True)
class Class:
    """A `class`, and its bases as dotted names after the import table."""

    name: str
    node: cst.ClassDef
    bases: tuple[str, ...]
    outer: Function | None
    methods: dict[str, Function] = field(default_factory=dict)
    attributes: dict[str, cst.BaseExpression | None] = field(default_factory=dict)


class Call(NamedTuple):
    """A call, its function's dotted name after the import table, and what contains it."""

    name: str
    node: cst.Call
    function: Function | None
    owner: Class | None
    """The class that contains it, directly or in a method."""
    guards: tuple[cst.Try, ...]
    """The `try` statements of its function whose body contains it, outermost first."""
    is_awaited: bool = False
    is_dropped: bool = False
    """Whether it is a statement of its own, not awaited, so that its result is lost."""

    def argument(self, keyword: str, position: int | None = None) -> cst.BaseExpression | None:
        """Return one argument by its keyword, else by its position from 0, else None."""
        return argument_of(self.node, keyword, position)


def argument_of(
    call: cst.Call, keyword: str, position: int | None = None
) -> cst.BaseExpression | None:
    """Return one argument of a call by its keyword, else by its position from 0, else None."""
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == keyword:
            return argument.value
    if position is None or any(argument.star for argument in call.args[: position + 1]):
        return None
    plain = [argument.value for argument in call.args if argument.keyword is None]
    return plain[position] if position < len(plain) else None


class Raised(NamedTuple):
    """A `raise` with an error, the dotted name of the error, and what contains it."""

    name: str
    node: cst.Raise
    function: Function | None
    guards: tuple[cst.Try, ...]
    """As those of a call."""


class Imported(NamedTuple):
    """One name that an import binds, its dotted name, and what contains it."""

    name: str
    node: cst.ImportAlias
    guards: tuple[cst.Try, ...]
    """As those of a call."""
    is_conditional: bool
    """Whether it is in an `if`, as below `TYPE_CHECKING`."""


@dataclass(frozen=True, eq=False, slots=True)
class Index:
    """The facts about a module, gathered in one pass."""

    imports: Mapping[str, str]
    """Name at module level to dotted name. A relative import keeps its dots: `.const.DOMAIN`."""
    constants: Mapping[str, cst.BaseExpression]
    """Names bound once at module level by a plain or annotated assignment."""
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    calls: tuple[Call, ...]
    stars: tuple[str, ...] = ()
    """The modules that everything is imported from, `from .const import *`."""
    inner_imports: Mapping[str, str] = field(default_factory=dict)
    """As `imports`, for names that only functions import, each with one meaning."""
    raises: tuple[Raised, ...] = ()
    imported: tuple[Imported, ...] = ()

    def resolve(self, node: cst.CSTNode) -> str:
        """Return the dotted name of a name or attribute, its head followed through the imports.

        Anything else gives an empty string; a part that is no name (`f().x`) gives `?`.
        """
        name = dotted(node)
        head, dot, rest = name.partition(".")
        found = self.imports.get(head) or self.inner_imports.get(head, head)
        return found + dot + rest if name else ""

    def function(self, name: str) -> Function | None:
        """Return the module-level function of that name."""
        return next(
            (f for f in self.functions if f.name == name and f.owner is None and f.outer is None),
            None,
        )

    def class_(self, name: str) -> Class | None:
        """Return the module-level class of that name."""
        return next((c for c in self.classes if c.name == name and c.outer is None), None)


def dotted(node: cst.CSTNode | None) -> str:
    """Return `a.b.c` of a name or an attribute chain, `?` for a head that is neither, else ''."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value) or '?'}.{node.attr.value}"
    return ""


class PythonDocument:
    """A Python file's content, parsed when first looked into."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._local: dict[cst.CSTNode, tuple[Mapping[cst.CSTNode, object], cst.CSTNode]] = {}

    @cached_property
    def module(self) -> cst.Module:
        """The concrete syntax tree.

        Raises libcst.ParserSyntaxError, UnicodeDecodeError, or ValueError for what no person
        wrote.
        """
        _refuse_depth(self.content)
        return cst.parse_module(self.content)

    @cached_property
    def index(self) -> Index:
        """The facts about the module; raises what `module` raises."""
        gatherer = _Gatherer()
        gatherer.visit(self.module)
        return gatherer.result()

    @cached_property
    def _positions(self) -> Mapping[cst.CSTNode, object]:
        return _resolved(self.module)

    @cached_property
    def _start_lines(self) -> Mapping[cst.CSTNode, int]:
        """The line of each top-level statement, and of each in a class at top level.

        Without those whose lines this Python cannot tell.
        """
        found = _parsed(self.content) or _parsed(older(self.content))
        if found is None:
            return {}
        starts = _lines(self.module.body, found.body)
        for node, one in zip(self.module.body, found.body, strict=False):
            if node in starts and isinstance(node, cst.ClassDef) and isinstance(one, ast.ClassDef):
                starts |= _lines(node.body.body, one.body)
        return starts

    def _top_level_of(self, node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
        """Return the top-level statement that a node stands in and, in a class, the one there."""
        for statement in self.module.body:
            if contains(statement, node):
                if isinstance(statement, cst.ClassDef):
                    for inner in statement.body.body:
                        if contains(inner, node):
                            return statement, inner
                return (statement,)
        return ()

    def position(self, node: cst.CSTNode) -> Position:
        """Return where a node of this document begins.

        Only the statement that it stands in is gone through; positions of all nodes of a file
        cost twice its parsing.
        """
        homes = self._top_level_of(node)
        home = homes[-1] if homes else None
        if home is None or any(each not in self._start_lines for each in homes):
            return self._anywhere(node)
        if node is homes[0]:
            return Position(self._start_lines[node], 1)
        if home not in self._local:
            top = homes[0]
            if isinstance(top, cst.ClassDef):
                inner = [home] if home is not top else []  # else it is something of its head
                top = top.with_changes(body=top.body.with_changes(body=inner))
            alone = self.module.with_changes(body=[top], header=(), footer=())
            self._local[home] = _resolved(alone), top if home is homes[0] else home
        positions, anchor = self._local[home]
        if node not in positions:  # the body of a class as a whole
            return self._anywhere(node)
        start = positions[node].start  # type: ignore[attr-defined]
        first = positions[anchor].start  # type: ignore[attr-defined]
        return Position(self._start_lines[home] + start.line - first.line, start.column + 1)

    def _anywhere(self, node: cst.CSTNode) -> Position:
        start = self._positions[node].start  # type: ignore[attr-defined]
        return Position(start.line, start.column + 1)

    def mentions(self, *words: str) -> bool:
        """Whether the text has any of the words, without parsing it."""
        return any(word.encode() in self.content for word in words)


_STRINGS_AND_COMMENTS: Final = (
    rb'''#[^\n]*|"""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*\''''
)


def comments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the comments of Python source, parsable or not, and where each begins."""
    for found in re.finditer(_STRINGS_AND_COMMENTS, content):
        if found[0].startswith(b"#"):
            yield found.start(), found[0]


def _refuse_depth(content: bytes) -> None:
    """Raise TooDeepError for nesting that libcst's parser answers with a crash of the process."""
    if not depth.is_shallow(content):
        deepest, line = depth.find_deepest(content)
        if deepest > depth.DEEPEST:
            raise TooDeepError(line)
    # Those who read the tree descend as often; less than that is no depth of ours.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), depth.FRAMES))


class _Gatherer:
    """The one pass: all nodes that hold code, in the order of the source.

    Without libcst's visitor, which calls several methods for every node, blanks included, and
    would take as long again as parsing does.
    """

    def __init__(self) -> None:
        self.imports: dict[str, str] = {}
        self.inner_imports: dict[str, set[str]] = {}
        self.constants: dict[str, cst.BaseExpression] = {}
        self.rebound: set[str] = set()
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.calls: list[Call] = []
        self.stars: list[str] = []
        self.raises: list[Raised] = []
        self.imported: list[Imported] = []
        self._conditions = 0
        self._scope: list[Function | Class] = []
        self._function: Function | None = None
        self._function_imports: dict[str, str] = {}  # what the open functions import themselves
        self._class: Class | None = None
        self._guards: list[cst.Try] = []
        self._guard_floor = 0  # where the open function's own guards begin in the stack
        self._awaited: cst.CSTNode | None = None
        self._dropped: cst.CSTNode | None = None
        self._visits: dict[type, Callable[[Any], None]] = {
            cst.Import: self._import,
            cst.ImportFrom: self._import_from,
            cst.ClassDef: self._class_def,
            cst.FunctionDef: self._function_def,
            cst.Try: self._try,
            cst.Assign: self._assign,
            cst.AnnAssign: self._annotated,
            cst.AugAssign: self._augmented,
            cst.Call: self._call,
            cst.Await: self._await,
            cst.Expr: self._expression,
            cst.Raise: self._raise,
            cst.If: self._if,
            cst.Global: self._global,
        }

    def result(self) -> Index:
        constants = {k: v for k, v in self.constants.items() if k not in self.rebound}
        return Index(
            self.imports,
            constants,
            tuple(self.functions),
            tuple(self.classes),
            tuple(self.calls),
            tuple(self.stars),
            {
                name: next(iter(meant))
                for name, meant in self.inner_imports.items()
                if len(meant) == 1 and name not in self.imports
            },
            tuple(self.raises),
            tuple(self.imported),
        )

    def visit(self, node: cst.CSTNode) -> None:
        visit = self._visits.get(type(node))
        if visit is not None:
            visit(node)
        else:
            self._below(node)

    def _below(self, node: cst.CSTNode, names: tuple[str, ...] | None = None) -> None:
        for each in below(node, names):
            self.visit(each)

    def _resolved(self, node: cst.CSTNode) -> str:
        name = dotted(node)
        head, dot, rest = name.partition(".")
        found = self._function_imports.get(head) or self.imports.get(head, head)
        return found + dot + rest if name else ""

    def _imported(self, name: str, full: str) -> None:
        if self._function is None:
            self.imports[name] = full
        else:
            self._function_imports[name] = full
            self.inner_imports.setdefault(name, set()).add(full)

    def _import(self, node: cst.Import) -> None:
        for alias in node.names:
            full = dotted(alias.name)
            self._note_import(full, alias)
            if alias.asname is not None:
                self._imported(dotted(alias.asname.name), full)
            else:
                head = full.partition(".")[0]
                self._imported(head, head)

    def _import_from(self, node: cst.ImportFrom) -> None:
        source = "." * len(node.relative) + dotted(node.module)
        if not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                name = dotted(alias.name)
                local = dotted(alias.asname.name) if alias.asname is not None else name
                joint = "" if source.endswith(".") else "."
                self._imported(local, f"{source}{joint}{name}")
                self._note_import(f"{source}{joint}{name}", alias)
        elif not self._scope:
            self.stars.append(source)

    def _note_import(self, name: str, node: cst.ImportAlias) -> None:
        guards = tuple(self._guards[self._guard_floor :])
        self.imported.append(Imported(name, node, guards, self._conditions > 0))

    def _if(self, node: cst.If) -> None:
        self.visit(node.test)
        self._conditions += 1
        self._below(node, ("body", "orelse"))
        self._conditions -= 1

    def _class_def(self, node: cst.ClassDef) -> None:
        bases = tuple(
            self._resolved(b.value.value if isinstance(b.value, cst.Subscript) else b.value)
            for b in node.bases
        )
        found = Class(node.name.value, node, bases, self._function)
        self.classes.append(found)
        outer, self._class = self._class, found
        self._scope.append(found)
        self._below(node)
        self._scope.pop()
        self._class = outer

    def _function_def(self, node: cst.FunctionDef) -> None:
        owner = self._scope[-1] if self._scope and isinstance(self._scope[-1], Class) else None
        found = Function(node.name.value, node, owner, self._function)
        self.functions.append(found)
        if owner is not None:
            owner.methods[found.name] = found
        outer, self._function = self._function, found
        seen, self._function_imports = self._function_imports, dict(self._function_imports)
        self._scope.append(found)
        self._below(node, _BEFORE_BODY)
        floor, self._guard_floor = self._guard_floor, len(self._guards)
        self.visit(node.body)
        self._guard_floor = floor
        self._function_imports = seen
        self._scope.pop()
        self._function = outer

    def _try(self, node: cst.Try) -> None:
        self._guards.append(node)
        self.visit(node.body)
        self._guards.pop()
        self._below(node, ("handlers", "orelse", "finalbody"))

    def _assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            self._bind(target.target, node.value)
        self._below(node)

    def _annotated(self, node: cst.AnnAssign) -> None:
        self._bind(node.target, node.value)
        self._below(node)

    def _augmented(self, node: cst.AugAssign) -> None:
        self._bind(node.target, None)
        if not self._scope and isinstance(node.target, cst.Name):
            self.rebound.add(node.target.value)
        self._below(node)

    def _global(self, node: cst.Global) -> None:
        self.rebound |= {item.name.value for item in node.names}

    def _bind(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        if not isinstance(target, cst.Name):
            return
        if self._scope and isinstance(self._scope[-1], Class):
            self._scope[-1].attributes[target.value] = value
        elif not self._scope:
            if target.value in self.constants:
                self.rebound.add(target.value)
            if value is not None:
                self.constants[target.value] = value

    def _await(self, node: cst.Await) -> None:
        self._awaited = node.expression
        self.visit(node.expression)

    def _expression(self, node: cst.Expr) -> None:
        self._dropped = node.value
        self.visit(node.value)

    def _raise(self, node: cst.Raise) -> None:
        if node.exc is not None:
            what = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
            guards = tuple(self._guards[self._guard_floor :])
            self.raises.append(Raised(self._resolved(what), node, self._function, guards))
        self._below(node)

    def _call(self, node: cst.Call) -> None:
        guards = tuple(self._guards[self._guard_floor :])
        self.calls.append(
            Call(
                self._resolved(node.func),
                node,
                self._function,
                self._class,
                guards,
                node is self._awaited,
                node is self._dropped,
            )
        )
        self._below(node)


def _parsed(content: bytes) -> ast.Module | None:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def older(content: bytes) -> bytes:
    """Write the commonest of what Python 3.11 does not know as it would have been written for it.

    Line by line it stays what it is. libcst takes fifty times as long to parse it, and a seventh
    of core's files have some.
    """
    content = _ALIAS.sub(rb"\1 =", content)
    content = _EXCEPT.sub(rb"except (\1):", content)
    return _GENERIC.sub(_without_parameters, content)


def _without_parameters(found: re.Match[bytes]) -> bytes:
    lines = b"\n" * found[2].count(b"\n")
    return found[0] if lines and found[3] == b":" else found[1] + found[3] + lines


_PARAMETERS: Final = rb"(\[(?:[^\[\]]|\[[^\[\]]*\])*\])"
# Type aliases and parameters: PEP 695. Several exceptions without parentheses: PEP 758.
_ALIAS: Final = re.compile(rb"^type (\w+)(?:\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\])? =", re.MULTILINE)
_GENERIC: Final = re.compile(rb"\b((?:def|class) \w+)" + _PARAMETERS + rb"([(:])")
_EXCEPT: Final = re.compile(rb"\bexcept ([\w.]+(?:, [\w.]+)+):")


def _lines(nodes: Sequence[cst.CSTNode], statements: Sequence[ast.stmt]) -> dict[cst.CSTNode, int]:
    """Return the line of each statement of a block; nothing if several stand on one line."""
    if len(nodes) != len(statements):
        return {}
    return {node: one.lineno for node, one in zip(nodes, statements, strict=True)}


_BEFORE_BODY: Final = tuple(name for name in parts(cst.FunctionDef) if name != "body")


def _resolved(module: cst.Module) -> Mapping[cst.CSTNode, object]:
    """Return where each node of a module begins and ends."""
    from libcst.metadata import MetadataWrapper, PositionProvider

    return MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
