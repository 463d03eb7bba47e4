"""Python source: parsed on demand, indexed in one pass, positions only when asked for.

One pass because every visitor over core's OAuth files costs a tenth of parsing them, and scope
analysis five times as much; so names are followed through a plain import table instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Mapping


class Position(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """A `def`, and what it stands in."""

    name: str
    node: cst.FunctionDef
    owner: Class | None
    """The class whose body it stands in directly."""
    outer: Function | None
    """The function it is nested in."""


@dataclass(frozen=True, eq=False, slots=True)
class Class:
    """A `class`, and its bases as dotted names after the import table."""

    name: str
    node: cst.ClassDef
    bases: tuple[str, ...]
    outer: Function | None
    methods: dict[str, Function] = field(default_factory=dict)
    attributes: dict[str, cst.BaseExpression | None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """A call, its function's dotted name after the import table, and what it stands in."""

    name: str
    node: cst.Call
    function: Function | None
    owner: Class | None
    """The class whose method, or whose body, it stands in."""
    guards: tuple[cst.Try, ...]
    """The `try` statements in whose body it stands, inside its function, outermost first."""

    def argument(self, keyword: str, position: int | None = None) -> cst.BaseExpression | None:
        """Return one argument by its keyword, else by its position from 0, else None."""
        for argument in self.node.args:
            if argument.keyword is not None and argument.keyword.value == keyword:
                return argument.value
        if position is None or any(argument.star for argument in self.node.args[: position + 1]):
            return None
        plain = [argument.value for argument in self.node.args if argument.keyword is None]
        return plain[position] if position < len(plain) else None


@dataclass(frozen=True, eq=False, slots=True)
class Index:
    """What a module says, gathered in one pass."""

    imports: Mapping[str, str]
    """Local name to dotted name. A relative import keeps its dots: `.const.DOMAIN`."""
    constants: Mapping[str, cst.BaseExpression]
    """Names bound once at module level by a plain or annotated assignment."""
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    calls: tuple[Call, ...]
    stars: tuple[str, ...] = ()
    """The modules that everything is imported from, `from .const import *`."""

    def resolve(self, node: cst.CSTNode) -> str:
        """Return the dotted name of a name or attribute, its head followed through the imports.

        Anything else gives an empty string; a part that is no name (`f().x`) gives `?`.
        """
        name = dotted(node)
        head, dot, rest = name.partition(".")
        return self.imports.get(head, head) + dot + rest if name else ""

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

    @cached_property
    def module(self) -> cst.Module:
        """The concrete syntax tree.

        Raises libcst.ParserSyntaxError, UnicodeDecodeError, or ValueError for what no person
        wrote.
        """
        _refuse_monsters(self.content)
        return cst.parse_module(self.content)

    @cached_property
    def index(self) -> Index:
        """What the module says; raises what `module` raises."""
        gatherer = _Gatherer()
        self.module.visit(gatherer)
        return gatherer.result()

    @cached_property
    def _positions(self) -> Mapping[cst.CSTNode, object]:
        from libcst.metadata import MetadataWrapper, PositionProvider

        return MetadataWrapper(self.module, unsafe_skip_copy=True).resolve(PositionProvider)

    def position(self, node: cst.CSTNode) -> Position:
        """Return where a node of this document begins. Costs twice the parsing, once a file."""
        start = self._positions[node].start  # type: ignore[attr-defined]
        return Position(start.line, start.column + 1)

    def mentions(self, *words: str) -> bool:
        """Say whether the text has any of the words, without parsing it."""
        return any(word.encode() in self.content for word in words)


_STRINGS_AND_COMMENTS: Final = re.compile(
    rb'''#[^\n]*|"""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*\''''
)
_NO_BRACKET: Final = bytes(set(range(256)) - set(b"()[]{}"))
_DEEPEST: Final = 200
"""Open brackets; CPython has the same limit."""
_LONGEST: Final = 20_000
"""Bytes of a line outside strings, and ten times as many as `elif`s there may be in a file."""


