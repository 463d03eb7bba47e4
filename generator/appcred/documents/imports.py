"""Imports of a Python file: added in their sorted place, taken out when nothing uses them.

The order is that of ruff's isort with the settings of Home Assistant's core: plain and `from`
imports sorted together by module (apart, where the file has them so), relative ones from the
furthest to the closest, `homeassistant` a section of its own, aliases combined, 88 columns.
LibCST's own visitor knows none of it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import thinned, without_comments
from appcred.documents.walk import targets, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

WIDTH: Final = 88
"""The columns of Home Assistant's Python."""

_FUTURE, _STANDARD, _THIRD, _FIRST, _LOCAL = range(5)


@dataclass(frozen=True, order=True, slots=True)
class Import:
    """One imported name: `from module import name as alias`, or `import module` without a name.

    A relative module keeps its dots: `.const`.
    """

    module: str
    name: str | None = None
    alias: str | None = None

    @property
    def local(self) -> str:
        """The name it is known by in the file."""
        return self.alias or self.name or self.module.partition(".")[0]


class NameTakenError(Exception):
    """A file already gives a needed name another meaning; the message says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name} already means something else")
        self.name = name


def add_imports(module: cst.Module, wanted: Iterable[Import]) -> cst.Module:
    """Return the module with some imports; those it has already stay as they are.

    Raises NameTakenError if the file binds one of the names to something else.
    """
    for one in sorted(set(wanted)):
        module = _added(module, one)
    return module


def drop_imports(module: cst.Module, names: Collection[str]) -> cst.Module:
    """Return the module without the imports that bind some local names, comments kept."""
    if not names:
        return module
    dropper = _Dropper(module, frozenset(names))
    body: list[cst.BaseStatement] = []
    for statement in module.body:
        # Only what holds an import is gone through: a visitor costs more than parsing did.
        if any(isinstance(node, (cst.Import, cst.ImportFrom)) for node in walk(statement)):
            body.append(cast("cst.BaseStatement", statement.visit(dropper)))
        else:
            body.append(statement)
    return dropper.block(module.with_changes(body=body))


def unused_imports(before: cst.Module, after: cst.Module) -> set[str]:
    """Return the local names of imports that an edit has left unused."""
    return (used_names(before) - used_names(after)) & imported_names(after)


def drop_unused_imports(
    before: cst.Module, after: cst.Module, keep: Collection[str] = ()
) -> cst.Module:
    """Return an edited module without the imports that the edit has left unused.

    What was unused before the edit stays, and so do the names to keep, which other modules import
    from this one.
    """
    return drop_imports(after, unused_imports(before, after) - set(keep))


def imported_names(module: cst.Module) -> set[str]:
    """Return the local names that the module's imports bind, nested ones too."""
    return {
        one.local
        for node in walk(module)
        if isinstance(node, cst.SimpleStatementLine)
        for one in imports_of(node)
    }


def used_names(module: cst.CSTNode) -> set[str]:
    """Return every name that is read or bound outside of imports, string annotations included."""
    skipped: set[int] = set()
    found: set[str] = set()
    for node in walk(module):
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            skipped.update(id(each) for each in walk(node))
        elif isinstance(node, cst.Attribute):
            skipped.add(id(node.attr))
        elif isinstance(node, cst.Arg):
            skipped.add(id(node.keyword))
        elif isinstance(node, cst.Annotation):
            found |= _words(node)
        elif isinstance(node, cst.Assign):
            if any(dotted(target.target) == "__all__" for target in node.targets):
                found |= _words(node.value)
        elif isinstance(node, cst.Name) and id(node) not in skipped:
            found.add(node.value)
    return found


def _words(node: cst.CSTNode) -> set[str]:
    """Return the words inside the strings of an expression."""
    return {
        word
        for each in walk(node)
        if isinstance(each, cst.SimpleString)
        for word in re.findall(r"[^\W\d]\w*", each.value)
    }


# --- order -------------------------------------------------------------------------------------


