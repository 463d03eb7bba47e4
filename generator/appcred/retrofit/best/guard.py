"""`async_setup` around the import: what is not about credentials happens without YAML too.

Decides which way that is had: the import behind a test for the section, or for the client's keys,
or the defaults of the schema for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.rewriting import as_statement, filled, with_leading
from appcred.documents.walk import walk
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import assignments
from appcred.oauth.yaml import index_of, is_notice, is_section, reads_section, setup
from appcred.oauth.yaml_schema import key_text
from appcred.retrofit.best.client_statements import company, is_binding, taken
from appcred.retrofit.best.defaults import with_defaults
from appcred.retrofit.best.early_return import made_plain
from appcred.retrofit.best.import_guard import behind_section, guarded_by_key, without_guard
from appcred.retrofit.best.missing_section import refuse_absent
from appcred.retrofit.best.other_statements import imports_credential, only_client, rest_of
from appcred.retrofit.best.reachability import for_missing
from appcred.retrofit.best.setup_refusals import (
    decides,
    refuse_failing,
    refuse_helper,
    refuse_import_flow,
    refuse_leaving,
    refuse_unguarded,
)
from appcred.retrofit.best.stored_config import refuse_kept
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup


def settle(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Let `async_setup` do the rest of its work whether there is a section in YAML or not.

    Raises StopError where the rest needs a key that has no value without YAML.
    """
    settled = _settled(integration, keys)
    code = oauth_code(settled)
    found = setup(code)
    if found is not None:
        refuse_kept(code, found, keys)
        refuse_leaving(code, found, keys)
        refuse_unguarded(code, found, keys)
    return settled


