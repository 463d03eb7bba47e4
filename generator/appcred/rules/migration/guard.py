"""`async_setup` around the import: what is not about credentials happens without YAML too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, filled, statements, with_leading
from appcred.documents.walk import walk
from appcred.oauth.code import PLATFORM, oauth_code
from appcred.oauth.yaml import (
    index_of,
    is_alias,
    is_notice,
    is_section,
    key_text,
    reads_section,
    schema,
    setup,
)
from appcred.rules.migration.edit import Edit, stop
from appcred.rules.migration.registering import IMPORT, domain_expression

if TYPE_CHECKING:
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import Module, OAuthCode
    from appcred.oauth.yaml import Setup


def settle(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Let `async_setup` do the rest of its work whether there is a section in YAML or not.

    Raises StopError where the rest needs a key that has no value without YAML.
    """
    code = oauth_code(integration)
    found = setup(code)
    if found is None:
        return integration
    importing = [s for s in found.body if _imports_credential(code, found.module, s)]
    if len(importing) != 1:
        return integration
    (importing_statement,) = importing
    if found.guard is None and found.handled is not None:
        return _guarded_by_key(integration, code, found, importing_statement, keys)
    rest = _rest(code, found, importing_statement)
    needs = [s for s in rest if reads_section(found, [s])]
    if found.guard is not None and not rest:
        return _guarded_by_key(integration, code, found, importing_statement, keys)
    if found.guard is not None and not needs:
        return _without_guard(integration, code, found, importing_statement)
    looked = all(_looks_first(code, found, statement) for statement in needs)
    if found.guard is None and _is_conditional(importing_statement) and looked:
        return integration
    return _with_defaults(integration, code, found, importing_statement, keys)


def _imports_credential(code: OAuthCode, module: Module, statement: cst.CSTNode) -> bool:
    """Say whether a statement imports a credential, itself or through a helper."""
    for node in walk(statement):
        if not isinstance(node, cst.Call):
            continue
        name = module.index.resolve(node.func)
        if name == f"{PLATFORM}.{IMPORT}":
            return True
        located = code.locate(module, name)
        helper = located[0].index.function(located[1]) if located is not None else None
        if located is not None and helper is not None:
            inner = (n for n in walk(helper.node.body) if isinstance(n, cst.Call))
            resolve = located[0].index.resolve
            if any(resolve(each.func) == f"{PLATFORM}.{IMPORT}" for each in inner):
                return True
    return False


def _rest(code: OAuthCode, found: Setup, importing: Statement) -> list[Statement]:
    """Return what `async_setup` does beyond the guard and the credentials."""
    start = found.body.index(found.guard) + 1 if found.guard in found.body else 0
    rest = []
    for statement in found.body[start:]:
        if statement is importing or is_alias(code, found, statement):
            continue
        if is_notice(statement) or is_unread_stash(code, found, statement):
            continue
        rest.append(statement)
    if found.guard is None:  # what stands above the import may not need YAML either
        rest = [s for s in rest if not _is_plain_stash(s) or reads_section(found, [s])]
    return rest


def _stash_target(statement: Statement) -> cst.Subscript | None:
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        small = statement.body[0]
        if isinstance(small, cst.Assign) and len(small.targets) == 1:
            target = small.targets[0].target
            base: cst.BaseExpression = target
            while isinstance(base, cst.Subscript):
                base = base.value
            if isinstance(target, cst.Subscript) and dotted(base).endswith("hass.data"):
                return target
    return None


def _is_plain_stash(statement: Statement) -> bool:
    return _stash_target(statement) is not None