def _natural(text: str) -> tuple[tuple[int, int | str], ...]:
    return tuple(
        (0, int(part)) if part.isdigit() else (1, part)
        for part in re.split(r"(\d+)", text.lower())
        if part
    )


def _section(module: str) -> int:
    head = module.partition(".")[0]
    if module.startswith("."):
        return _LOCAL
    if head == "__future__":
        return _FUTURE
    if head == "homeassistant":
        return _FIRST
    return _STANDARD if head in sys.stdlib_module_names else _THIRD


def _module_key(module: str) -> tuple[Any, ...]:
    name = module.lstrip(".")
    return -(len(module) - len(name)), _natural(name), name


def _line_key(line: cst.SimpleStatementLine, *, grouped: bool) -> tuple[Any, ...]:
    node = _import_of(line)
    return grouped and isinstance(node, cst.ImportFrom), _module_key(_source(node))


def _is_grouped(lines: Sequence[cst.SimpleStatementLine]) -> bool:
    """Whether a file has plain imports above `from` imports, as isort has by itself."""
    found = False
    for section in range(_FUTURE, _LOCAL + 1):
        peers = [line for line in lines if _section(_source(_import_of(line))) == section]
        core, own = (
            [_line_key(line, grouped=grouped) for line in peers] for grouped in (False, True)
        )
        if sorted(core) == core:
            if sorted(own) != own:
                return False
        elif sorted(own) == own:
            found = True
    return found


def _member_key(text: str) -> tuple[Any, ...]:
    name, _, alias = text.partition(" as ")
    kind = 2
    if name[:1].isupper():
        kind = 0 if len(name) > 1 and name.isupper() else 1
    return kind, _natural(name), name, alias


# --- adding ------------------------------------------------------------------------------------


def _added(module: cst.Module, wanted: Import) -> cst.Module:
    lines = [
        (i, cast("cst.SimpleStatementLine", line))
        for i, line in enumerate(module.body)
        if _import_of(line) is not None
    ]
    taken = False
    for _, line in lines:
        for has in imports_of(line):
            if has == wanted:
                return module
            taken = taken or has.local == wanted.local
    if taken or wanted.local in _bound(module):
        raise NameTakenError(wanted.local)
    if wanted.name is not None:
        for index, line in lines:
            node = _import_of(line)
            if isinstance(node, cst.ImportFrom) and _source(node) == wanted.module:
                if isinstance(node.names, cst.ImportStar):
                    continue
                return _with_body(module, index, _with_name(module, line, node, wanted))
    return _with_line(module, lines, wanted)


def _with_line(
    module: cst.Module, lines: list[tuple[int, cst.SimpleStatementLine]], wanted: Import
) -> cst.Module:
    """Insert an import statement of its own."""
    new = _statement(module, wanted.module, [wanted])
    section = _section(wanted.module)
    grouped = _is_grouped([line for _, line in lines])
    key = _line_key(new, grouped=grouped)
    peers = [(i, line) for i, line in lines if _section(_source(_import_of(line))) == section]
    for index, line in peers:
        if _line_key(line, grouped=grouped) > key:
            if (index, line) != peers[0]:
                return _inserted(module, index, new)
            # It becomes the first of its section: the blank lines above it, not the comments.
            blank, rest = _split_blank(line.leading_lines)
            if rest:  # a comment below an import that spans lines has a blank line above it
                rest = (cst.EmptyLine(indent=False), *rest)
            module = _with_body(module, index, line.with_changes(leading_lines=rest))
            return _inserted(module, index, new.with_changes(leading_lines=blank))
    if peers:
        return _inserted(module, peers[-1][0] + 1, new)
    blank_line = (cst.EmptyLine(indent=False),)
    earlier = [i for i, line in lines if _section(_source(_import_of(line))) < section]
    later = [i for i, line in lines if _section(_source(_import_of(line))) > section]
    if earlier:
        index = max(earlier) + 1
        return _inserted(module, index, new.with_changes(leading_lines=blank_line))
    if later:
        index = min(later)
        first = module.body[index]
        blank, rest = _split_blank(first.leading_lines)
        module = _with_body(module, index, first.with_changes(leading_lines=(*blank_line, *rest)))
        return _inserted(module, index, new.with_changes(leading_lines=blank))
    # The file's first import, below its docstring.
    documented = 1 if module.get_docstring() is not None else 0
    leading = blank_line if documented else ()
    module = _inserted(module, documented, new.with_changes(leading_lines=leading))
    if documented + 1 < len(module.body):
        after = module.body[documented + 1]
        if not _split_blank(after.leading_lines)[0]:
            after = after.with_changes(leading_lines=(*blank_line, *after.leading_lines))
            module = _with_body(module, documented + 1, after)
    return module


