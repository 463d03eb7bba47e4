"""What nothing needs any more once something was taken out: functions, constants, texts, files."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.json import drop
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, statement_of
from appcred.documents.walk import contains, names, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import calls_of_own, is_docstring
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import PurePosixPath

    from appcred.documents.python import PythonDocument
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module


def remove_function(
    integration: Integration, module: str, name: str, what: str, todo: str
) -> Integration:
    """Remove a module's function, which nothing calls any more.

    Raises StopError if something still does: it was for more than `what`.
    """
    edit = Edit(integration)
    home = edit.code.module(module)
    function = home.index.function(name) if home is not None else None
    if home is None or function is None:
        return integration
    used: list[tuple[Module, cst.CSTNode]] = [
        (call.module, call.call.node) for call in calls_of_own(edit.code, home, function)
    ]
    for own, document in integration.modules.items():
        other = edit.code.module(own) if document.mentions(name) else None
        if other is not None and edit.code.locate(other, other.index.imports.get(name, name)) == (
            home,
            name,
        ):
            used += [(other, each) for each in names(other.document.module) if each.value == name]
    for other, node in used:
        if not contains(function.node, node):
            raise stop(other, node, f"{name} is used for more than {what}", todo)
    edit.replace(home, function.node, REMOVED)
    return edit.done()


def without_logger(before: Integration, integration: Integration, name: str) -> Integration:
    """Remove a module's logger that has nothing left to say, and had something to say before."""
    was = oauth_code(before).module(name)
    spoke = was is not None and any(
        dotted(node.func).startswith("_LOGGER.")
        for node in walk(was.document.module)
        if isinstance(node, cst.Call)
    )
    edit = Edit(integration)
    module = edit.code.module(name)
    if not spoke or module is None or "_LOGGER" not in module.index.constants:
        return integration
    tree = module.document.module
    used = sum(each.value == "_LOGGER" for each in names(tree))
    shared = any(
        other is not None and any(d.endswith("._LOGGER") for d in other.index.imports.values())
        for other in (edit.code.module(each) for each in integration.modules if each != name)
    )
    if used > 1 or shared:
        return integration
    statement = statement_of(tree, module.index.constants["_LOGGER"])
    if isinstance(statement, cst.SimpleStatementLine):
        edit.replace(module, statement, REMOVED)
    return edit.done()


# --- constants -----------------------------------------------------------------------------------


def without_constants(
    before: Integration, integration: Integration, modules: Collection[str]
) -> Integration:
    """Remove constants that only these modules used, and that they use no more.

    One that any file of the integration or its tests has a word for stays, and so does one with
    a comment, or whose value may do something.
    """
    while True:
        after = _one_round(before, integration, modules)
        if after is integration:
            return integration
        before, integration = integration, after
        modules = set(integration.modules)


def _one_round(
    before: Integration, integration: Integration, modules: Collection[str]
) -> Integration:
    was, edit = oauth_code(before), Edit(integration)
    for name in sorted(modules):
        path = before.module_path(name)
        if before.files.get(path) is integration.files.get(path):
            continue
        old, new = was.module(name), edit.code.module(name)
        if old is None:
            continue
        left = Counter(_words(new)) if new is not None else Counter[str]()
        for gone in sorted(Counter(_words(old)) - left):
            home = _defined(was, old, gone)
            now = edit.code.module(home.name) if home is not None else None
            if now is None or not _is_lonely(integration, gone):
                continue
            value = now.index.constants.get(gone)
            if value is None or not _is_inert(now, value):
                continue
            if edit.code.text(now, value) == integration.domain:
                continue  # what code is still to be written will need it
            statement = statement_of(now.document.module, value)
            if isinstance(statement, cst.SimpleStatementLine) and _is_bare(statement):
                edit.replace(now, statement, REMOVED)
    return edit.done()


def _words(module: Module) -> Iterator[str]:
    return (each.value for each in names(module.document.module))


