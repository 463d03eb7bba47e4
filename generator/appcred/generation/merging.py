"""Code and texts of the template, added to existing files of an integration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from appcred.documents.imports import Import, NameTakenError, add_imports, imports_of
from appcred.documents.json import alphabetical, manifest_order, put, put_item
from appcred.documents.python import PythonDocument, dotted
from appcred.documents.rewriting import Statement, statements, with_leading
from appcred.documents.walk import text, walk
from appcred.errors import UsageError
from appcred.finding import ManualWork
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.parsing import problem
from appcred.rules.texts import text_items

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

_NEEDED_KEYS: Final = (
    "config_flow",
    "integration_type",
    "iot_class",
    "single_config_entry",
    "version",
)
_FOR_PEOPLE: Final = ("NAME",)
"""Constants whose text may be the integration's own: people read it, and nothing else does."""


# --- Python ------------------------------------------------------------------------------------


def merged_module(
    integration: Integration, name: str, content: bytes, leave: Collection[str] = ()
) -> Integration | ManualWork:
    """Put what a module lacks of a rendered one at its end, but for the names to leave out."""
    path = integration.path(name)
    code = oauth_code(integration)
    own = code.module(module_of(name) or "")
    if own is None:
        broken = problem(path, integration.files[path].python)
        where = f"{integration.root / path}:{broken.line if broken else 1}"
        raise UsageError(
            f"{where}: {broken.reason if broken else ''}; correct it and run this again"
        )
    new = PythonDocument(content)
    bound = bindings(own.document.module)
    added: list[cst.CSTNode] = []
    for statement in new.module.body:
        defined = _defined(statement)
        if not defined or defined & set(leave):
            continue
        taken = defined & bound.keys()
        if not taken:
            added.append(statement)
        for each in sorted(taken):
            if not _means_the_same(code, own, new, each):
                return _conflict(own, each, f"OAuth2 needs another value for {each}")
    tree = own.document.module
    texts = "".join(new.module.code_for_node(statement) for statement in added)
    body = [*tree.body, *_below(tree, statements(tree, texts))]
    tree = tree.with_changes(body=body, footer=(), has_trailing_newline=True)
    wanted = needed_imports(code, own, new.module, added)
    return with_imports(integration.with_file(path, tree.bytes), own, wanted)


def needed_imports(
    code: OAuthCode, own: Module, emitted: cst.Module, added: Collection[cst.CSTNode]
) -> list[Import]:
    """Return the imports of a rendered module that some statements of it need in another one."""
    used = {node.value for each in added for node in walk(each) if isinstance(node, cst.Name)}
    return [
        one
        for statement in emitted.body
        if isinstance(statement, cst.SimpleStatementLine)
        for one in imports_of(statement)
        if one.local in used and not _is_the_domain(code, own, one, added)
    ]


def with_imports(
    integration: Integration, module: Module, wanted: Collection[Import]
) -> Integration | ManualWork:
    """Return an integration in which a module has some imports.

    `module` is the one as a person wrote it, for the line of a name that is taken.
    """
    tree = integration.files[module.path].python.module
    try:
        tree = add_imports(tree, wanted)
    except NameTakenError as error:
        return _conflict(module, error.name, str(error))
    return integration.with_file(module.path, tree.bytes)


def module_of(name: str) -> str | None:
    """Return the module that a file of the integration's folder is, None if it is no Python."""
    return name.removesuffix(".py").removesuffix("__init__") if name.endswith(".py") else None


def bindings(tree: cst.Module) -> dict[str, cst.CSTNode]:
    """Return what a module binds at its top level, imports too, each with its statement."""
    found: dict[str, cst.CSTNode] = {}
    for node in walk(tree, into_functions=False):
        if isinstance(node, cst.SimpleStatementLine):
            found |= dict.fromkeys((one.local for one in imports_of(node)), node)
        found |= dict.fromkeys(_defined(node), node)
    return found


def _conflict(module: Module, name: str, reason: str) -> ManualWork:
    statement = bindings(module.document.module).get(name)
    line = module.document.position(statement).line if statement is not None else 1
    return ManualWork(module.path, line, reason, f"rename {name} here, and run this again")