def is_unread_stash(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Say whether a statement keeps the section in `hass.data`, where nothing reads it."""
    target = _stash_target(statement)
    if target is None or not isinstance(statement, cst.SimpleStatementLine):
        return False
    small = statement.body[0]
    if not isinstance(small, cst.Assign):
        return False
    if not is_section(code, found.module, found.config, found.sections, small.value):
        return False
    key = key_text(code, found.module, index_of(target))
    return key is not None and not _is_read(code, target, key)


def _is_read(code: OAuthCode, target: cst.Subscript, key: str) -> bool:
    """Say whether any subscript or `get` but this one uses a key."""
    for name in code.integration.modules:
        module = code.module(name)
        if module is None:
            return True
        for node in walk(module.document.module):
            if isinstance(node, cst.Subscript) and node is not target:
                if key_text(code, module, index_of(node)) == key:
                    return True
            elif (
                isinstance(node, cst.Call)
                and node.args
                and dotted(node.func).endswith(".get")
                and key_text(code, module, node.args[0].value) == key
            ):
                return True
    return False


def _is_conditional(statement: Statement) -> bool:
    return isinstance(statement, cst.If)


def _looks_first(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Say whether a statement takes nothing out of the section without a test for it."""

    def taken(node: cst.CSTNode) -> list[cst.CSTNode]:
        return [
            each
            for each in walk(node)
            if isinstance(each, cst.Subscript)
            and is_section(code, found.module, found.config, found.sections, each.value)
        ]

    tested: list[cst.CSTNode] = []
    for node in walk(statement):
        if isinstance(node, (cst.If, cst.IfExp)) and reads_section(found, [node.test]):
            tested += taken(node.body)
        elif isinstance(node, cst.BooleanOperation) and reads_section(found, [node.left]):
            tested += taken(node.right)
    return all(any(each is other for other in tested) for each in taken(statement))


# --- the three ways ----------------------------------------------------------------------------


def _guarded_by_key(
    integration: Integration,
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    keys: tuple[str, ...],
) -> Integration:
    """Keep the guard; where the section can lack the credentials, look before importing."""
    described = schema(code)
    alone = described is None or all(key.name in keys for key in described.keys)
    if alone or _is_conditional(importing):
        return integration
    edit = Edit(integration)
    section = _section_expression(code, found)
    wrapped = _in_presence(edit, code, found, importing, section, keys)
    edit.replace(found.module, importing, wrapped)
    return edit.done()


def _without_guard(
    integration: Integration, code: OAuthCode, found: Setup, importing: Statement
) -> Integration:
    """Put the import behind a test for the section, and let the rest run."""
    edit = Edit(integration)
    guard = found.guard
    if guard is None:
        return integration
    test = _presence(guard.test)
    if test is None:
        raise stop(
            found.module,
            guard,
            "what follows this return has to happen without YAML too",
            "import the credentials behind a test, and let the rest run in any case",
        )
    inside = [
        s
        for s in found.body[found.body.index(guard) + 1 :]
        if s is importing
        or is_alias(code, found, s)
        or is_unread_stash(code, found, s)
        or (is_notice(s) and _follows(found, importing, s))
    ]
    block = cst.IndentedBlock(body=_inner_lines(inside))
    new = cst.If(test=test, body=block, leading_lines=guard.leading_lines)
    edit.replace(found.module, guard, [new])
    for statement in inside:
        edit.replace(found.module, statement, REMOVED)
    return edit.done()


def _follows(found: Setup, importing: Statement, notice: Statement) -> bool:
    return found.body.index(notice) > found.body.index(importing)


def _inner_lines(inside: list[Statement]) -> list[Statement]:
    """Return statements for a block of their own: no blank line above the first."""
    first, *others = inside
    lines = list(first.leading_lines)
    while lines and lines[0].comment is None:
        lines.pop(0)
    return [with_leading(first, lines), *others]


def _presence(test: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return the opposite of a test for absence, as a person would write it."""
    if isinstance(test, cst.UnaryOperation):
        inner = test.expression
        if isinstance(inner, cst.NamedExpr):
            return inner.with_changes(lpar=(), rpar=())
        return inner
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.NotIn):
            new = target.with_changes(operator=cst.In())
            return test.with_changes(comparisons=[new])
        if isinstance(target.operator, cst.Is):
            new = target.with_changes(operator=cst.IsNot())
            return test.with_changes(comparisons=[new])
    return None


def _with_defaults(
    integration: Integration,
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    keys: tuple[str, ...],
) -> Integration:
    """Let the rest work with the defaults of the schema where there is no section."""
    described = schema(code)
    where = found.guard or importing
    if described is None:
        raise stop(
            found.module,
            where,
            "async_setup reads its section of the configuration, and there is no schema with "
            "defaults",
            "decide what happens without YAML, and import the credentials behind a test",
        )
    if all(key.name in keys for key in described.keys):
        others = [s for s in found.body if s is not importing and s is not found.guard]
        reading = [s for s in others if reads_section(found, [s]) and not is_alias(code, found, s)]
        needing = reading[0] if reading else where
        raise stop(
            found.module,
            needing,
            "async_setup uses the credentials of YAML for more than signing in",
            "take them from the entry's implementation, and run this again",
        )
    required = [
        key for key in described.keys if key.marker == "Required" and not _has_default(key.element)
    ]
    if required:
        raise stop(
            described.module,
            required[0].element.key,
            "a key of YAML that is no credential is required, so the integration cannot be set "
            "up without YAML",
            "give it a default or ask for it in the flow; then run this again",
        )
    names_of = sorted(found.sections)
    if len(names_of) != 1:
        raise stop(
            found.module,
            where,
            "async_setup reads keys of its section that are no credentials",
            "name the section once, as in `conf = config.get(DOMAIN, {})`, and run this again",
        )
    (name,) = names_of
    edit = Edit(integration)
    domain, needed = domain_expression(code, found.module)
    if needed is not None:
        edit.need(found.module, needed)
    tree = found.module.document.module
    text = "NAME = CONFIG.get(DOMAIN) or CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n"
    (line,) = (
        filled(
            each,
            {"NAME": cst.Name(name), "CONFIG": cst.Name(found.config), "DOMAIN": domain},
        )
        for each in statements(tree, text)
    )
    aliases = [s for s in found.body if is_alias(code, found, s)]
    binding = [s for s in [*aliases, found.guard] if s is not None and s in found.body]
    if not binding:
        raise stop(
            found.module,
            where,
            "async_setup reads keys of its section that are no credentials",
            "name the section once, as in `conf = config.get(DOMAIN, {})`, and run this again",
        )
    first = min(binding, key=found.body.index)
    comment = cst.EmptyLine(comment=cst.Comment("# Without YAML, with the defaults of the schema"))
    edit.replace(found.module, first, [with_leading(line, [*first.leading_lines, comment])])
    for statement in binding:
        if statement is not first:
            edit.replace(found.module, statement, REMOVED)
    if not _is_conditional(importing):
        inner = _in_presence(edit, code, found, importing, cst.Name(name), keys)
        edit.replace(found.module, importing, inner)
        for statement in found.body[found.body.index(importing) + 1 :]:
            if is_notice(statement):
                edit.replace(found.module, statement, REMOVED)
            else:
                break
    return edit.done()


def _has_default(element: cst.DictElement) -> bool:
    key = element.key
    return isinstance(key, cst.Call) and any(
        argument.keyword is not None and argument.keyword.value == "default"
        for argument in key.args
    )


def _section_expression(code: OAuthCode, found: Setup) -> cst.BaseExpression:
    if found.sections:
        return cst.Name(min(found.sections))
    domain, _ = domain_expression(code, found.module)
    return cst.Subscript(cst.Name(found.config), [cst.SubscriptElement(cst.Index(domain))])


def _in_presence(
    edit: Edit,
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    section: cst.BaseExpression,
    keys: tuple[str, ...],
) -> list[Statement]:
    """Return the import, and the notice behind it, under a test for the client's id."""
    position = found.body.index(importing)
    inside = [importing]
    for statement in found.body[position + 1 :]:
        if not is_notice(statement):
            break
        inside.append(statement)
        edit.replace(found.module, statement, REMOVED)
    test = _both(
        [
            cst.Comparison(
                _key_expression(code, found, importing, key),
                [cst.ComparisonTarget(cst.In(), section.deep_clone())],
            )
            for key in keys
        ]
    )
    block = cst.IndentedBlock(body=_inner_lines(inside))
    lines = importing.leading_lines
    inner_comments = [line for line in lines if line.comment is not None]
    if inner_comments:
        block = block.with_changes(body=[with_leading(inside[0], ()), *inside[1:]])
    return [cst.If(test=test, body=block, leading_lines=lines)]


def _both(tests: list[cst.Comparison]) -> cst.BaseExpression:
    joined: cst.BaseExpression = tests[0]
    for test in tests[1:]:
        joined = cst.BooleanOperation(joined, cst.And(), test)
    return joined


def _key_expression(
    code: OAuthCode, found: Setup, importing: Statement, key: str
) -> cst.BaseExpression:
    """Return how the import writes the key of the client's id."""
    for node in walk(importing):
        if isinstance(node, cst.Subscript):
            index = index_of(node)
            if index is not None and key_text(code, found.module, index) == key:
                return index.deep_clone()
    return cst.SimpleString(f'"{key}"')