def _is_bare(line: cst.SimpleStatementLine) -> bool:
    """Whether a line is one statement without a comment, which only a person could judge."""
    comments = [line.trailing_whitespace.comment, *(each.comment for each in line.leading_lines)]
    return len(line.body) == 1 and not any(comments)


def _defined(code: OAuthCode, module: Module, name: str) -> Module | None:
    """Return the module of the integration that defines a constant."""
    located = code.locate(module, module.index.imports.get(name, name))
    if located is None or located[1] != name or name not in located[0].index.constants:
        return None
    return located[0]


def _is_lonely(integration: Integration, name: str) -> bool:
    """Whether a word stands but once in all the Python there is: where it is defined."""
    word = re.compile(rb"\b%s\b" % re.escape(name.encode()))
    documents = [*integration.modules.values(), *integration.test_modules.values()]
    return sum(len(word.findall(document.content)) for document in documents) == 1


_VALIDATION: Final = ("voluptuous.", "probatio.", "homeassistant.helpers.config_validation.")


def _is_inert(module: Module, value: cst.BaseExpression) -> bool:
    """Whether working out a value does nothing: no call, but of the validation library."""
    return all(
        module.index.resolve(node.func).startswith(_VALIDATION)
        for node in walk(value)
        if isinstance(node, cst.Call)
    )


# --- files ---------------------------------------------------------------------------------------


def without_empty_module(integration: Integration, name: str) -> Integration:
    """Remove a module in which nothing is left, and that nothing imports or patches."""
    code = oauth_code(integration)
    module = code.module(name)
    if module is None or not name or list(_content(module)):
        return integration
    last = name.rpartition(".")[2]
    others = [document for other, document in integration.modules.items() if other != name]
    for document in (*others, *integration.test_modules.values()):
        if document.mentions(last) and last in _imported(document):
            return integration
    if any(document.mentions(f".{last}") for document in integration.test_modules.values()):
        return integration  # patched by its name
    return integration.with_file(module.path, None)


def _imported(document: PythonDocument) -> set[str]:
    """Return every part of every name that a file imports, or imports from."""
    found: set[str] = set()
    for node in walk(document.module):
        if isinstance(node, cst.ImportFrom):
            found.update(dotted(node.module).split("."))
        if isinstance(node, (cst.Import, cst.ImportFrom)) and not isinstance(
            node.names, cst.ImportStar
        ):
            for alias in node.names:
                found.update(dotted(alias.name).split("."))
    return found


def _content(module: Module) -> Iterator[cst.CSTNode]:
    """Yield what a module holds beside its docstring and `from __future__`."""
    for statement in module.document.module.body:
        future = isinstance(statement, cst.SimpleStatementLine) and all(
            isinstance(small, cst.ImportFrom) and dotted(small.module) == "__future__"
            for small in statement.body
        )
        if not future and not is_docstring(statement):
            yield statement


# --- texts ---------------------------------------------------------------------------------------


def without_texts(integration: Integration, path: tuple[str, ...]) -> Integration:
    """Remove a text from the strings and from every translation."""
    for name in _text_files(integration):
        file = integration.files[name]
        try:
            content = drop(file.content, path)
        except ValueError:
            continue
        if content != file.content:
            integration = integration.with_file(name, content)
    return integration


def _text_files(integration: Integration) -> list[PurePosixPath]:
    folder = integration.path("translations")
    return [
        path
        for path in integration.files
        if path == integration.path("strings.json")
        or (path.suffix == ".json" and path.is_relative_to(folder))
    ]


def without_issue(integration: Integration, key: str) -> Integration:
    """Remove the text of an issue that no code raises any more."""
    if any(document.mentions(f'"{key}"') for document in integration.modules.values()):
        return integration
    for name in {integration.strings_name, "strings.json"}:
        file = integration.file(name)
        if file is None:
            continue
        issues = file.json.get("issues", {}) if isinstance(file.json, dict) else {}
        path = ["issues"] if set(issues) == {key} else ["issues", key]
        if key in issues:
            content = drop(file.content, path)
            integration = integration.with_file(integration.path(name), content)
    return integration
