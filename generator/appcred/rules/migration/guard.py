"""`async_setup` around the import: what is not about credentials happens without YAML too."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, filled, statements, with_leading
from appcred.documents.walk import leaves, names, walk
from appcred.oauth.code import PLATFORM, oauth_code
from appcred.oauth.yaml import (
    index_of,
    is_absence,
    is_alias,
    is_notice,
    is_presence,
    is_section,
    key_text,
    leaving,
    reads_section,
    schema,
    setup,
)
from appcred.rules.migration.company import (
    bound_in,
    company,
    decides,
    fails,
    has_default,
    more_than_signing_in,
    names_key,
    refuse_import_flow,
    refuse_other_use,
    refuse_unguarded,
    stands_on_client,
    starts_flow,
    taken,
)
from appcred.rules.migration.edit import Edit, stop
from appcred.rules.migration.registering import IMPORT, domain_expression

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import Module, OAuthCode
    from appcred.oauth.yaml import Setup


def settle(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Let `async_setup` do the rest of its work whether there is a section in YAML or not.

    Raises StopError where the rest needs a key that has no value without YAML.
    """
    settled = _settled(integration, keys)
    code = oauth_code(settled)
    found = setup(code)
    if found is not None:
        _refuse_leaving(code, found, keys)
        refuse_unguarded(code, found, keys)
    return settled


def _refuse_leaving(code: OAuthCode, found: Setup, keys: tuple[str, ...]) -> None:
    """Raise StopError where the rest of `async_setup` does not happen without a client in YAML."""
    importing = [s for s in found.body if imports_credential(code, found.module, s)]
    if not importing:
        return
    for each in walk(importing[0]):
        if (
            isinstance(each, cst.If)
            and each.orelse is None
            and imports_credential(code, found.module, each)
            and stands_on_client(code, found, each.test, keys)
        ):
            _refuse_more(code, found, each, keys)
    close = company(code, found, found.body, importing[0], keys)
    for position, statement in enumerate(found.body):
        well = decides(code, found, statement, keys)
        following = [
            each
            for each in found.body[position + 1 :]
            if each not in importing and each not in close and not _is_about(code, found, each)
        ]
        if well is False or (well and following):
            raise stop(
                found.module,
                statement,
                "what happens without a client in YAML is decided here in a way that is not "
                "understood",
                "put the import of the client alone behind a test for its keys, let the rest "
                "happen in any case, and run this again",
            )


def _settled(integration: Integration, keys: tuple[str, ...]) -> Integration:
    code = oauth_code(integration)
    found = setup(code)
    if found is None:
        return integration
    importing = [s for s in found.body if imports_credential(code, found.module, s)]
    if len(importing) != 1:
        return integration
    (importing_statement,) = importing
    refuse_import_flow(code, found, keys)
    _refuse_failing(code, found)
    plain = _made_plain(integration, code, found, importing_statement, keys)
    if plain is not integration:
        return _settled(plain, keys)
    if found.guard is None and found.handled is not None:
        return _guarded_by_key(integration, code, found, importing_statement, keys)
    close = company(code, found, found.body, importing_statement, keys)
    rest = _rest(code, found, importing_statement, close)
    needs = [s for s in rest if reads_section(found, [s])]
    guarded = found.guard is not None or found.tried is not None
    if guarded and not rest:
        return _guarded_by_key(integration, code, found, importing_statement, keys)
    if found.guard is not None and not needs:
        turned = _without_guard(integration, code, found, importing_statement, close)
        return _settled(turned, keys)  # where other keys may stand alone, for the client's
    if not guarded and not needs and _only_client(code, keys):
        if isinstance(importing_statement, (cst.SimpleStatementLine, cst.For)):
            return _behind_presence(integration, code, found, importing_statement, close)
        if not _is_conditional(importing_statement):
            raise stop(
                found.module,
                importing_statement,
                "whether there is a section in YAML is found out here in a way that is not "
                "understood",
                "put this behind `if DOMAIN in config:`, and run this again",
            )
    looked = all(_looks_first(code, found, statement) for statement in needs)
    if not guarded and _is_conditional(importing_statement) and looked:
        return _guarded_by_key(integration, code, found, importing_statement, keys)
    return _with_defaults(integration, code, found, importing_statement, keys)


