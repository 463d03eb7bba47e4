"""`async_setup` around the import: what is not about credentials happens without YAML too.

Decides which way that is had: the import behind a test for the section, or for the client's keys,
or the defaults of the schema for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import walk
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import assignments
from appcred.oauth.yaml import is_notice, is_section, reads_section, setup
from appcred.rules.migration.absent import refuse_absent
from appcred.rules.migration.company import company, is_binding, taken
from appcred.rules.migration.defaults import with_defaults
from appcred.rules.migration.edit import stop
from appcred.rules.migration.kept import refuse_kept
from appcred.rules.migration.plain import made_plain
from appcred.rules.migration.reach import for_missing
from appcred.rules.migration.refusals import (
    decides,
    refuse_failing,
    refuse_helper,
    refuse_import_flow,
    refuse_leaving,
    refuse_unguarded,
)
from appcred.rules.migration.rest import imports_credential, only_client, rest_of
from appcred.rules.migration.wrapping import behind_section, guarded_by_key, without_guard

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
            "async_setup returns what the function that imports the client returns",
            "await that function as a statement of its own, return True behind it, and run this "
            "again",
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
                "whether there is a section in YAML is found out here in a way that is not "
                "understood",
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