def _split_blank(
    lines: Sequence[cst.EmptyLine],
) -> tuple[tuple[cst.EmptyLine, ...], tuple[cst.EmptyLine, ...]]:
    """Part leading lines into the blank ones at their beginning and the rest."""
    count = next((i for i, line in enumerate(lines) if line.comment is not None), len(lines))
    return tuple(lines[:count]), tuple(lines[count:])


def _inserted(module: cst.Module, index: int, line: cst.BaseStatement) -> cst.Module:
    return module.with_changes(body=[*module.body[:index], line, *module.body[index:]])


def _with_body(module: cst.Module, index: int, line: cst.CSTNode) -> cst.Module:
    body: list[Any] = list(module.body)
    body[index] = line
    return module.with_changes(body=body)


def _with_name(
    module: cst.Module, line: cst.SimpleStatementLine, node: cst.ImportFrom, wanted: Import
) -> cst.SimpleStatementLine:
    aliases = list(cast("Sequence[cst.ImportAlias]", node.names))
    old = [_alias_text(alias) for alias in aliases]
    text = f"{wanted.name} as {wanted.alias}" if wanted.alias else str(wanted.name)
    slot = sum(_member_key(each) < _member_key(text) for each in old)
    if sorted(old, key=_member_key) != old:
        slot = len(old)
    names = [*old[:slot], text, *old[slot:]]
    rewritten = _in_same_style(module, line, node, old, names)
    if rewritten is not None:
        return rewritten
    fresh = cst.ImportAlias(
        name=cst.Name(wanted.name or ""),
        asname=cst.AsName(cst.Name(wanted.alias)) if wanted.alias else None,
    )
    between = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if len(aliases) > 1 and isinstance(aliases[0].comma, cst.Comma):
        between = _uncommented(aliases[0].comma)
    if slot < len(aliases):
        aliases.insert(slot, fresh.with_changes(comma=between))
    else:
        last = aliases[-1]
        aliases[-1] = last.with_changes(comma=_ended_like(last.comma, between))
        if isinstance(last.comma, cst.Comma):
            fresh = fresh.with_changes(comma=_uncommented(last.comma))
        aliases.append(fresh)
    return line.with_deep_changes(node, names=aliases)


def _uncommented(comma: cst.Comma) -> cst.Comma:
    after = comma.whitespace_after
    if isinstance(after, cst.ParenthesizedWhitespace):
        after = without_comments(after)
    return comma.with_changes(whitespace_after=after)


def _ended_like(
    comma: cst.Comma | cst.MaybeSentinel, like: cst.Comma | cst.MaybeSentinel
) -> cst.Comma | cst.MaybeSentinel:
    """Return a comma that keeps its comment and leads where another one leads."""
    if isinstance(comma, cst.Comma) and isinstance(like, cst.Comma):
        own, other = comma.whitespace_after, like.whitespace_after
        if isinstance(own, cst.ParenthesizedWhitespace) and isinstance(
            other, cst.ParenthesizedWhitespace
        ):
            return comma.with_changes(whitespace_after=own.with_changes(last_line=other.last_line))
    return like