def _refuse_failing(code: OAuthCode, found: Setup) -> None:
    """Raise StopError where the set-up fails without YAML, and not just with a word to the user."""
    for each in found.body:
        if not isinstance(each, cst.If) or each is found.guard:
            continue
        if is_absence(code, found, each.test) and leaves(each.body) and fails(each.body):
            raise stop(
                found.module,
                each,
                "without YAML the set-up fails here, which now has to succeed",
                "let it return True, and run this again",
            )


def _behind_presence(
    integration: Integration,
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    close: Sequence[Statement],
) -> Integration:
    """Put an import that nothing guards behind a test for the section, with its names for that."""
    edit = Edit(integration)
    domain, needed = domain_expression(code, found.module)
    if needed is not None:
        edit.need(found.module, needed)
    position = found.body.index(importing)
    inside = [
        each
        for each in found.body
        if each is importing
        or each in close
        or is_alias(code, found, each)
        or (is_notice(each) and reads_section(found, [each]))
        or each in _told_behind(found.body, position)
    ]
    test = cst.Comparison(domain, [cst.ComparisonTarget(cst.In(), cst.Name(found.config))])
    block = cst.IndentedBlock(body=_inner_lines([_moved(each) for each in inside]))
    first, *others = inside
    edit.replace(
        found.module, first, [cst.If(test=test, body=block, leading_lines=_blank_lines(first))]
    )
    for statement in others:
        edit.replace(found.module, statement, REMOVED)
    return edit.done()


def _told_behind(body: Sequence[Statement], position: int) -> list[Statement]:
    """Return the words to the user right behind a statement."""
    return list(itertools.takewhile(is_notice, body[position + 1 :]))


def _blank_lines(statement: Statement) -> list[cst.EmptyLine]:
    """Return the blank lines above a statement, without the comments that belong to it."""
    lines = list(statement.leading_lines)
    while lines and lines[-1].comment is not None:
        lines.pop()
    return lines


# --- spellings that are made plain first --------------------------------------------------------


def _made_plain(
    integration: Integration,
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    keys: tuple[str, ...],
) -> Integration:
    """Write as a guard that returns True what does the same in other words, where that matters."""
    edit = Edit(integration)
    guard, tried = found.guard, found.tried
    if guard is not None and leaving(guard.body) is False:
        # Without YAML the set-up failed, and said so. It does without now.
        edit.replace(found.module, guard, guard.with_changes(body=_return_true()))
        return edit.done()
    if tried is not None and (
        _rest(code, found, importing, company(code, found, found.body, importing, keys))
        or leaving(tried.handlers[0].body) is False
        or not _only_client(code, keys)
    ):
        domain, needed = domain_expression(code, found.module)
        if needed is not None:
            edit.need(found.module, needed)
        absent = cst.Comparison(domain, [cst.ComparisonTarget(cst.NotIn(), cst.Name(found.config))])
        new = cst.If(absent, _return_true(), leading_lines=tried.leading_lines)
        inner = cst.ensure_type(tried.body.body[0], cst.SimpleStatementLine)
        edit.replace(found.module, tried, [new, inner])
        return edit.done()
    if guard is None and found.handled is None and isinstance(importing, cst.If):
        return _unfolded(integration, code, found, importing, keys)
    return integration


def _return_true() -> cst.IndentedBlock:
    line = cst.SimpleStatementLine([cst.Return(cst.Name("True"))])
    return cst.IndentedBlock(body=[line])


