"""Imports of a Python file, added in their sorted place.

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
from appcred.documents.rewriting import with_item
from appcred.documents.walk import targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


# --- order -------------------------------------------------------------------------------------


def _natural(text: str) -> tuple[tuple[int, int | str], ...]:
    return tuple(
        (0, int(part)) if part.isdigit() else (1, part)
        for part in re.split(r"(\d+)", text.lower())
        if part
    )


def _import_section(module: str) -> int:
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
        peers = [line for line in lines if _import_section(_source(_import_of(line))) == section]
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
    section = _import_section(wanted.module)
    grouped = _is_grouped([line for _, line in lines])
    key = _line_key(new, grouped=grouped)
    peers = [
        (i, line) for i, line in lines if _import_section(_source(_import_of(line))) == section
    ]
    for index, line in peers:
        if _line_key(line, grouped=grouped) > key:
            if (index, line) != peers[0]:
                return _inserted(module, index, new)
            # It becomes the first of its section: the blank lines above it, not the comments.
            blank, rest = split_blank(line.leading_lines)
            if rest:  # a comment below an import that spans lines has a blank line above it
                rest = (cst.EmptyLine(indent=False), *rest)
            module = _with_body(module, index, line.with_changes(leading_lines=rest))
            return _inserted(module, index, new.with_changes(leading_lines=blank))
    if peers:
        return _inserted(module, peers[-1][0] + 1, new)
    blank_line = (cst.EmptyLine(indent=False),)
    earlier = [i for i, line in lines if _import_section(_source(_import_of(line))) < section]
    later = [i for i, line in lines if _import_section(_source(_import_of(line))) > section]
    if earlier:
        index = max(earlier) + 1
        return _inserted(module, index, new.with_changes(leading_lines=blank_line))
    if later:
        index = min(later)
        first = module.body[index]
        blank, rest = split_blank(first.leading_lines)
        module = _with_body(module, index, first.with_changes(leading_lines=(*blank_line, *rest)))
        return _inserted(module, index, new.with_changes(leading_lines=blank))
    # The file's first import, below its docstring.
    documented = 1 if module.get_docstring() is not None else 0
    leading = blank_line if documented else ()
    module = _inserted(module, documented, new.with_changes(leading_lines=leading))
    if documented + 1 < len(module.body):
        after = module.body[documented + 1]
        if not split_blank(after.leading_lines)[0]:
            after = after.with_changes(leading_lines=(*blank_line, *after.leading_lines))
            module = _with_body(module, documented + 1, after)
    return module


def split_blank(
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
    fresh = cst.ImportAlias(
        name=cst.Name(wanted.name or ""),
        asname=cst.AsName(cst.Name(wanted.alias)) if wanted.alias else None,
    )
    text = _alias_text(fresh)
    slot = sum(_member_key(each) < _member_key(text) for each in old)
    if sorted(old, key=_member_key) != old:
        slot = len(old)
    rewritten = in_same_style(module, node, [*aliases[:slot], fresh, *aliases[slot:]])
    if rewritten is not None:
        behind = line.trailing_whitespace
        if rewritten.lpar is not None and node.lpar is None and behind.comment is not None:
            # As isort has it: the comment stays on the first line, where linters look for it.
            space = cst.ensure_type(rewritten.lpar.whitespace_after, cst.ParenthesizedWhitespace)
            lpar = rewritten.lpar.with_changes(
                whitespace_after=space.with_changes(first_line=behind)
            )
            rewritten = rewritten.with_changes(lpar=lpar)
            line = line.with_changes(
                trailing_whitespace=cst.TrailingWhitespace(newline=behind.newline)
            )
        return line.with_deep_changes(node, **_fields(rewritten))
    left, right = node.lpar, node.rpar
    none = cst.SimpleWhitespace("")
    names, opening, closing = with_item(
        aliases,
        slot,
        fresh,
        left.whitespace_after if left is not None else none,
        right.whitespace_before if right is not None else none,
    )
    changes: dict[str, Any] = {"names": names}
    if left is not None and right is not None:
        changes["lpar"] = left.with_changes(whitespace_after=opening)
        changes["rpar"] = right.with_changes(whitespace_before=closing)
    return line.with_deep_changes(node, **changes)


def _fields(node: cst.ImportFrom) -> dict[str, Any]:
    return {"names": node.names, "lpar": node.lpar, "rpar": node.rpar}


def in_same_style(
    module: cst.Module, node: cst.ImportFrom, names: Sequence[cst.ImportAlias]
) -> cst.ImportFrom | None:
    """Return an import with other names, as a formatter writes it.

    None where it is not written so now, or has comments inside.
    """
    source = _source(node)
    old = [_alias_text(alias) for alias in cast("Sequence[cst.ImportAlias]", node.names)]
    code = module.code_for_node(node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT))
    if code not in (_flat(source, old), _exploded(module, source, old)):
        return None
    made = _small(module, source, [_alias_text(alias) for alias in names])
    return cst.ensure_type(made, cst.ImportFrom).with_changes(semicolon=node.semicolon)


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