def _in_same_style(
    module: cst.Module,
    line: cst.SimpleStatementLine,
    node: cst.ImportFrom,
    old: list[str],
    new: list[str],
) -> cst.SimpleStatementLine | None:
    """Write an import anew if it is written as a formatter writes it, comments inside aside."""
    source = _source(node)
    code = module.code_for_node(node)
    if code not in (_flat(source, old), _exploded(module, source, old)):
        return None
    return line.with_changes(body=[_small(module, source, new)])


def _flat(source: str, names: list[str]) -> str:
    return f"from {source} import {', '.join(names)}"


def _exploded(module: cst.Module, source: str, names: list[str]) -> str:
    end, indent = module.default_newline, module.default_indent
    body = "".join(f"{indent}{name},{end}" for name in names)
    return f"from {source} import ({end}{body})"


def _small(module: cst.Module, source: str, names: list[str]) -> cst.BaseSmallStatement:
    text = _flat(source, names)
    if len(text) > WIDTH:
        text = _exploded(module, source, names)
    line = cst.parse_statement(text + module.default_newline, module.config_for_parsing)
    return cast("cst.SimpleStatementLine", line).body[0]


def _statement(
    module: cst.Module, source: str, wanted: Sequence[Import]
) -> cst.SimpleStatementLine:
    if wanted[0].name is None:
        alias = f" as {wanted[0].alias}" if wanted[0].alias else ""
        line = cast("cst.SimpleStatementLine", cst.parse_statement(f"import {source}{alias}\n"))
        return cst.SimpleStatementLine(body=line.body)
    names = [f"{w.name} as {w.alias}" if w.alias else str(w.name) for w in wanted]
    return cst.SimpleStatementLine(body=[_small(module, source, names)])


# --- reading -----------------------------------------------------------------------------------


def _import_of(line: cst.CSTNode) -> cst.Import | cst.ImportFrom | None:
    if isinstance(line, cst.SimpleStatementLine) and line.body:
        first = line.body[0]
        if isinstance(first, cst.Import | cst.ImportFrom):
            return first
    return None


def _source(node: cst.Import | cst.ImportFrom | None) -> str:
    if isinstance(node, cst.ImportFrom):
        return "." * len(node.relative) + dotted(node.module)
    return dotted(node.names[0].name) if node is not None else ""


def _alias_text(alias: cst.ImportAlias) -> str:
    name = dotted(alias.name)
    return f"{name} as {dotted(alias.asname.name)}" if alias.asname is not None else name


def imports_of(line: cst.SimpleStatementLine) -> list[Import]:
    """Return the names that one line of imports binds, those of a star aside."""
    found = []
    for small in line.body:
        if isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
            found += [
                Import(
                    _source(small),
                    dotted(alias.name),
                    dotted(alias.asname.name) if alias.asname is not None else None,
                )
                for alias in small.names
            ]
        elif isinstance(small, cst.Import):
            found += [
                Import(
                    dotted(alias.name),
                    None,
                    dotted(alias.asname.name) if alias.asname is not None else None,
                )
                for alias in small.names
            ]
    return [replace(one, alias=None) if one.alias == one.name else one for one in found]


def _bound(module: cst.Module) -> set[str]:
    """Return the names that the module's own statements bind at its top level."""
    names: set[str] = set()
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef | cst.ClassDef):
            names.add(statement.name.value)
        elif isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                names.update(t.value for t in targets(small) if isinstance(t, cst.Name))
    return names


# --- removing ----------------------------------------------------------------------------------