def _unfolded(
    integration: Integration,
    code: OAuthCode,
    found: Setup,
    importing: cst.If,
    keys: tuple[str, ...],
) -> Integration:
    """Turn a test for the section, around the import and more, into a guard with that behind it.

    Raises StopError where that cannot be, for what more there is has to happen without YAML.
    """
    if not is_presence(code, found, importing.test):
        return integration
    orelse = importing.orelse
    if orelse is not None and not all(is_notice(each) for each in orelse.body.body):
        return integration
    inside = cast("Sequence[Statement]", importing.body.body)
    held = [each for each in inside if imports_credential(code, found.module, each)]
    close = company(code, found, inside, held[0], keys) if held else []
    more = [
        each
        for each in inside
        if each not in held and each not in close and not _is_about(code, found, each)
    ]
    if not more:
        return integration
    if importing is not found.body[-1] or not isinstance(importing.body, cst.IndentedBlock):
        raise stop(
            found.module,
            more[0],
            "this happens only where there is a section in YAML, and has to happen without it too",
            "move it out of this test if it does not need YAML, and run this again",
        )
    edit = Edit(integration)
    told = cast("Sequence[Statement]", orelse.body.body) if orelse is not None else ()
    body = cst.IndentedBlock(body=[*told, *_return_true().body])
    guard = cst.If(_absence(importing.test), body, leading_lines=importing.leading_lines)
    edit.replace(found.module, importing, [guard, *inside])
    footer = importing.body.footer
    if found.last is not None and any(line.comment for line in footer):
        last = with_leading(found.last, [*footer, *found.last.leading_lines])
        edit.replace(found.module, found.last, [last])
    return edit.done()