def _means_the_same(code: OAuthCode, own: Module, new: PythonDocument, name: str) -> bool:
    """Whether a name of a module may stand for what the template calls so."""
    wanted = new.index.constants.get(name)
    there = code.text(own, cst.Name(name))
    if there and name in _FOR_PEOPLE:
        return True
    if wanted is None:
        return False
    if text(wanted) is not None:
        return text(wanted) == there
    value = own.index.constants.get(name)
    return value is not None and value.deep_equals(wanted)


def _is_the_domain(
    code: OAuthCode, own: Module, wanted: Import, added: Collection[cst.CSTNode]
) -> bool:
    """Whether an import is of the domain, and the module has that by this name already."""
    if wanted.name != "DOMAIN" or any(wanted.local in _defined(each) for each in added):
        return False
    return code.text(own, cst.Name(wanted.local)) == code.integration.domain


def _below(tree: cst.Module, added: tuple[Statement, ...]) -> Iterator[Statement]:
    """Yield what is added with the blank lines that Python's style asks for above the first.

    Comments at the end of the file stay where they are.
    """
    for number, statement in enumerate(added):
        if number or not tree.body:
            yield statement
            continue
        blocks = (cst.FunctionDef, cst.ClassDef)
        count = 2 if isinstance(statement, blocks) or isinstance(tree.body[-1], blocks) else 1
        yield with_leading(statement, [*tree.footer, *[cst.EmptyLine(indent=False)] * count])


def _defined(statement: cst.CSTNode) -> set[str]:
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return {statement.name.value}
    found = set[str]()
    for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
        if isinstance(small, cst.Assign):
            for target in small.targets:
                node = target.target
                parts = node.elements if isinstance(node, (cst.Tuple, cst.List)) else ()
                found |= {dotted(each) for each in (node, *(part.value for part in parts))}
        elif isinstance(small, cst.AnnAssign):
            found.add(dotted(small.target))
        elif isinstance(small, cst.TypeAlias):
            found.add(small.name.value)
    return found


# --- JSON --------------------------------------------------------------------------------------


def merged_texts(integration: Integration, texts: Mapping[str, Any]) -> Integration:
    """Add the texts that are missing, each in its place.

    Raises UsageError where a text stands in the place of a section, or the file is no JSON.
    """
    name = integration.strings_name
    for path, content in text_items(texts):
        found: Any = integration.strings
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            continue
        file = integration.file(name)
        try:
            changed = put(
                file.content if file is not None else b"{}\n", path, content, alphabetical
            )
        except ValueError as error:
            shown = integration.root / integration.path(name)
            raise UsageError(f"{shown} cannot be edited: {error}; correct it first") from error
        integration = integration.with_file(integration.path(name), changed)
    return integration


def merged_manifest(integration: Integration, rendered: Mapping[str, Any]) -> Integration:
    """Add what a manifest lacks: its keys for a config flow, dependencies, requirements.

    Raises UsageError where something else than a list stands in the place of one.
    """
    path = integration.path(MANIFEST)
    content = integration.files[path].content
    manifest = integration.manifest
    for key in _NEEDED_KEYS:
        if key in rendered and (key == "config_flow" or key not in manifest):
            content = put(content, [key], rendered[key], manifest_order)
    there = {_package(each) for each in manifest.get("requirements", ())}
    items = {
        "dependencies": rendered.get("dependencies", ()),
        "after_dependencies": rendered.get("after_dependencies", ()),
        "requirements": [
            each for each in rendered.get("requirements", ()) if _package(each) not in there
        ],
    }
    for key, wanted in items.items():
        for item in wanted:
            try:
                content = put_item(content, [key], item, order=manifest_order)
            except ValueError as error:
                raise UsageError(f"{integration.root / path}: {error}") from error
    return integration.with_file(path, content)


def _package(requirement: object) -> str:
    return re.split(r"[\s<>=!~;\[@]", str(requirement).lower(), maxsplit=1)[0].replace("_", "-")
