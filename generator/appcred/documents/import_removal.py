"""Names taken out of imports, with every comment of what stays.

A statement that imports nothing any more goes, and so does a block for type checkers that is empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import libcst as cst

from appcred.documents.bindings import is_type_checking
from appcred.documents.imports import in_same_style, split_blank
from appcred.documents.rewriting import without_items
from appcred.documents.walk import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def without_aliases(module: cst.Module, gone: Collection[cst.ImportAlias]) -> cst.Module:
    """Return the module without some imported names, by identity."""
    if not gone:
        return module
    wanted = {id(alias) for alias in gone}
    dropper = _Dropper(module, wanted)
    body: list[cst.BaseStatement] = []
    for statement in module.body:
        # Only what holds one of them is gone through: a visitor costs more than parsing did.
        if any(id(node) in wanted for node in walk(statement)):
            body.append(cast("cst.BaseStatement", statement.visit(dropper)))
        else:
            body.append(statement)
    return dropper.block(module.with_changes(body=body))


class _Dropper(cst.CSTTransformer):
    """Takes names out of imports; what stood above a statement that goes falls to the next one."""

    def __init__(self, module: cst.Module, names: set[int]) -> None:
        self.module = module
        self.names = names
        self.gone: set[cst.CSTNode] = set()

    def visit_SimpleStatementLine(  # noqa: N802
        self,
        node: cst.SimpleStatementLine,  # noqa: ARG002
    ) -> bool:
        return False

    def leave_SimpleStatementLine(  # noqa: N802
        self,
        original_node: cst.SimpleStatementLine,
        updated_node: cst.SimpleStatementLine,
    ) -> cst.SimpleStatementLine:
        body = [self._thinned(small) for small in original_node.body]
        kept = [small for small in body if small is not None]
        if len(kept) == len(body) and all(
            one is other for one, other in zip(kept, original_node.body, strict=True)
        ):
            return updated_node
        if not kept:
            marked = updated_node.with_changes(body=[cst.Pass()])
            self.gone.add(marked)
            return marked
        last = kept[-1].with_changes(semicolon=original_node.body[-1].semicolon)
        return updated_node.with_changes(body=[*kept[:-1], last])

    def _thinned(self, node: cst.BaseSmallStatement) -> cst.BaseSmallStatement | None:
        """Return a statement without the names, None where it would import nothing."""
        if not isinstance(node, (cst.Import, cst.ImportFrom)):
            return node
        if isinstance(node.names, cst.ImportStar):
            return node
        kept = [alias for alias in node.names if id(alias) not in self.names]
        if len(kept) == len(node.names):
            return node
        if not kept:
            return None
        if isinstance(node, cst.ImportFrom):
            rewritten = in_same_style(self.module, node, kept)
            if rewritten is not None:
                return rewritten
        if getattr(node, "lpar", None) is None:  # on one line, so that it has no comments inside
            last = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            return node.with_changes(names=[*kept[:-1], last])
        gone = [alias for alias in node.names if id(alias) in self.names]
        return without_items(node, gone, "names", ("lpar", "rpar"))

    def block(self, module: cst.Module) -> cst.Module:
        """Leave out of a module the statements that had nothing left to import."""
        body = self._remaining(module.body)[0]
        if body and module.body[0] in self.gone and not any(h.comment for h in module.header):
            body[0] = _unspaced(body[0])
        return module.with_changes(body=body)

    def leave_If(  # noqa: N802
        self,
        original_node: cst.If,
        updated_node: cst.If,
    ) -> cst.If:
        """Mark an `if TYPE_CHECKING:` that has nothing left to import."""
        body = original_node.body
        spare = (
            is_type_checking(original_node.test)
            and original_node.orelse is None
            and isinstance(body, cst.IndentedBlock)
            and not any(line.comment for line in body.footer)
            and body.header.comment is None
            and all(
                isinstance(line, cst.SimpleStatementLine)
                and not any(above.comment for above in line.leading_lines)
                and all(self._thinned(small) is None for small in line.body)
                for line in body.body
            )
        )
        if spare:
            self.gone.add(updated_node)
        return updated_node

    def leave_IndentedBlock(  # noqa: N802
        self,
        original_node: cst.IndentedBlock,  # noqa: ARG002
        updated_node: cst.IndentedBlock,
    ) -> cst.IndentedBlock:
        body, left = self._remaining(updated_node.body)
        if body and updated_node.body[0] in self.gone:
            body[0] = _unspaced(body[0])
        if not body and updated_node.body:
            body = [cst.SimpleStatementLine(body=[cst.Pass()])]
        return updated_node.with_changes(body=body, footer=(*left, *updated_node.footer))

    def _remaining(
        self, body: Sequence[cst.BaseStatement]
    ) -> tuple[list[cst.BaseStatement], Sequence[cst.EmptyLine]]:
        kept: list[cst.BaseStatement] = []
        carried: tuple[cst.EmptyLine, ...] = ()
        for line in body:
            if line in self.gone:
                carried = _merged(carried, line.leading_lines)  # type: ignore[attr-defined]
                continue
            if carried:
                leading = _merged(carried, line.leading_lines)  # type: ignore[attr-defined]
                line = line.with_changes(leading_lines=leading)
                carried = ()
            kept.append(line)
        return kept, split_blank(carried)[1]


def _unspaced(line: cst.BaseStatement) -> cst.BaseStatement:
    """Return a statement without the blank lines above it, now that it is the first."""
    lines = split_blank(line.leading_lines)[1]  # type: ignore[attr-defined]
    return line.with_changes(leading_lines=lines)


def _merged(
    above: Sequence[cst.EmptyLine], below: Sequence[cst.EmptyLine]
) -> tuple[cst.EmptyLine, ...]:
    """Join the leading lines of a statement that goes with those of the one below it."""
    blank_above, comments = split_blank(above)
    blank_below, rest = split_blank(below)
    if not comments:
        return (*max(blank_above, blank_below, key=len), *rest)
    return (*above, *below)