def _is_about(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Say whether a statement is about YAML alone, and not to happen without it.

    A name for the section, a word to the user, a flow that is started because there is YAML.
    """
    return (
        is_alias(code, found, statement)
        or is_notice(statement)
        or is_unread_stash(code, found, statement)
        or (starts_flow(statement) and not reads_section(found, [statement]))
    )


def _only_client(code: OAuthCode, keys: tuple[str, ...]) -> bool:
    """Say whether the section holds nothing but the credentials."""
    described = schema(code)
    return described is None or all(key.name in keys for key in described.keys)


def imports_credential(code: OAuthCode, module: Module, statement: cst.CSTNode) -> bool:
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


def _rest(
    code: OAuthCode, found: Setup, importing: Statement, close: Sequence[Statement]
) -> list[Statement]:
    """Return what `async_setup` does beyond the guard and the credentials."""
    guard = found.guard or found.tried
    start = found.body.index(guard) + 1 if guard in found.body else 0
    rest = [
        statement
        for statement in found.body[start:]
        if statement is not importing
        and statement not in close
        and not _is_about(code, found, statement)
    ]
    if guard is None:  # what stands above the import may not need YAML either
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
    if _only_client(code, keys) or _looks_for_client(code, found, importing, keys):
        return integration
    edit = Edit(integration)
    _look_for_client(edit, code, found, importing, _section_expression(code, found), keys)
    return edit.done()


def _looks_for_client(
    code: OAuthCode, found: Setup, importing: Statement, keys: tuple[str, ...]
) -> bool:
    """Say whether a test that the import stands behind is about the client's keys."""
    tests = [found.guard.test] if found.guard is not None else []
    statement: Statement | None = importing
    while isinstance(statement, cst.If):
        tests.append(statement.test)
        statement = next(iter(_branch(code, found, statement)[1]), None)
    return any(names_key(code, found, test, keys) for test in tests)


def _branch(
    code: OAuthCode, found: Setup, statement: cst.If
) -> tuple[list[Statement], list[Statement]]:
    """Return the block of an `if` that imports, and the statement of it that does."""
    blocks: list[cst.CSTNode] = [statement.body]
    if isinstance(statement.orelse, cst.If):
        return [statement.orelse], [statement.orelse]
    if statement.orelse is not None:
        blocks.append(statement.orelse.body)
    for block in blocks:
        body = list(cast("Sequence[Statement]", block.body))  # type: ignore[attr-defined]
        importing = [s for s in body if imports_credential(code, found.module, s)]
        if importing:
            return body, importing
    return [], []


def _look_for_client(
    edit: Edit,
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    section: cst.BaseExpression,
    keys: tuple[str, ...],
) -> None:
    """Put the import, wherever it stands in a statement, under a test for the client's keys."""
    body = list(found.body)
    while isinstance(importing, cst.If) and not company(code, found, body, importing, keys):
        body, (importing, *_) = _branch(code, found, importing)
    if isinstance(importing, cst.If):
        _refuse_more(code, found, importing, keys)
    wrapped = _in_presence(edit, code, found, body, importing, section, keys)
    edit.replace(found.module, importing, wrapped)


def _refuse_more(code: OAuthCode, found: Setup, importing: cst.If, keys: tuple[str, ...]) -> None:
    """Raise StopError where an `if` that is about the client does more than import it."""
    branch: cst.If | cst.Else | None = importing
    while branch is not None:
        inside = cast("Sequence[Statement]", branch.body.body)
        held = [each for each in inside if imports_credential(code, found.module, each)]
        close = company(code, found, inside, held[0], keys) if held else []
        for each in inside:
            if each not in held and each not in close and not _is_about(code, found, each):
                raise stop(
                    found.module,
                    each,
                    "whether this happens depends on the client in YAML, and there may be none",
                    "move it out of this test if it does not need YAML, and run this again",
                )
        branch = branch.orelse if isinstance(branch, cst.If) else None


def _without_guard(
    integration: Integration,
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    close: Sequence[Statement],
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
        or s in close
        or (_is_about(code, found, s) and (not is_notice(s) or _goes_along(found, importing, s)))
    ]
    block = cst.IndentedBlock(body=_inner_lines([_moved(each) for each in inside]))
    between = found.body[found.body.index(guard) + 1 : found.body.index(importing)]
    made = {name for each in between if each not in inside for name in bound_in(each)}
    needed = {name.value for each in inside for name in names(each)}
    new = cst.If(test=test, body=block, leading_lines=guard.leading_lines)
    place: Statement = guard
    if made & needed:  # it has to stay behind what it needs
        new = new.with_changes(leading_lines=_moved(guard).leading_lines)
        place = importing
    edit.replace(found.module, guard, REMOVED)
    for statement in inside:
        edit.replace(found.module, statement, REMOVED)
    edit.replace(found.module, place, [new])
    return edit.done()


def _goes_along(found: Setup, importing: Statement, notice: Statement) -> bool:
    """Say whether a word to the user stands behind the import, or tells of what is in YAML."""
    behind = found.body.index(notice) > found.body.index(importing)
    return behind or reads_section(found, [notice])


def _moved(statement: Statement) -> Statement:
    """Return a statement for another place, without comments that stand apart above it."""
    lines = list(statement.leading_lines)
    own = len(lines)
    while own and lines[own - 1].comment is not None:
        own -= 1
    blank = own
    while blank and lines[blank - 1].comment is None:
        blank -= 1
    return with_leading(statement, lines[blank:])


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
    if isinstance(test, cst.BooleanOperation):
        left, right = _presence(test.left), _presence(test.right)
        if left is None or right is None:
            return None
        left, right = (
            each.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
            if isinstance(each, cst.NamedExpr)
            else each
            for each in (left, right)
        )
        return test.with_changes(left=left, operator=cst.And(), right=right)
    return _turned(test, {cst.NotIn: cst.In(), cst.Is: cst.IsNot()})


def _absence(test: cst.BaseExpression) -> cst.BaseExpression:
    """Return the opposite of a test for presence, as a person would write it."""
    turned = _turned(test, {cst.In: cst.NotIn(), cst.IsNot: cst.Is()})
    if turned is not None:
        return turned
    if isinstance(test, cst.NamedExpr):
        test = test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), test)