class _Dropper(cst.CSTTransformer):
    """Takes names out of imports; what stood above a statement that goes falls to the next one."""

    def __init__(self, module: cst.Module, names: frozenset[str]) -> None:
        self.module = module
        self.names = names
        self.gone: set[cst.CSTNode] = set()

    def leave_SimpleStatementLine(  # noqa: N802
        self,
        original_node: cst.SimpleStatementLine,  # noqa: ARG002
        updated_node: cst.SimpleStatementLine,
    ) -> cst.SimpleStatementLine:
        if len(updated_node.body) > 1:
            return self._without_some(updated_node)
        node = _import_of(updated_node)
        if node is None or isinstance(node.names, cst.ImportStar):
            return updated_node
        kept = [alias for alias in node.names if self._local(node, alias) not in self.names]
        if len(kept) == len(node.names):
            return updated_node
        if not kept:
            marked = updated_node.with_changes(body=[cst.Pass()])
            self.gone.add(marked)
            return marked
        if isinstance(node, cst.ImportFrom):
            old = [_alias_text(alias) for alias in node.names]
            new = [_alias_text(alias) for alias in kept]
            rewritten = _in_same_style(self.module, updated_node, node, old, new)
            if rewritten is not None:
                return rewritten
        left, right = getattr(node, "lpar", None), getattr(node, "rpar", None)
        if left is None or right is None:  # on one line, so that it has no comments inside
            last = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            return updated_node.with_deep_changes(node, names=[*kept[:-1], last])
        gone = [alias for alias in node.names if alias not in kept]
        kept, opening, closing = thinned(
            node.names, gone, left.whitespace_after, right.whitespace_before
        )
        changed = node.with_changes(
            names=kept,
            lpar=left.with_changes(whitespace_after=opening),
            rpar=right.with_changes(whitespace_before=closing),
        )
        return updated_node.with_changes(body=[changed])

    def _without_some(self, line: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
        """Take the statements out of `import a; import b` that import nothing but such names."""
        kept = [
            small
            for small in line.body
            if not isinstance(small, cst.Import | cst.ImportFrom)
            or isinstance(small.names, cst.ImportStar)
            or any(self._local(small, alias) not in self.names for alias in small.names)
        ]
        if len(kept) == len(line.body):
            return line
        if not kept:
            line = line.with_changes(body=[cst.Pass()])
            self.gone.add(line)
            return line
        last = kept[-1].with_changes(semicolon=line.body[-1].semicolon)
        return line.with_changes(body=[*kept[:-1], last])

    def _local(self, node: cst.Import | cst.ImportFrom, alias: cst.ImportAlias) -> str:
        if alias.asname is not None:
            return dotted(alias.asname.name)
        name = dotted(alias.name)
        return name if isinstance(node, cst.ImportFrom) else name.partition(".")[0]

    def block(self, module: cst.Module) -> cst.Module:
        """Leave out of a module the statements that had nothing left to import."""
        body = self._without(module.body)[0]
        if body and module.body[0] in self.gone and not any(h.comment for h in module.header):
            body[0] = _unspaced(body[0])
        return module.with_changes(body=body)

    def leave_IndentedBlock(  # noqa: N802
        self,
        original_node: cst.IndentedBlock,  # noqa: ARG002
        updated_node: cst.IndentedBlock,
    ) -> cst.IndentedBlock:
        body, left = self._without(updated_node.body)
        if body and updated_node.body[0] in self.gone:
            body[0] = _unspaced(body[0])
        if not body and updated_node.body:
            body = [cst.SimpleStatementLine(body=[cst.Pass()])]
        return updated_node.with_changes(body=body, footer=(*left, *updated_node.footer))

    def _without(
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
        return kept, _split_blank(carried)[1]


def _unspaced(line: cst.BaseStatement) -> cst.BaseStatement:
    """Return a statement without the blank lines above it, now that it is the first."""
    lines = _split_blank(line.leading_lines)[1]  # type: ignore[attr-defined]
    return line.with_changes(leading_lines=lines)


def _merged(
    above: Sequence[cst.EmptyLine], below: Sequence[cst.EmptyLine]
) -> tuple[cst.EmptyLine, ...]:
    """Join the leading lines of a statement that goes with those of the one below it."""
    blank_above, comments = _split_blank(above)
    blank_below, rest = _split_blank(below)
    if not comments:
        return (*max(blank_above, blank_below, key=len), *rest)
    return (*above, *below)