def _refuse_monsters(content: bytes) -> None:
    """Raise ValueError for nesting that libcst's parser answers with a crash of the process."""
    if not _is_monster(content):
        return
    if _is_monster(_STRINGS_AND_COMMENTS.sub(b"", content)):
        raise ValueError("it is nested too deeply, or a line of it is too long")


def _is_monster(content: bytes) -> bool:
    depth = 0
    for bracket in content.translate(None, _NO_BRACKET):
        depth += 1 if bracket in b"([{" else -1
        if depth > _DEEPEST:
            return True
    if content.count(b"elif") > _LONGEST // 10:
        return True
    return len(content) > _LONGEST and any(len(line) > _LONGEST for line in content.split(b"\n"))


class _Gatherer(cst.CSTVisitor):
    """The one pass."""

    def __init__(self) -> None:
        self.imports: dict[str, str] = {}
        self.constants: dict[str, cst.BaseExpression] = {}
        self.rebound: set[str] = set()
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.calls: list[Call] = []
        self.stars: list[str] = []
        self._scope: list[Function | Class] = []
        self._guards: list[cst.Try] = []
        self._guard_floor = [0]  # where each open function's own guards begin in the stack

    def result(self) -> Index:
        constants = {k: v for k, v in self.constants.items() if k not in self.rebound}
        return Index(
            self.imports,
            constants,
            tuple(self.functions),
            tuple(self.classes),
            tuple(self.calls),
            tuple(self.stars),
        )

    @property
    def _function(self) -> Function | None:
        return next((s for s in reversed(self._scope) if isinstance(s, Function)), None)

    @property
    def _class(self) -> Class | None:
        return next((s for s in reversed(self._scope) if isinstance(s, Class)), None)

    def _resolved(self, node: cst.CSTNode) -> str:
        name = dotted(node)
        head, dot, rest = name.partition(".")
        return self.imports.get(head, head) + dot + rest if name else ""

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: N802
        for alias in node.names:
            full = dotted(alias.name)
            if alias.asname is not None:
                self.imports[dotted(alias.asname.name)] = full
            else:
                head = full.partition(".")[0]
                self.imports[head] = head
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: N802
        source = "." * len(node.relative) + dotted(node.module)
        if not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                name = dotted(alias.name)
                local = dotted(alias.asname.name) if alias.asname is not None else name
                joint = "" if source.endswith(".") else "."
                self.imports[local] = f"{source}{joint}{name}"
        elif not self._scope:
            self.stars.append(source)
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> None:  # noqa: N802
        bases = tuple(
            self._resolved(b.value.value if isinstance(b.value, cst.Subscript) else b.value)
            for b in node.bases
        )
        found = Class(node.name.value, node, bases, self._function)
        self.classes.append(found)
        self._scope.append(found)

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:  # noqa: ARG002, N802
        self._scope.pop()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802
        owner = self._scope[-1] if self._scope and isinstance(self._scope[-1], Class) else None
        found = Function(node.name.value, node, owner, self._function)
        self.functions.append(found)
        if owner is not None:
            owner.methods[found.name] = found
        self._scope.append(found)

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:  # noqa: ARG002, N802
        self._scope.pop()

    def visit_Try_body(self, node: cst.Try) -> None:  # noqa: N802
        self._guards.append(node)

    def leave_Try_body(self, node: cst.Try) -> None:  # noqa: ARG002, N802
        self._guards.pop()

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802
        for target in node.targets:
            self._bind(target.target, node.value)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:  # noqa: N802
        self._bind(node.target, node.value)

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

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
        guards = tuple(self._guards[self._guard_floor[-1] :])
        self.calls.append(
            Call(self._resolved(node.func), node, self._function, self._class, guards)
        )

    def visit_FunctionDef_body(self, node: cst.FunctionDef) -> None:  # noqa: ARG002, N802
        self._guard_floor.append(len(self._guards))

    def leave_FunctionDef_body(self, node: cst.FunctionDef) -> None:  # noqa: ARG002, N802
        self._guard_floor.pop()
