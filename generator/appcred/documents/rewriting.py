"""Edits of a syntax tree: nodes replaced, statements put in and taken out, comments kept.

New code comes as text from a template; the user's own expressions are put into it as nodes, never
as text, so that whatever stands in them arrives as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import libcst as cst

from appcred.documents.walk import below, contains, has_comment, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

Node = TypeVar("Node", bound=cst.CSTNode)
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement

REMOVED: Final[tuple[Statement, ...]] = ()
"""What a statement is replaced by to take it out."""


def statements(module: cst.Module, text: str) -> tuple[Statement, ...]:
    """Parse statements that are going to stand in a module, in its line endings and indent."""
    parsed = cst.parse_module(text)
    text = text.replace("\n", module.default_newline)
    if module.default_indent != parsed.default_indent:
        unit = "    "
        lines = text.split(module.default_newline)
        text = module.default_newline.join(_reindented(line, unit, module) for line in lines)
    return tuple(cst.parse_module(text, module.config_for_parsing).body)


def _reindented(line: str, unit: str, module: cst.Module) -> str:
    stripped = line.lstrip(" ")
    depth, rest = divmod(len(line) - len(stripped), len(unit))
    return module.default_indent * depth + " " * rest + stripped


def filled(node: Node, values: Mapping[str, cst.BaseExpression]) -> Node:
    """Return new code with names in it replaced by the user's expressions.

    Names of keyword arguments and attributes stay.
    """
    return cast("Node", node.visit(_Filler(values)))


def rewritten(
    module: cst.Module, changes: Mapping[cst.CSTNode, cst.CSTNode | Sequence[Statement]]
) -> cst.Module:
    """Return a module with nodes of it replaced, each found by identity.

    A statement may be replaced by several, or by none; what stood above it, blank lines and
    comments apart from it, then falls to what follows. A replacement is not looked into.
    """
    if not changes:
        return module
    rewriter = _Rewriter(changes)
    wanted = {id(node) for node in changes}
    body: list[cst.BaseStatement] = []
    for statement in module.body:
        # Only what holds a change is gone through: a visitor costs more than parsing did.
        if id(statement) in wanted:
            body.append(rewriter.on_leave(statement, statement))
        elif any(id(node) in wanted for node in walk(statement)):
            body.append(cast("cst.BaseStatement", statement.visit(rewriter)))
        else:
            body.append(statement)
    return rewriter.block(module.with_changes(body=body))


def deeper(node: Node, unit: str) -> Node:
    """Return an expression whose further lines are indented by one more step."""
    return cast("Node", node.visit(_Deeper(unit)))


def _thinned(
    items: Sequence[Node],
    gone: Collection[cst.CSTNode],
    opening: cst.BaseParenthesizableWhitespace,
    closing: cst.BaseParenthesizableWhitespace,
) -> tuple[list[Node], cst.BaseParenthesizableWhitespace, cst.BaseParenthesizableWhitespace]:
    """Take items out of a list with commas; comments above and behind the others stay.

    `opening` and `closing` are the whitespace inside the brackets. Returns all three anew.
    """
    kept: list[Node] = []
    for item in items:
        if item not in gone:
            kept.append(item)
            continue
        comma = cast("Any", item).comma
        after = comma.whitespace_after if isinstance(comma, cst.Comma) else None
        if item is not items[-1]:
            # What stands on lines below its comma stands above the next item.
            if kept:
                kept[-1] = _led(kept[-1], _above_next(_after(kept[-1]), after))
            else:
                opening = _above_next(opening, after)
        elif kept and isinstance(after, cst.ParenthesizedWhitespace):
            kept[-1] = _led(kept[-1], _at_the_end(_after(kept[-1]), after))
        elif kept:
            closing = _at_the_end(_after(kept[-1]), closing)
            kept[-1] = kept[-1].with_changes(comma=comma)
    return kept, opening, closing


def without_items(
    node: Node,
    gone: Collection[cst.CSTNode],
    items: str = "elements",
    brackets: tuple[str, str] = ("lbrace", "rbrace"),
) -> Node:
    """Take items out of a bracketed list; comments above and behind the others stay.

    `items` and `brackets` are the fields of the node that have them.
    """
    left, right = (getattr(node, bracket) for bracket in brackets)
    kept, opening, closing = _thinned(
        getattr(node, items), gone, left.whitespace_after, right.whitespace_before
    )
    changes: dict[str, Any] = {
        items: kept,
        brackets[0]: left.with_changes(whitespace_after=opening),
        brackets[1]: right.with_changes(whitespace_before=closing),
    }
    return node.with_changes(**changes)


def with_item(
    items: Sequence[Node],
    slot: int,
    new: Node,
    opening: cst.BaseParenthesizableWhitespace,
    closing: cst.BaseParenthesizableWhitespace,
) -> tuple[list[Node], cst.BaseParenthesizableWhitespace, cst.BaseParenthesizableWhitespace]:
    """Put an item into a list with commas; comments above and behind the others stay at them.

    `opening` and `closing` are the whitespace inside the brackets. Returns all three anew.
    """
    trailing = isinstance(cast("Any", items[-1]).comma, cst.Comma)
    gaps = [opening, *(_after(item) for item in items[:-1])]
    gaps.append(_after(items[-1]) if trailing else closing)
    before, after = _parted(gaps, slot)
    gaps[slot : slot + 1] = [before, after]
    kept = [*items[:slot], new, *items[slot:]]
    for index, item in enumerate(kept):
        if index < len(kept) - 1 or trailing:
            comma = cast("Any", item).comma
            comma = comma if isinstance(comma, cst.Comma) else cst.Comma()
            comma = comma.with_changes(whitespace_after=gaps[index + 1])
            kept[index] = item.with_changes(comma=comma)
        else:
            kept[index] = item.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return kept, gaps[0], closing if trailing else gaps[-1]


def _parted(
    gaps: Sequence[cst.BaseParenthesizableWhitespace], slot: int
) -> tuple[cst.BaseParenthesizableWhitespace, cst.BaseParenthesizableWhitespace]:
    """Part the whitespace at a place of a list in two, to both sides of a new item.

    A comment behind the item before stays there, and what stands above the next one above that.
    """
    gap = gaps[slot]
    last = len(gaps) - 1
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        between = gaps[1] if slot == 0 else gaps[slot - 1] if slot == last else gap
        if last == 1:
            between = cst.SimpleWhitespace(" ")
        if isinstance(between, cst.ParenthesizedWhitespace):
            between = without_comments(between)
        return (gap, between) if slot == 0 else (between, gap)
    before, after = gap.with_changes(empty_lines=()), gap
    if slot == last:
        inner = next((g for g in gaps[:-1] if isinstance(g, cst.ParenthesizedWhitespace)), None)
        if inner is None and gap.first_line.comment is None:
            return cst.SimpleWhitespace(" "), gap
        indent = inner.last_line if inner is not None else cst.SimpleWhitespace("    ")
        before = before.with_changes(last_line=indent)
    return before, after.with_changes(
        first_line=cst.TrailingWhitespace(newline=gap.first_line.newline)
    )


def without_elements(node: cst.Dict, gone: Sequence[cst.BaseDictElement]) -> cst.Dict:
    """Return a dictionary without some elements; comments at the others stay with them."""
    if not gone:
        return node
    if len(gone) == len(node.elements):
        return cst.Dict([])
    return without_items(node, gone)


def with_elements(node: cst.Dict, kept: Sequence[cst.BaseDictElement]) -> cst.Dict:
    """Return a dictionary with some of its elements alone; see `without_elements`."""
    return without_elements(node, [each for each in node.elements if each not in kept])


def as_statement(node: cst.CSTNode) -> Statement:
    """Return a node that is a statement as one. Raises TypeError for any other."""
    if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
        return node
    raise TypeError("not a statement")


def _after(item: cst.CSTNode) -> cst.BaseParenthesizableWhitespace:
    """Return what stands behind the comma of an item that is not the last one."""
    return cst.ensure_type(cast("Any", item).comma, cst.Comma).whitespace_after


def _led(item: Node, after: cst.BaseParenthesizableWhitespace) -> Node:
    """Return an item with other whitespace behind its comma."""
    comma = cst.ensure_type(cast("Any", item).comma, cst.Comma)
    return item.with_changes(comma=comma.with_changes(whitespace_after=after))


def _above_next(
    space: cst.BaseParenthesizableWhitespace, other: cst.BaseParenthesizableWhitespace | None
) -> cst.BaseParenthesizableWhitespace:
    """Return what leads where another whitespace leads, the comment at its own beginning kept.

    It stays where the other leads to the same line.
    """
    if not isinstance(other, cst.ParenthesizedWhitespace):
        return space
    first = cst.TrailingWhitespace(newline=other.first_line.newline)
    if isinstance(space, cst.ParenthesizedWhitespace):
        first = space.first_line
    return other.with_changes(first_line=first)


def _at_the_end(
    space: cst.BaseParenthesizableWhitespace, other: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """Return what leads to the bracket, as another whitespace did; a comment keeps its line."""
    spans = isinstance(other, cst.ParenthesizedWhitespace)
    return _above_next(space, other) if spans or has_comment(space) else other


def without_comments(space: cst.ParenthesizedWhitespace) -> cst.ParenthesizedWhitespace:
    """Return the line break and indent of a whitespace, for one more place that is spaced so."""
    first = cst.TrailingWhitespace(newline=space.first_line.newline)
    return space.with_changes(first_line=first, empty_lines=())


def with_leading(statement: Statement, lines: Sequence[cst.EmptyLine]) -> Statement:
    """Return a statement with other lines above it."""
    return statement.with_changes(leading_lines=tuple(lines))


def with_blank_above(statement: Statement) -> Statement:
    """Return a statement with one empty line above it and its comments."""
    return with_leading(statement, [cst.EmptyLine(indent=False), *statement.leading_lines])


def statement_of(module: cst.Module, node: cst.CSTNode) -> Statement | None:
    """Return the innermost statement, simple or compound, that a node of a module stands in."""
    top = next((each for each in module.body if contains(each, node)), None)
    pending: list[tuple[cst.CSTNode, Statement | None]] = [(top, None)] if top is not None else []
    while pending:
        current, statement = pending.pop()
        if current is node:
            return statement
        if isinstance(current, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            statement = current
        pending += [(part, statement) for part in below(current)]
    return None


class _Filler(cst.CSTTransformer):
    def __init__(self, values: Mapping[str, cst.BaseExpression]) -> None:
        self.values = values

    def leave_Name(  # noqa: N802
        self,
        original_node: cst.Name,  # noqa: ARG002
        updated_node: cst.Name,
    ) -> cst.BaseExpression:
        return self.values.get(updated_node.value, updated_node)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Param(  # noqa: N802
        self, original_node: cst.Param, updated_node: cst.Param
    ) -> cst.Param:
        return updated_node.with_changes(name=original_node.name)


class _Deeper(cst.CSTTransformer):
    def __init__(self, unit: str) -> None:
        self.unit = unit

    def leave_ParenthesizedWhitespace(  # noqa: N802
        self,
        original_node: cst.ParenthesizedWhitespace,  # noqa: ARG002
        updated_node: cst.ParenthesizedWhitespace,
    ) -> cst.ParenthesizedWhitespace:
        def moved(space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
            return cst.SimpleWhitespace(self.unit + space.value)

        lines = [
            line.with_changes(whitespace=moved(line.whitespace)) if line.comment else line
            for line in updated_node.empty_lines
        ]
        return updated_node.with_changes(last_line=moved(updated_node.last_line), empty_lines=lines)


_Body = TypeVar("_Body", cst.Module, cst.IndentedBlock)


class _Rewriter(cst.CSTTransformer):
    def __init__(self, changes: Mapping[cst.CSTNode, cst.CSTNode | Sequence[Statement]]) -> None:
        self.changes = changes
        self.marked: dict[cst.CSTNode, tuple[cst.CSTNode, tuple[Statement, ...]]] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        return node not in self.changes and super().on_visit(node)

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        change = self.changes.get(original_node)
        if change is None:
            return super().on_leave(original_node, updated_node)
        if isinstance(change, cst.CSTNode):
            return change
        # Several statements: put in where the block they stand in is left.
        mark = cst.SimpleStatementLine(body=[cst.Pass()])
        self.marked[mark] = (original_node, tuple(change))
        return mark

    def leave_IndentedBlock(  # noqa: N802
        self,
        original_node: cst.IndentedBlock,  # noqa: ARG002
        updated_node: cst.IndentedBlock,
    ) -> cst.IndentedBlock:
        return self.block(updated_node)

    def block(self, updated: _Body) -> _Body:
        """Put several statements, or none, in the place of the marks for them."""
        if not any(statement in self.marked for statement in updated.body):
            return updated
        body: list[cst.BaseStatement] = []
        carried: tuple[cst.EmptyLine, ...] = ()
        for statement in updated.body:
            if statement not in self.marked:
                lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
                if carried:
                    lines, carried = joined(carried, lines), ()
                if not body and statement is not updated.body[0]:
                    lines = _unspaced(updated, lines)  # it has become the first of its block
                if lines is not getattr(statement, "leading_lines", lines):
                    statement = statement.with_changes(leading_lines=lines)
                body.append(statement)
                continue
            old = self.marked[statement][0]
            new: tuple[Statement, ...] = self.marked[statement][1]
            if not new:
                carried = joined(carried, _detached_lines(getattr(old, "leading_lines", ())))
                continue
            first = new[0]
            if carried:
                first = with_leading(first, joined(carried, first.leading_lines))
                carried = ()
            body += [first, *new[1:]]
        footer = (*_comments(carried), *updated.footer)
        if not body and isinstance(updated, cst.IndentedBlock):
            body = [cst.SimpleStatementLine(body=[cst.Pass()])]
        return updated.with_changes(body=body, footer=footer)


def _unspaced(
    block: cst.Module | cst.IndentedBlock, lines: Sequence[cst.EmptyLine]
) -> tuple[cst.EmptyLine, ...]:
    """Return the lines above a block's first statement: no blank one at their beginning."""
    kept = list(lines)
    while isinstance(block, cst.IndentedBlock) and kept and kept[0].comment is None:
        kept.pop(0)
    return tuple(kept)


def _detached_lines(lines: Sequence[cst.EmptyLine]) -> tuple[cst.EmptyLine, ...]:
    """Return the lines above a statement without the comment that stands directly on it."""
    kept = list(lines)
    while kept and kept[-1].comment is not None:
        kept.pop()
    return tuple(kept)


def _comments(lines: Sequence[cst.EmptyLine]) -> tuple[cst.EmptyLine, ...]:
    return tuple(lines) if any(line.comment for line in lines) else ()


def joined(
    above: Sequence[cst.EmptyLine], below: Sequence[cst.EmptyLine]
) -> tuple[cst.EmptyLine, ...]:
    """Join two runs of lines without doubling the blank ones between them."""
    above, below = list(above), list(below)
    while above and below and above[-1].comment is None and below[0].comment is None:
        above.pop()
    return (*above, *below)


def uses(node: cst.CSTNode, test: Callable[[cst.CSTNode], bool]) -> bool:
    """Whether some part of a node passes a test."""
    return any(test(each) for each in walk(node))
