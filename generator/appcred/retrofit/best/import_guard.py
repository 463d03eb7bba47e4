"""The import of a client put behind a test: for the section in YAML, or for the client's keys."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, cast

import libcst as cst

from appcred.documents.rewriting import REMOVED, with_leading
from appcred.documents.walk import names, walk
from appcred.oauth.yaml import is_alias, is_notice, reads_section
from appcred.retrofit.best.client_statements import bound_in, company, names_key, taken
from appcred.retrofit.best.conditions import presence
from appcred.retrofit.best.other_statements import imports_credential, is_about, only_client
from appcred.retrofit.best.public_clients import needed_keys
from appcred.retrofit.best.registration import domain_expression
from appcred.retrofit.best.setup_refusals import refuse_more
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup


def behind_section(
    integration: Integration, found: Setup, importing: Statement, close: Sequence[Statement]
) -> Integration:
    """Put an import that nothing guards behind a test for the section, with its names for that."""
    edit = Edit(integration)
    code = edit.code
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
    _refuse_needed(found, inside)
    test = cst.Comparison(domain, [cst.ComparisonTarget(cst.In(), cst.Name(found.config))])
    block = cst.IndentedBlock(body=_inner_lines([_moved(each) for each in inside]))
    first, *others = inside
    edit.replace(
        found.module, first, [cst.If(test=test, body=block, leading_lines=_blank_lines(first))]
    )
    for statement in others:
        edit.replace(found.module, statement, REMOVED)
    return edit.done()


def without_guard(
    integration: Integration, found: Setup, importing: Statement, close: Sequence[Statement]
) -> Integration:
    """Put the import behind a test for the section, and let the rest run."""
    edit = Edit(integration)
    code = edit.code
    guard = found.guard
    if guard is None:
        return integration
    test = presence(guard.test)
    if test is None:
        raise stop(
            found.module,
            guard,
            "the code after this return must also run without YAML",
            "put only the registration behind `if DOMAIN in config:`, and run this again",
        )
    inside = [
        s
        for s in found.body[found.body.index(guard) + 1 :]
        if s is importing
        or s in close
        or (is_about(code, found, s) and (not is_notice(s) or _goes_along(found, importing, s)))
    ]
    _refuse_needed(found, inside)
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


def _refuse_needed(found: Setup, inside: Sequence[Statement]) -> None:
    """Raise StopError where what goes behind a test gives a value to a name that is needed outside.

    A function in `async_setup` that imports, and the call of it.
    """
    apart = {
        id(name) for each in (found.guard, *inside) if each is not None for name in names(each)
    }
    outside = {name.value for name in names(found.function.node.body) if id(name) not in apart}
    for each in inside:
        if isinstance(each, (cst.FunctionDef, cst.ClassDef)):
            bound = {each.name.value}  # what it binds within is its own
        else:
            bound = bound_in(each)
        needed = sorted(bound & outside)
        if needed:
            raise stop(
                found.module,
                each,
                f"{needed[0]} gets its value here only with a client in YAML, but other code "
                "of async_setup needs it",
                "import the client in async_setup itself, and make the rest work without "
                f"{needed[0]}; then run this again",
            )


def _goes_along(found: Setup, importing: Statement, notice: Statement) -> bool:
    """Whether a word to the user stands behind the import, or tells of what is in YAML."""
    behind = found.body.index(notice) > found.body.index(importing)
    return behind or reads_section(found, [notice])


def guarded_by_key(
    integration: Integration, found: Setup, importing: Statement, keys: tuple[str, ...]
) -> Integration:
    """Keep the guard; where the section can lack the credentials, look before importing."""
    edit = Edit(integration)
    code = edit.code
    if only_client(code, keys) or looks_for_client(code, found, importing, keys):
        return integration
    look_for_client(edit, code, found, importing, _section_expression(code, found), keys)
    return edit.done()


def looks_for_client(
    code: OAuthCode, found: Setup, importing: Statement, keys: tuple[str, ...]
) -> bool:
    """Whether a test that the import stands behind is about the client's keys."""
    tests = [found.guard.test] if found.guard is not None else []
    statement: Statement | None = importing
    while isinstance(statement, cst.If):
        tests.append(statement.test)
        statement = next(iter(_branch(code, found, statement)[1]), None)
    return any(names_key(code, found, test, keys) for test in tests)


def look_for_client(
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
        refuse_more(code, found, importing, keys)
    wrapped = _in_presence(edit, code, found, body, importing, section, keys)
    edit.replace(found.module, importing, wrapped)


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
    _refuse_needed(found, inside)
    for statement in inside:
        if statement is not importing:
            edit.replace(found.module, statement, REMOVED)
    test = _both(
        [
            cst.Comparison(
                _key_expression(code, found, key),
                [cst.ComparisonTarget(cst.In(), section.deep_clone())],
            )
            for key in needed_keys(code, found, keys)
        ]
    )
    first, *others = inside
    if first is importing:  # what is said above it is said of the whole
        block = cst.IndentedBlock(body=[with_leading(first, ()), *map(_moved, others)])
        return [cst.If(test=test, body=block, leading_lines=first.leading_lines)]
    moved = [each if each is importing else _moved(each) for each in others]
    block = cst.IndentedBlock(body=_inner_lines([_moved(first), *moved]))
    return [cst.If(test=test, body=block, leading_lines=_blank_lines(first))]


def _section_expression(code: OAuthCode, found: Setup) -> cst.BaseExpression:
    if found.sections:
        return cst.Name(min(found.sections))
    domain, _ = domain_expression(code, found.module)
    return cst.Subscript(cst.Name(found.config), [cst.SubscriptElement(cst.Index(domain))])


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


def _told_behind(body: Sequence[Statement], position: int) -> list[Statement]:
    """Return the words to the user right behind a statement."""
    return list(itertools.takewhile(is_notice, body[position + 1 :]))


def _blank_lines(statement: Statement) -> list[cst.EmptyLine]:
    """Return the blank lines above a statement, without the comments that belong to it."""
    lines = list(statement.leading_lines)
    while lines and lines[-1].comment is not None:
        lines.pop()
    return lines


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
