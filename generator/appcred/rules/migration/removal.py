"""The import from YAML taken out again, with the schema, the notice and what only they needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.imports import Import
from appcred.documents.json import drop
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, contains, statement_of, without_elements
from appcred.documents.walk import names, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source
from appcred.oauth.yaml import (
    is_alias,
    is_notice,
    key_of,
    reads_section,
    schema,
    setup,
    speaks_of_yaml,
)
from appcred.rules.migration.edit import Edit, stop
from appcred.rules.migration.guard import is_unread_stash
from appcred.rules.migration.registering import domain_expression
from appcred.rules.migration.schema import VALIDATION, is_deprecation

if TYPE_CHECKING:
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.importing import CredentialImport
    from appcred.oauth.yaml import Schema
    from appcred.release import Span


def remove(integration: Integration, span: Span) -> Integration:
    """Return the integration without the import of credentials from YAML.

    Raises StopError where the import does not stand in `async_setup` itself, or the rest of it
    cannot do without.
    """
    sources = (Source.YAML, Source.LIST)
    imports = [i for i in credential_imports(integration) if i.source in sources]
    (found,) = imports[:1]
    alone = len(imports) == 1 and found.source is Source.YAML
    if not alone or found.function.name != "async_setup" or found.module.name:
        where = imports[-1]
        raise stop(
            where.module,
            where.used.call.node,
            "this import from YAML does not stand alone in async_setup",
            "take it out by hand, with its schema and its notice",
        )
    code = oauth_code(integration)
    values = (found.client_id, found.client_secret)
    keys = tuple(
        key for value in values if value is not None and (key := key_of(code, value)) is not None
    )
    described = schema(code)
    whole = described is None or all(key.name in keys for key in described.keys)
    translations = _translation_keys(found)
    result = _without_import(integration, found, whole=whole)
    if described is not None:
        result = _without_schema(result, span) if whole else _without_keys(result, keys)
    result = _without_unused_names(_without_logger(integration, result))
    for key in translations:
        result = _without_issue(result, key)
    return result


# --- async_setup -------------------------------------------------------------------------------


def _without_import(
    integration: Integration, found: CredentialImport, *, whole: bool
) -> Integration:
    code = oauth_code(integration)
    running = setup(code)
    module = found.module
    call = found.used.call.node
    if running is None:
        raise stop(module, call, "async_setup is not understood", "take the import out by hand")
    edit = Edit(integration)
    statement = statement_of(module.document.module, call)
    top = next(s for s in running.body if contains(s, call))
    gone: list[Statement] = []
    if top is statement:
        gone = [top]
    else:
        branch = _emptied(top, call, whole=whole)
        if branch is None:
            raise stop(
                module,
                call,
                "this import from YAML is a part of a longer statement",
                "take it out by hand, with its schema and its notice",
            )
        gone = [branch]
    rest = [s for s in running.body if s not in gone]
    if whole:
        gone += [
            s
            for s in rest
            if s in (running.guard, running.tried)
            or is_alias(code, running, s)
            or is_unread_stash(code, running, s)
            or (is_notice(s) and speaks_of_yaml(module, s))
        ]
        rest = [s for s in rest if s not in gone]
        left = next((s for s in rest if reads_section(running, [s])), None)
        if left is not None:
            raise stop(
                module,
                left,
                "async_setup reads the section of YAML for more than credentials",
                "decide where that comes from without YAML, and run this again",
            )
        if not rest:
            edit.replace(module, running.function.node, REMOVED)
            return edit.done()
    for each in gone:
        edit.replace(module, each, REMOVED)
    return edit.done()


def _without_unused_names(integration: Integration) -> Integration:
    """Drop names for the section that nothing uses any more."""
    edit = Edit(integration)
    running = setup(edit.code)
    if running is None:
        return integration
    function = running.function.node
    for name in running.sections:
        bindings = [
            node
            for node in walk(function.body)
            if isinstance(node, cst.NamedExpr) and dotted(node.target) == name
        ]
        uses = [node for node in names(function.body) if node.value == name]
        if len(bindings) == 1 and len(uses) == 1:
            value = bindings[0].value
            if bindings[0].lpar:
                value = value.with_changes(lpar=bindings[0].lpar, rpar=bindings[0].rpar)
            edit.replace(running.module, bindings[0], value)
    return edit.done()


def _emptied(top: Statement, call: cst.Call, *, whole: bool) -> Statement | None:
    """Return the outermost `if` that holds nothing but the import and its notice."""
    if not isinstance(top, cst.If) or top.orelse is not None:
        return None
    body = [s for s in top.body.body if isinstance(s, (cst.SimpleStatementLine, cst.If))]
    if len(body) != len(top.body.body):
        return None
    others = [s for s in body if not contains(s, call)]
    holds_directly = any(isinstance(s, cst.SimpleStatementLine) and contains(s, call) for s in body)
    if (whole or holds_directly) and all(is_notice(s) for s in others):
        inner = [s for s in body if contains(s, call)]
        if all(isinstance(s, cst.SimpleStatementLine) for s in inner):
            return top
        return top if _emptied(inner[0], call, whole=whole) is not None else None
    nested = next((s for s in body if contains(s, call)), None)
    return _emptied(nested, call, whole=whole) if nested is not None else None


def _translation_keys(found: CredentialImport) -> tuple[str, ...]:
    """Return the texts of the repair issues that `async_setup` raises about YAML."""
    module = found.module
    code_for = module.document.module.code_for_node
    keys = []
    for node in walk(found.function.node):
        if not isinstance(node, cst.Call) or not dotted(node.func).endswith("async_create_issue"):
            continue
        if "deprecated_yaml" not in code_for(node):
            continue
        for argument in node.args:
            if argument.keyword is not None and argument.keyword.value == "translation_key":
                value = argument.value
                if isinstance(value, cst.SimpleString) and isinstance(value.evaluated_value, str):
                    keys.append(value.evaluated_value)
    return tuple(keys)


def _without_issue(integration: Integration, key: str) -> Integration:
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


def _without_logger(before: Integration, integration: Integration) -> Integration:
    """Remove a logger that has nothing left to say, and had something to say before."""
    was = oauth_code(before).module("")
    spoke = was is not None and any(
        dotted(node.func).startswith("_LOGGER.")
        for node in walk(was.document.module)
        if isinstance(node, cst.Call)
    )
    if not spoke:
        return integration
    edit = Edit(integration)
    module = edit.code.module("")
    if module is None or "_LOGGER" not in module.index.constants:
        return integration
    tree = module.document.module
    used = sum(name.value == "_LOGGER" for name in names(tree))
    shared = any(
        other is not None and any(d.endswith("._LOGGER") for d in other.index.imports.values())
        for other in (edit.code.module(name) for name in integration.modules if name)
    )
    if used > 1 or shared:
        return integration
    statement = statement_of(tree, module.index.constants["_LOGGER"])
    if isinstance(statement, cst.SimpleStatementLine):
        edit.replace(module, statement, REMOVED)
    return edit.done()


# --- the schema --------------------------------------------------------------------------------


def _without_schema(integration: Integration, span: Span) -> Integration:
    """Let the schema say that there is nothing in YAML, or drop it with `async_setup`."""
    edit = Edit(integration)
    found = schema(edit.code)
    if found is None:
        return integration
    module = found.module
    stays = module.index.function("async_setup") is not None
    if stays and span.all("config_entry_only_schema"):
        domain, needed = domain_expression(edit.code, module)
        if needed is not None:
            edit.need(module, needed)
        local = next(
            (name for name, full in module.index.imports.items() if full == VALIDATION), None
        )
        if local is None:
            edit.need(module, Import("homeassistant.helpers", "config_validation", "cv"))
        function = cst.Attribute(
            cst.Name(local or "cv"), cst.Name("config_entry_only_config_schema")
        )
        edit.replace(module, found.outer, cst.Call(function, [cst.Arg(domain)]))
        return edit.done()
    statement = statement_of(module.document.module, found.outer)
    if statement is not None:
        edit.replace(module, statement, REMOVED)
    return edit.done()


def _without_keys(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Take the two keys out of a schema that has more."""
    edit = Edit(integration)
    found = schema(edit.code)
    if found is None:
        return integration
    gone = [key.element for key in found.keys if key.name in keys]
    inner = without_elements(found.inner, gone)
    if found.section_all is None:
        edit.replace(found.module, found.inner, inner)
        return edit.done()
    call = found.section_all
    arguments = [
        argument.with_changes(value=argument.value.deep_replace(found.inner, inner))
        for argument in call.args
        if not _deprecates(found, argument.value, keys)
    ]
    edit.replace(found.module, call, call.with_changes(args=arguments))
    return edit.done()


def _deprecates(found: Schema, node: cst.BaseExpression, keys: tuple[str, ...]) -> bool:
    if not is_deprecation(node) or not isinstance(node, cst.Call) or not node.args:
        return False
    written = node.args[0].value
    return any(
        key.name in keys
        and isinstance(key.element.key, cst.Call)
        and key.element.key.args[0].value.deep_equals(written)
        for key in found.keys
    )