def guarded_in_place(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Let nothing but the import depend on YAML, where the section has a value without it.

    Raises StopError where `async_setup` leaves, or fails, without the section.
    """
    code = oauth_code(integration)
    found = setup(code)
    if found is None:
        return integration
    importing = [s for s in found.body if imports_credential(code, found.module, s)]
    plain = len(importing) == 1 and isinstance(importing[0], cst.SimpleStatementLine)
    if not plain or found.guard or found.handled or found.tried:
        where = importing[0] if importing else found.function.node
        raise stop(
            found.module,
            where,
            "cannot tell what async_setup does without YAML",
            "make only the import depend on the section",
        )
    (importing_statement,) = importing
    for line in found.body[: list(found.body).index(importing_statement)]:
        if any(isinstance(node, cst.Return) for node in walk(line)):
            raise stop(
                found.module,
                line,
                "cannot tell what async_setup does without YAML",
                "make only the import depend on the section",
            )
    refuse_leaving(code, found, keys)
    block = cst.ensure_type(found.function.node.body, cst.IndentedBlock)
    position = list(block.body).index(importing_statement)
    last = position + 1
    while last < len(block.body) and is_notice(block.body[last]):
        last += 1
    test = _test_for_client(code, found, importing_statement, keys)
    lines = [as_statement(each) for each in block.body[position:last]]
    inner = [with_leading(lines[0], ()), *lines[1:]]
    new = cst.If(
        test, cst.IndentedBlock(inner), leading_lines=list(importing_statement.leading_lines)
    )
    edit = Edit(integration)
    body = [*block.body[:position], new, *block.body[last:]]
    edit.replace(found.module, block, block.with_changes(body=body))
    result = edit.done()
    code = oauth_code(result)
    after = setup(code)
    if after is not None:
        refuse_unguarded(code, after, keys)
    return result


def _test_for_client(
    code: OAuthCode, found: Setup, importing: Statement, keys: tuple[str, ...]
) -> cst.BaseExpression:
    """Return the condition that YAML has a client. Raises StopError where that is not known."""
    for node in walk(importing):
        if not isinstance(node, cst.Subscript):
            continue
        key = index_of(node)
        if key is None or key_text(code, found.module, key) != keys[0]:
            continue
        if not is_section(code, found.module, found.config, found.sections, node.value):
            continue
        if not _has_default(found, node.value):
            continue
        names = [f"KEY{number}" for number in range(len(keys))]
        text = " and ".join(f"{name} in SECTION" for name in names)
        values: dict[str, cst.BaseExpression] = {"SECTION": node.value}
        values |= {
            name: each
            for name, wanted in zip(names, keys, strict=True)
            for each in _key_nodes(code, found, importing, wanted)[:1]
        }
        if len(values) <= len(keys):
            continue
        return filled(cst.parse_expression(text), values)
    raise stop(
        found.module,
        importing,
        "cannot tell which section of YAML this client is read from",
        "write it as config[DOMAIN][CONF_CLIENT_ID]",
    )


def _has_default(found: Setup, node: cst.BaseExpression) -> bool:
    """Whether a section is an empty dictionary where YAML has none."""
    if isinstance(node, cst.Name):
        given = assignments(found.function.node, node.value)
        return len(given) == 1 and _has_default(found, given[0])
    if isinstance(node, cst.IfExp):
        return isinstance(node.orelse, cst.Dict)
    if isinstance(node, cst.BooleanOperation):
        return isinstance(node.operator, cst.Or) and isinstance(node.right, cst.Dict)
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "get"
        and len(node.args) == 2
        and isinstance(node.args[1].value, cst.Dict)
    )


def _key_nodes(
    code: OAuthCode, found: Setup, importing: Statement, key: str
) -> list[cst.BaseExpression]:
    """Return how a statement writes a key."""
    return [
        node
        for node in walk(importing)
        if isinstance(node, (cst.Name, cst.SimpleString))
        and key_text(code, found.module, node) == key
    ]


def _settled(integration: Integration, keys: tuple[str, ...]) -> Integration:
    code = oauth_code(integration)
    found = setup(code)
    if found is None:
        return integration
    importing = [s for s in found.body if imports_credential(code, found.module, s)]
    if len(importing) != 1:
        return integration
    (importing_statement,) = importing
    if isinstance(importing_statement, cst.SimpleStatementLine) and isinstance(
        importing_statement.body[-1], cst.Return
    ):
        raise stop(
            found.module,
            importing_statement,
            "async_setup returns the result of the function that imports the client",
            "await that function in a statement of its own, return True after it, and run "
            "this again",
        )
    refuse_helper(code, found.module, importing_statement)
    refuse_import_flow(code, found, keys)
    refuse_failing(code, found)
    refuse_absent(code, found, keys)
    plain = made_plain(integration, found, importing_statement, keys)
    if plain is not integration:
        return _settled(plain, keys)
    if found.guard is None and found.handled is not None:
        return guarded_by_key(integration, found, importing_statement, keys)
    close = company(code, found, found.body, importing_statement, keys)
    rest = rest_of(code, found, importing_statement, close)
    needs = [s for s in rest if reads_section(found, [s])]
    guarded = found.guard is not None or found.tried is not None
    if guarded and not rest:
        return guarded_by_key(integration, found, importing_statement, keys)
    if found.guard is not None and not needs:
        turned = without_guard(integration, found, importing_statement, close)
        return _settled(turned, keys)  # where other keys may stand alone, for the client's
    if not guarded and not needs and only_client(code, keys):
        if isinstance(importing_statement, (cst.SimpleStatementLine, cst.For)):
            return behind_section(integration, found, importing_statement, close)
        if not _is_conditional(importing_statement):
            if _tries_for_client(code, found, importing_statement, keys):
                return integration
            raise stop(
                found.module,
                importing_statement,
                "cannot tell whether this checks for a section in YAML",
                "put this behind `if DOMAIN in config:`, and run this again",
            )
    looked = all(_looks_first(code, found, statement) for statement in needs)
    if not guarded and _is_conditional(importing_statement) and looked:
        return guarded_by_key(integration, found, importing_statement, keys)
    if not guarded and _leaves_by_itself(code, found, importing_statement, needs, keys):
        return integration
    return with_defaults(integration, found, importing_statement, keys)


def _tries_for_client(
    code: OAuthCode, found: Setup, statement: Statement, keys: tuple[str, ...]
) -> bool:
    """Whether a `try` takes the client, and goes on where that is missing.

    Then its import stands in the `else`, and what is done without it is only told.
    """
    if not isinstance(statement, cst.Try) or statement.orelse is None or statement.finalbody:
        return False
    subscripts = [taken(code, found, node) for node in walk(statement.body)]
    if not {*keys} <= {one.key for one in subscripts if one is not None and not one.method}:
        return False
    missing = for_missing(statement)
    return len(missing) == len(statement.handlers) and all(
        is_notice(each) or _is_pass(each) for handler in missing for each in handler.body.body
    )


def _is_pass(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, cst.Pass) for small in statement.body
    )


def _leaves_by_itself(
    code: OAuthCode,
    found: Setup,
    importing: Statement,
    needs: Sequence[Statement],
    keys: tuple[str, ...],
) -> bool:
    """Whether `async_setup` looks for the client, and leaves with True where there is none.

    It does nothing with the section then but to give names to what there may be in it.
    """
    above = found.body[: found.body.index(importing)]
    deciding = [each for each in above if decides(code, found, each, keys)]
    named = [each for name in found.sections for each in assignments(found.function.node, name)]
    return (
        bool(deciding)
        and all(map(_is_there_anyway, named))
        and all(each in deciding or is_binding(each) for each in needs)
    )


def _is_there_anyway(section: cst.BaseExpression) -> bool:
    """Whether an expression for the section is a dictionary without YAML too."""
    if isinstance(section, cst.BooleanOperation):  # config.get(DOMAIN) or {}
        return isinstance(section.right, cst.Dict)
    return isinstance(section, cst.Call) and len(section.args) > 1


def _is_conditional(statement: Statement) -> bool:
    return isinstance(statement, cst.If)


def _looks_first(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Whether a statement takes nothing out of the section without a test for it."""

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
