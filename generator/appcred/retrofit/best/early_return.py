"""What guards the import in other words, written as a guard that returns True.

Done where more hangs on it than the import; the rest then only has to know that one spelling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import libcst as cst

from appcred.documents.rewriting import REMOVED, with_leading
from appcred.oauth.yaml import is_notice, is_presence, leaving
from appcred.retrofit.best.client_statements import company
from appcred.retrofit.best.conditions import absence
from appcred.retrofit.best.missing_section import absents, is_complaint
from appcred.retrofit.best.other_statements import (
    imports_credential,
    is_about,
    only_client,
    rest_of,
)
from appcred.retrofit.best.registration import domain_expression
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.yaml import Setup


def made_plain(
    integration: Integration, found: Setup, importing: Statement, keys: tuple[str, ...]
) -> Integration:
    """Write as a guard that returns True what does the same in other words, where that matters."""
    edit = Edit(integration)
    code = edit.code
    guard, tried = found.guard, found.tried
    if guard is not None and leaving(guard.body) is False:
        # Without YAML the set-up failed, and said so. It does without now.
        edit.replace(found.module, guard, guard.with_changes(body=_return_true()))
        return edit.done()
    if only_client(code, keys):
        silent = _without_complaints(integration, found, keys)
        if silent is not integration:
            return silent
    if tried is not None and (
        rest_of(code, found, importing, company(code, found, found.body, importing, keys))
        or leaving(tried.handlers[0].body) is False
        or not only_client(code, keys)
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
        return _unfolded(integration, found, importing, keys)
    return integration


def _without_complaints(
    integration: Integration, found: Setup, keys: tuple[str, ...]
) -> Integration:
    """Take out what warns that there is no YAML: nothing is wrong then, any more."""
    edit = Edit(integration)
    for statement, block in absents(edit.code, found, keys):
        inside = cast("Sequence[Statement]", block.body)
        going = [each for each in inside if is_complaint(each)]
        if not going:
            continue
        if len(going) < len(inside):
            for each in going:
                edit.replace(found.module, each, REMOVED)
        elif isinstance(statement, cst.If) and block is not statement.body:
            edit.replace(found.module, statement, statement.with_changes(orelse=None))
        elif statement in found.body and getattr(statement, "orelse", None) is None:
            edit.replace(found.module, statement, REMOVED)
        else:
            continue
        return edit.done()  # one after another, for one may stand within another
    return integration


def _unfolded(
    integration: Integration, found: Setup, importing: cst.If, keys: tuple[str, ...]
) -> Integration:
    """Turn a test for the section, around the import and more, into a guard with that behind it.

    Raises StopError where that cannot be, for what more there is has to happen without YAML.
    """
    edit = Edit(integration)
    code = edit.code
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
        if each not in held and each not in close and not is_about(code, found, each)
    ]
    if not more:
        return integration
    if importing is not found.body[-1] or not isinstance(importing.body, cst.IndentedBlock):
        raise stop(
            found.module,
            more[0],
            "this runs only if there is a section in YAML, but must also run without it",
            "move it out of this test, with its own test for any YAML that it needs, and run "
            "this again",
        )
    told = cast("Sequence[Statement]", orelse.body.body) if orelse is not None else ()
    body = cst.IndentedBlock(body=[*told, *_return_true().body])
    guard = cst.If(absence(importing.test), body, leading_lines=importing.leading_lines)
    edit.replace(found.module, importing, [guard, *inside])
    footer = importing.body.footer
    if found.last is not None and any(line.comment for line in footer):
        last = with_leading(found.last, [*footer, *found.last.leading_lines])
        edit.replace(found.module, found.last, [last])
    return edit.done()


def _return_true() -> cst.IndentedBlock:
    line = cst.SimpleStatementLine([cst.Return(cst.Name("True"))])
    return cst.IndentedBlock(body=[line])
