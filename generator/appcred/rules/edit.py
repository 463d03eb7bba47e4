"""Several edits of an integration's Python, applied as one, with the imports that follow."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import libcst as cst

from appcred.documents.imports import (
    NameTakenError,
    add_imports,
)
from appcred.documents.lines import line_before
from appcred.documents.python import dotted
from appcred.documents.rewriting import rewritten, statements, with_blank_above
from appcred.documents.unused import without_typing_copies, without_unused_imports
from appcred.documents.walk import names
from appcred.finding import ManualWork
from appcred.oauth.code import oauth_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appcred.documents.imports import Import
    from appcred.documents.python import PythonDocument
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.names import Module

T = TypeVar("T")


class StopError(Exception):
    """A step that cannot be taken, and the manual work that is left instead.

    `manual` counts lines in `content`, the file as the steps before had made it; `beside` are
    further reasons why the same step cannot be taken.
    """

    def __init__(
        self, manual: ManualWork, content: bytes | None = None, beside: Sequence[StopError] = ()
    ) -> None:
        super().__init__(manual.reason)
        self.manual = manual
        self.content = content
        self._beside = tuple(beside)

    @classmethod
    def of(cls, errors: Sequence[StopError]) -> StopError:
        """Make one of several."""
        first, *others = errors
        return cls(first.manual, first.content, others)

    def manual_in(self, integration: Integration) -> ManualWork:
        """Return the manual work with its lines in the files of an integration that was before."""
        beside = tuple(other.manual_in(integration) for other in self._beside)
        return self._moved(integration)._replace(beside=beside)

    def _moved(self, integration: Integration) -> ManualWork:
        file = integration.files.get(self.manual.path)
        if file is None or self.content is None or file.content == self.content:
            return self.manual
        line = line_before(file.content, self.content, self.manual.line)
        return self.manual._replace(line=line)


def attempt(
    integration: Integration, step: Callable[[Integration, T], Integration], what: T
) -> Integration | ManualWork:
    """Take a step, and return the manual work that it leaves where it stops."""
    try:
        return step(integration, what)
    except StopError as error:
        return error.manual_in(integration)


def stop_if(errors: Sequence[StopError]) -> None:
    """Raise StopError with all of them, if there is any."""
    if errors:
        raise StopError.of(errors)


def stop(module: Module, node: cst.CSTNode | None, reason: str, todo: str) -> StopError:
    """Make the error for a place in a module; without a node, for the module as a whole."""
    line = 1 if node is None else module.document.position(node).line
    return StopError(ManualWork(module.path, line, reason, todo), module.document.content)


class Edit:
    """Collects edits of modules of one integration; `done` gives the next integration."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration
        self.code = oauth_code(integration)
        self._changes: dict[Module, dict[cst.CSTNode, cst.CSTNode | Sequence[Statement]]] = {}
        self._imports: dict[Module, set[Import]] = {}
        self._below: dict[Module, list[str]] = {}
        self._before: dict[Module, dict[Statement, tuple[Statement, Sequence[cst.EmptyLine]]]] = {}
        self._end: dict[Module, list[Statement]] = {}

    def replace(
        self, module: Module, node: cst.CSTNode, new: cst.CSTNode | Sequence[Statement]
    ) -> None:
        """Put something in the place of a node; several statements, or none, of a statement."""
        self._changes.setdefault(module, {})[node] = new

    def need(self, module: Module, *wanted: Import) -> None:
        """Ask for imports in a module."""
        self._imports.setdefault(module, set()).update(wanted)

    def below_imports(self, module: Module, text: str) -> None:
        """Put statements below the imports of a module."""
        self._below.setdefault(module, []).append(text)

    def put_before(
        self,
        module: Module,
        statement: Statement,
        new: Statement,
        leading: Sequence[cst.EmptyLine],
    ) -> None:
        """Put a statement before another one, which gets other lines above it."""
        self._before.setdefault(module, {})[statement] = (new, tuple(leading))

    def at_the_end(self, module: Module, new: Statement) -> None:
        """Put a statement at the end of a module."""
        self._end.setdefault(module, []).append(new)

    def done(self) -> Integration:
        """Apply all of it. Raises StopError where a needed name is taken."""
        result = self.integration
        touched = (self._changes, self._imports, self._below, self._before, self._end)
        for module in {module: None for each in touched for module in each}:
            before = module.document.module
            tree = self._with_new(module)
            after = rewritten(tree, self._changes.get(module, {}))
            wanted = self._imports.get(module, set())
            try:
                after = add_imports(after, wanted)
            except NameTakenError as error:
                where = next((each for each in names(before) if each.value == error.name), None)
                reason = f"{error}, and Home Assistant's own is needed in this file"
                raise stop(module, where, reason, "rename it, and run this again") from error
            after = without_typing_copies(after, {one.local for one in wanted})
            for text in self._below.get(module, ()):
                after = _below_imports(after, text)
            after = without_unused_imports(before, after, partial(self._shared, module))
            content = after.bytes
            if content != module.document.content:
                result = result.with_file(module.path, content)
        return result

    def _with_new(self, module: Module) -> cst.Module:
        """Return a module's tree with whole statements put in; the others are the same nodes."""
        tree = module.document.module
        body: list[cst.SimpleStatementLine | cst.BaseCompoundStatement] = []
        for statement in tree.body:
            found = self._before.get(module, {}).get(statement)
            if found is None:
                body.append(statement)
                continue
            new, leading = found
            body += [new, statement.with_changes(leading_lines=leading)]
        body += self._end.get(module, [])
        return tree.with_changes(body=body)

    def _shared(self, module: Module, unused: set[str]) -> set[str]:
        """Return which imported names other modules or the tests take from a module."""
        shared: set[str] = set()
        for other, document in self.integration.modules.items():
            if other != module.name and document.mentions(*unused, "import *"):
                shared |= self._names_used_by(module, other, unused)
        for document in self.integration.test_modules.values():
            shared |= self._tested(module, document, unused)
        return shared

    def _names_used_by(self, module: Module, other: str, unused: set[str]) -> set[str]:
        """Return which names another module imports from one, or reads as attributes of it."""
        found = self.code.module(other)
        text = self.integration.modules[other].content.decode("utf-8", "replace")
        if found is None:  # it cannot be parsed
            return {name for name in unused if re.search(rf"\b{name}\b", text)}
        if any(self._means(found, each, module) for each in found.index.stars):
            return unused
        taken = {name for name in unused if re.search(self._import_of(module, name), text)}
        for one in found.index.imported:
            if not one.name.startswith("."):
                continue
            # Not followed any further: what counts is from where it is taken.
            head, _, name = one.name.rpartition(".")
            head = head if head.strip(".") else f"{head}."
            if name in unused and self._means(found, head, module):
                taken.add(name)
            if self._means(found, one.name, module):
                local = dotted(one.node.asname.name) if one.node.asname is not None else name
                read = {each: rf"\b{re.escape(local)}\.{each}\b" for each in unused}
                taken |= {each for each, pattern in read.items() if re.search(pattern, text)}
        return taken

    def _tested(self, module: Module, document: PythonDocument, unused: set[str]) -> set[str]:
        """Return which names a test module takes from a module, or patches where it has them."""
        text = document.content.decode("utf-8", "replace")
        place = module.name.rpartition(".")[2] or self.integration.folder.name
        # `from custom_components.example import config_flow as flow`
        places = {place, *re.findall(rf"\b{re.escape(place)}\s+as\s+(\w+)", text)}
        where = "|".join(map(re.escape, sorted(places)))
        # "…config_flow.Name", config_flow.Name, and patch.object(config_flow, "Name")
        patched = rf"\b(?:{where})(?:\.|\s*,\s*[\"'])"
        return {
            name
            for name in unused
            if re.search(rf"{patched}{name}\b|{self._import_of(module, name)}", text)
        }

    def _import_of(self, module: Module, name: str) -> str:
        """Return the pattern of an import of a name from a module by the package's full name."""
        package = f"components.{self.integration.folder.name}"
        home = re.escape(f"{package}.{module.name}" if module.name else package)
        return rf"{home}\s+import\s*(?:\([^)]*|[^(\n]*)\b{name}\b"

    def _means(self, module: Module | None, dotted: str, wanted: Module) -> bool:
        located = self.code.locate(module, dotted) if module is not None else None
        return located is not None and located[0] is wanted and not located[1]


def _below_imports(module: cst.Module, text: str) -> cst.Module:
    """Put statements below a module's imports, a blank line above and below them."""
    last = max((i for i, line in enumerate(module.body) if _is_import(line)), default=-1)
    if last < 0 and module.get_docstring() is not None:
        last = 0
    first, *others = statements(module, text)
    new = [with_blank_above(first), *others]
    body = list(module.body)
    if last + 1 < len(body) and not _begins_blank(body[last + 1]):
        body[last + 1] = with_blank_above(body[last + 1])
    return module.with_changes(body=[*body[: last + 1], *new, *body[last + 1 :]])


def _is_import(line: cst.CSTNode) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and any(
        isinstance(small, (cst.Import, cst.ImportFrom)) for small in line.body
    )


def _begins_blank(line: cst.CSTNode) -> bool:
    lines = list(getattr(line, "leading_lines", []))
    return bool(lines) and lines[0].comment is None