def _turned(
    test: cst.BaseExpression, opposites: Mapping[type, cst.BaseCompOp]
) -> cst.BaseExpression | None:
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return None
    target = test.comparisons[0]
    operator = opposites.get(type(target.operator))
    if operator is None:
        return None
    return test.with_changes(comparisons=[target.with_changes(operator=operator)])


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
        close = company(code, found, found.body, importing, keys)
        apart = (importing, found.guard, found.tried, *close)
        others = [s for s in found.body if s not in apart]
        reading = [s for s in others if reads_section(found, [s]) and not is_alias(code, found, s)]
        needing = reading[0] if reading else where
        if any(isinstance(node, cst.Return) for node in walk(needing, into_functions=False)):
            raise stop(
                found.module,
                needing,
                "what happens without YAML is decided here in a way that is not understood",
                "write it as `if DOMAIN not in config: return True`, and run this again",
            )
        refuse_other_use(code, found, others, keys)
        if isinstance(needing, cst.SimpleStatementLine) and bound_in(needing):
            raise stop(
                found.module,
                needing,
                "the section of YAML is named here in a way that is not understood",
                "write it as `conf = config.get(DOMAIN, {})`, and run this again",
            )
        raise more_than_signing_in(code, found, needing, keys)
    required = [key for key in described.keys if key.marker == "Required" and not has_default(key)]
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
    if not _looks_for_client(code, replace(found, guard=None), importing, keys):
        _look_for_client(edit, code, found, importing, cst.Name(name), keys)
    return edit.done()


def _section_expression(code: OAuthCode, found: Setup) -> cst.BaseExpression:
    if found.sections:
        return cst.Name(min(found.sections))
    domain, _ = domain_expression(code, found.module)
    return cst.Subscript(cst.Name(found.config), [cst.SubscriptElement(cst.Index(domain))])


def _in_presence(
    edit: Edit,
    code: OAuthCode,
    found: Setup,
    body: Sequence[Statement],
    importing: Statement,
    section: cst.BaseExpression,
    keys: tuple[str, ...],
) -> list[Statement]:
    """Return the import, and the notice behind it, under a test for the client's id."""
    close = company(code, found, body, importing, keys)
    told = _told_behind(body, body.index(importing))
    inside = [each for each in body if each is importing or each in close or each in told]
    for statement in inside:
        if statement is not importing:
            edit.replace(found.module, statement, REMOVED)
    test = _both(
        [
            cst.Comparison(
                _key_expression(code, found, key),
                [cst.ComparisonTarget(cst.In(), section.deep_clone())],
            )
            for key in keys
        ]
    )
    first, *others = inside
    if first is importing:  # what is said above it is said of the whole
        block = cst.IndentedBlock(body=[with_leading(first, ()), *map(_moved, others)])
        return [cst.If(test=test, body=block, leading_lines=first.leading_lines)]
    moved = [each if each is importing else _moved(each) for each in others]
    block = cst.IndentedBlock(body=_inner_lines([_moved(first), *moved]))
    return [cst.If(test=test, body=block, leading_lines=_blank_lines(first))]


def _both(tests: list[cst.Comparison]) -> cst.BaseExpression:
    joined: cst.BaseExpression = tests[0]
    for test in tests[1:]:
        joined = cst.BooleanOperation(joined, cst.And(), test)
    return joined


def _key_expression(code: OAuthCode, found: Setup, key: str) -> cst.BaseExpression:
    """Return how `async_setup` writes a key of the client."""
    for node in walk(found.function.node.body):
        one = taken(code, found, node)
        if one is not None and one.key == key:
            return one.written.deep_clone()
    return cst.SimpleString(f'"{key}"')
