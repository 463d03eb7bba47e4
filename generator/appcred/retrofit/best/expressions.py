"""An expression taken to another module of the integration, with the imports it needs there."""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeGuard, cast

import libcst as cst

from appcred.documents.imports import Import, imports_of
from appcred.documents.rewriting import statement_of
from appcred.documents.walk import everything, names, walk
from appcred.oauth.registration import Value, assignments
from appcred.rules.edit import StopError, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode


_FOR_TOOLS: Final = re.compile(
    r"#\s*(noqa|nosec|type:|mypy:|pyright:|pylint:|pragma:|fmt:|isort:|ruff:|appcred:)",
    re.IGNORECASE,
)
"""What speaks to a tool about its own line, and says nothing on any other."""


@dataclass(slots=True)
class Moved:
    """What an expression becomes elsewhere."""

    node: cst.BaseExpression
    imports: set[Import] = field(default_factory=set)
    feeds: list[tuple[str, Statement]] = field(default_factory=list)
    """Statements of its function that bind local names it uses, in their order."""


def moved(code: OAuthCode, value: Value, target: str, what: str, todo: str) -> Moved:
    """Take an expression to a module, given by its name.

    Raises StopError if it depends on a name that is known only where it stands; `what` says in
    the reason what the expression is.
    """
    found = Moved(value.node.deep_clone())
    _follow(code, value, value.node, target, found, (what, todo), 0)
    return found


def _follow(
    code: OAuthCode,
    value: Value,
    node: cst.CSTNode,
    target: str,
    found: Moved,
    why: tuple[str, str],
    depth: int,
) -> None:
    bound_here = {name.value for name in _bound_inside(node)}
    for name in names(node):
        text = name.value
        if text in bound_here or text in found_names(found):
            continue
        wanted = _module_level(code, value, text, target)
        local = _local(value, text)
        if local is not None:
            statement, bound = local
            if depth > 4:
                raise _stop(value, text, why)
            _follow(code, value, bound, target, found, why, depth + 1)
            found.feeds.append((text, statement))
        elif wanted is not None:
            found.imports.add(wanted)
        elif text == "hass" and value.function is not None:
            continue  # the hooks call it so too
        elif hasattr(builtins, text) or _same_module(value, text, target):
            continue
        elif (inner := _imported_inside(value, text, target)) is not None:
            found.imports.add(inner)
        else:
            raise _stop(value, text, why)


def _imported_inside(value: Value, name: str, target: str) -> Import | None:
    """Return the import of a name that a function makes, as another module makes it."""
    function, module = value.function, value.module
    while function is not None:
        for line in walk(function.node.body):
            for one in imports_of(line) if isinstance(line, cst.SimpleStatementLine) else ():
                if one.local != name or not one.module.startswith("."):
                    continue
                base = _absolute(module.name, module.path.name == "__init__.py", one.module)
                return Import(_relative(target, base), one.name, one.alias)
        function = function.outer
    return None


def _stop(value: Value, name: str, why: tuple[str, str]) -> StopError:
    what, todo = why
    function = value.function
    while function is not None:
        for line in walk(function.node.body):
            if isinstance(line, cst.SimpleStatementLine) and any(
                one.local == name for one in imports_of(line)
            ):
                return stop(
                    value.module,
                    line,
                    f"{what} depends on {name}, which is imported inside {function.name}",
                    "move this import to the top of the module, and run this again",
                )
        function = function.outer
    return stop(
        value.module,
        value.node,
        f"{what} depends on {name}, which is known only where the implementation is created",
        todo,
    )


def found_names(found: Moved) -> set[str]:
    """Return the local names that are bound already by what moves along."""
    return {name for name, _ in found.feeds}


def _local(value: Value, name: str) -> tuple[Statement, cst.BaseExpression] | None:
    function = value.function
    if function is None:
        return None
    bound = assignments(function.node, name)
    if len(bound) != 1:
        return None
    statement = statement_of(value.module.document.module, bound[0])
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if not isinstance(small, (cst.Assign, cst.AnnAssign)) or small.value is not bound[0]:
        return None
    return statement, bound[0]


def _is_parameter(value: Value, name: str) -> bool:
    function = value.function
    while function is not None:
        params = function.node.params
        every = [*params.posonly_params, *params.params, *params.kwonly_params]
        if name in {param.name.value for param in every} or assignments(function.node, name):
            return True
        function = function.outer
    return False


def _module_level(code: OAuthCode, value: Value, name: str, target: str) -> Import | None:
    """Return the import that gives a module's global name its meaning in another module."""
    if _is_parameter(value, name):
        return None
    module = value.module
    existing = next((one for one in _imports(module.document.module) if one.local == name), None)
    if existing is not None:
        if not existing.module.startswith("."):
            return existing
        base = _absolute(module.name, module.path.name == "__init__.py", existing.module)
        return Import(_relative(target, base), existing.name, existing.alias)
    if module.name == target:
        return None
    for star in module.index.stars:
        if star.startswith(".") and name not in module.index.constants:
            base = _absolute(module.name, module.path.name == "__init__.py", star)
            if code.text(module, cst.Name(name)) is not None:
                return Import(_relative(target, base), name)
    defined = (
        name in module.index.constants
        or module.index.function(name) is not None
        or module.index.class_(name) is not None
    )
    return Import(_relative(target, module.name), name) if defined else None


def _same_module(value: Value, name: str, target: str) -> bool:
    return value.module.name == target and not _is_parameter(value, name)


def _imports(module: cst.Module) -> list[Import]:
    return [
        one
        for statement in module.body
        if isinstance(statement, cst.SimpleStatementLine)
        for one in imports_of(statement)
    ]


def _absolute(module: str, is_package: bool, source: str) -> str:  # noqa: FBT001
    """Return the module below the integration that a relative import names."""
    dots = len(source) - len(source.lstrip("."))
    parts = module.split(".") if module else []
    if not is_package:
        parts = parts[:-1]
    parts = parts[: len(parts) - (dots - 1)]
    rest = source.lstrip(".")
    return ".".join([*parts, *(rest.split(".") if rest else [])])


def _relative(target: str, wanted: str) -> str:
    """Return how a module of the integration imports another one."""
    depth = target.count(".") if target else 0
    return "." * (depth + 1) + wanted


def _bound_inside(node: cst.CSTNode) -> list[cst.Name]:
    """Return the names that comprehensions and lambdas inside an expression bind."""
    found: list[cst.Name] = []
    for each in walk(node):
        if isinstance(each, cst.CompFor):
            found += names(each.target)
        elif isinstance(each, cst.Lambda):
            found += [param.name for param in each.params.params]
    return found


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of an argument, which move with it: lines of their own above it, one behind."""

    above: tuple[cst.Comment, ...] = ()
    behind: cst.Comment | None = None

    def __iter__(self) -> Iterator[cst.Comment]:
        yield from self.above
        if self.behind is not None:
            yield self.behind


def comments_of(value: Value) -> Comments:
    """Return the comments of the argument that a value is."""
    for call in walk(value.module.document.module):
        if not isinstance(call, cst.Call):
            continue
        before: cst.CSTNode = call.whitespace_before_args
        for argument in call.args:
            comma = argument.comma
            after = (
                comma.whitespace_after
                if isinstance(comma, cst.Comma)
                else argument.whitespace_after_arg  # the last one may have none
            )
            if argument.value is value.node:
                return comments_between(before, after)
            before = after
    return Comments()


def comments_between(before: cst.CSTNode | None, after: cst.CSTNode | None) -> Comments:
    """Return the comments of one of several parts, by the whitespace before and behind it.

    Comments for tools are left out, because they concern their own line.
    """
    behind = after.first_line.comment if _spans_lines(after) else None
    if behind is not None and _FOR_TOOLS.match(behind.value):
        behind = None
    return Comments(_lines(before), behind)


def _spans_lines(space: cst.CSTNode | None) -> TypeGuard[cst.ParenthesizedWhitespace]:
    return isinstance(space, cst.ParenthesizedWhitespace)


def _lines(space: cst.CSTNode | None) -> tuple[cst.Comment, ...]:
    """Return the comments that have lines of their own in what stands between two arguments."""
    lines = space.empty_lines if _spans_lines(space) else ()
    return tuple(line.comment for line in lines if line.comment is not None)


def comments_inside(node: cst.CSTNode) -> list[cst.Comment]:
    """Return the comments in a node, in their order, those for tools aside."""
    return [
        each
        for each in everything(node)
        if isinstance(each, cst.Comment) and not _FOR_TOOLS.match(each.value)
    ]


def commented(statement: Statement, comments: Mapping[cst.BaseExpression, Comments]) -> Statement:
    """Put comments to arguments, given by their values, that stand on lines of their own."""
    return cast("Statement", statement.visit(_Commenter(comments)))


class _Commenter(cst.CSTTransformer):
    """Puts the comments in at once, for nodes are others once one of them is there."""

    def __init__(self, comments: Mapping[cst.BaseExpression, Comments]) -> None:
        super().__init__()
        self._comments = comments

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        found = [self._comments.get(each.value, Comments()) for each in original_node.args]
        before = updated_node.whitespace_before_args
        if not any(map(tuple, found)) or not _spans_lines(before):
            return updated_node
        arguments = []
        for i, argument in enumerate(updated_node.args):
            comma, below = argument.comma, found[i + 1 : i + 2]
            if isinstance(comma, cst.Comma) and _spans_lines(comma.whitespace_after):
                after = _with_lines(comma.whitespace_after, below[0].above if below else ())
                if found[i].behind is not None:
                    line = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), found[i].behind)
                    after = after.with_changes(first_line=line)
                comma = comma.with_changes(whitespace_after=after)
            arguments.append(argument.with_changes(comma=comma))
        return updated_node.with_changes(
            args=arguments, whitespace_before_args=_with_lines(before, found[0].above)
        )


def _with_lines(
    space: cst.ParenthesizedWhitespace, comments: Sequence[cst.Comment]
) -> cst.ParenthesizedWhitespace:
    """Put comments on lines of their own above the argument that some whitespace stands before."""
    lines = [
        cst.EmptyLine(indent=space.indent, whitespace=space.last_line, comment=comment)
        for comment in comments
    ]
    return space.with_changes(empty_lines=[*space.empty_lines, *lines])
