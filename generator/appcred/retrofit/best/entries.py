"""Entries that hold a client of their own hand it over, in the next version of their flow.

Decides that version, and where `async_migrate_entry` takes one more step, if it can.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.imports import Import
from appcred.documents.python import dotted
from appcred.documents.rewriting import (
    as_statement,
    filled,
    statement_of,
    statements,
    with_blank_above,
    with_leading,
)
from appcred.documents.walk import contains, returned, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.helper import PLATFORM
from appcred.oauth.registration import is_docstring
from appcred.oauth.yaml import is_notice
from appcred.oauth.yaml_schema import key_text
from appcred.retrofit.best.key_reads import find_key_reads
from appcred.retrofit.best.registration import IMPORT, domain_expression
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member, Module
    from appcred.oauth.registration import Registration
    from appcred.release import Span


class Held(NamedTuple):
    """Whether every entry has a client, and each of those a secret."""

    client: bool
    secret: bool


def held(code: OAuthCode, found: Registration, keys: tuple[str, ...]) -> Held:
    """Return what every entry holds, from the registration that reads it, and who else does.

    An entry that was made with an application credential has none; nor has one, perhaps, where
    the code asks for it.
    """
    asked = {
        each.key
        for each in find_key_reads(code, keys)
        if isinstance(each.node, cst.Call)  # entry.data.get(…)
    }
    call = found.used.call.node
    for node in walk(found.function.node.body):
        if isinstance(node, (cst.If, cst.IfExp)):
            asked |= {
                key
                for each in walk(node.test)
                if isinstance(each, (cst.Name, cst.Attribute, cst.SimpleString))
                and (key := key_text(code, found.module, each)) in keys
            }
            if contains(node, call):
                asked.add(keys[0])
    client = not code.has_platform and keys[0] not in asked
    return Held(client, client and not asked & set(keys))


def migrate_entries(
    integration: Integration,
    keys: tuple[str, ...],
    span: Span,
    every: Held,
    *,
    keep: bool = False,
) -> Integration:
    """Let `async_migrate_entry` take over each entry's client, in the flow's next major version.

    `every` says what each entry had before, `keep` whether entries go on holding their client.
    """
    edit = Edit(integration)
    code = edit.code
    module = code.module("")
    flow = next(iter(code.flows), None)
    if module is None or flow is None:
        return integration
    to = _next_version(edit, code, flow)
    existing = module.index.function("async_migrate_entry")
    if existing is not None:
        block = _block(edit, module, keys, span, to, existing.node, every, keep=keep)
        odd = _add_step(edit, module, existing.node, block, to)
        if odd is not None:
            edit = Edit(integration)
            to = _next_version(edit, code, flow)
            block = _block(
                edit, module, keys, span, to, existing.node, every, keep=keep, way="head"
            )
            text = render(RETROFIT, "raise_version", to, _way(span), False)  # noqa: FBT003
            given = [cst.Name(each.name.value) for each in existing.node.params.params]
            raised = [
                filled(each, {"HASS": given[0], "ENTRY": given[1]})
                for each in statements(module.document.module, text)
            ]
            _add_head(edit, module, existing.node, block, raised, odd, to)
        return edit.done()
    (function,) = statements(module.document.module, render(RETROFIT, "migrate_entry", to))
    function = cst.ensure_type(function, cst.FunctionDef)
    block = _block(edit, module, keys, span, to, function, every, keep=keep)
    body = function.body.with_changes(
        body=[*function.body.body[:-1], *block, function.body.body[-1]]
    )
    function = function.with_changes(body=body)
    edit.need(
        module,
        Import("homeassistant.config_entries", "ConfigEntry"),
        Import("homeassistant.core", "HomeAssistant"),
    )
    entry = module.index.function("async_setup_entry")
    blank = [cst.EmptyLine(indent=False)] * 2
    after = _after(module, entry.node) if entry is not None else None
    if after is None:
        edit.at_the_end(module, with_leading(function, blank))
    else:
        edit.put_before(
            module, after, with_leading(function, blank), getattr(after, "leading_lines", ())
        )
    return edit.done()


def _block(
    edit: Edit,
    module: Module,
    keys: tuple[str, ...],
    span: Span,
    to: int,
    function: cst.FunctionDef,
    every: Held,
    *,
    keep: bool,
    way: str = "",
) -> list[Statement]:
    """Return the statements of `async_migrate_entry` that take over the client."""
    way = way or _way(span)
    secrets = "held" if every.secret else "some"
    with_secret = secrets if len(keys) > 1 else "none"
    text = render(RETROFIT, "migrate_client", to, way, with_secret, every.client, keep)
    hass, entry = (cst.Name(each.name.value) for each in function.params.params)
    domain, needed = domain_expression(edit.code, module)
    if isinstance(domain, cst.SimpleString):  # whose quotes would end the string around it
        text = text.replace("{DOMAIN}.", f"{edit.integration.domain}.")
    values: dict[str, cst.BaseExpression] = {
        name: key_name(edit, module, key)
        for name, key in zip(("CLIENT_ID_KEY", "CLIENT_SECRET_KEY"), keys, strict=False)
    }
    values |= {"DOMAIN": domain, "HASS": hass, "ENTRY": entry}
    edit.need(
        module,
        *([needed] if needed is not None else []),
        Import(PLATFORM, IMPORT),
        Import(PLATFORM, "ClientCredential"),
        Import("homeassistant.util", "slugify"),
    )
    return [filled(each, values) for each in statements(module.document.module, text)]


def _way(span: Span) -> str:
    """Return how the version of an entry is raised in a range of releases."""
    if span.all("entry_version_argument"):
        return "argument"
    return "either" if span.some("entry_version_argument") else "attribute"


def _add_step(
    edit: Edit, module: Module, function: cst.FunctionDef, block: list[Statement], to: int
) -> cst.CSTNode | None:
    """Put one more step at the end of an `async_migrate_entry`.

    Returns what stands in the way where not every older entry comes there.
    """
    body = [s for s in function.body.body if isinstance(s, cst.BaseStatement)]
    entry = function.params.params[-1].name.value
    returns = list(returned(function))
    odd: list[cst.CSTNode] = [each for each in returns[:-1] if dotted(each.value) != "False"]
    last = body[-1]
    ends = isinstance(last, cst.SimpleStatementLine) and last.body[-1] is returns[-1]
    if not ends or dotted(returns[-1].value) != "True":
        odd.append(last)
    for node in walk(function.body):
        if isinstance(node, cst.Match):
            odd.append(node)
        if not isinstance(node, cst.Comparison) or dotted(node.left) != f"{entry}.version":
            continue
        target = node.comparisons[0]
        number = target.comparator
        if isinstance(target.operator, (cst.Equal, cst.LessThan, cst.LessThanEqual)):
            continue
        refuses = isinstance(target.operator, cst.GreaterThan) and len(node.comparisons) == 1
        if not refuses or not isinstance(number, cst.Integer) or number.evaluated_value != to - 1:
            odd.append(node)
            continue
        edit.replace(module, number, cst.Integer(str(to)))
    if odd:
        return odd[0]
    end = len(body) - 1
    while end and is_notice(body[end - 1]):
        end -= 1
    first, *others = block
    new = [with_blank_above(first) if end else first, *others]
    where = as_statement(body[end])
    rest = where if getattr(where, "leading_lines", ()) else with_blank_above(where)
    edit.replace(module, where, [*new, rest])
    return None


def _add_head(
    edit: Edit,
    module: Module,
    function: cst.FunctionDef,
    block: list[Statement],
    version: list[Statement],
    odd: cst.CSTNode,
    to: int,
) -> None:
    """Import a client at the head of an `async_migrate_entry`, and raise the version at its end.

    Raises StopError where it never returns True.
    """
    last = [each for each in returned(function) if dotted(each.value) == "True"]
    entry = function.params.params[-1].name.value
    for node in walk(function.body):
        if isinstance(node, (cst.If, cst.Match)) and _may_refuse(node, entry, to - 1):
            odd = node
            last = []
    line = statement_of(module.document.module, last[-1]) if last else None
    if not isinstance(line, cst.SimpleStatementLine):
        raise stop(
            module,
            odd,
            "cannot tell where this migration of entries ends",
            "end it with `return True`",
        )
    outer = cst.ensure_type(function.body, cst.IndentedBlock)
    start = 1 if is_docstring(outer.body[0]) else 0
    if line in outer.body:
        position = list(outer.body).index(line)
        body = [*outer.body[:start], *block, *outer.body[start:position], *version]
        edit.replace(module, outer, outer.with_changes(body=[*body, *outer.body[position:]]))
        return
    first = as_statement(outer.body[start])
    if contains(first, line):
        inner = next(
            each
            for each in walk(first)
            if isinstance(each, cst.IndentedBlock) and line in each.body
        )
        position = list(inner.body).index(line)
        body = [*inner.body[:position], *version, *inner.body[position:]]
        first = as_statement(first.deep_replace(inner, inner.with_changes(body=body)))
    else:
        edit.replace(module, line, [*version, line])
    edit.replace(module, as_statement(outer.body[start]), [*block, first])


def _may_refuse(node: cst.If | cst.Match, entry: str, version: int) -> bool:
    """Whether a branch may refuse an entry of a version, which so far was the newest."""
    refuses = [
        each
        for each in walk(node)
        if isinstance(each, cst.Raise)
        or (isinstance(each, cst.Return) and dotted(each.value) != "True")
    ]
    if not refuses:
        return False
    if isinstance(node, cst.Match):
        return True
    if f"{entry}.version" not in {dotted(each) for each in walk(node.test)}:
        return False
    if not any(contains(node.body, each) for each in refuses):
        return False
    test = node.test
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return True
    (target,) = test.comparisons
    number = target.comparator
    compare = _COMPARE.get(type(target.operator))
    if dotted(test.left) != f"{entry}.version" or not isinstance(number, cst.Integer):
        return True
    return compare is None or compare(version, number.evaluated_value)


_COMPARE: Final = {
    cst.Equal: operator.eq,
    cst.NotEqual: operator.ne,
    cst.LessThan: operator.lt,
    cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt,
    cst.GreaterThanEqual: operator.ge,
}


def _after(module: Module, node: cst.FunctionDef) -> Statement | None:
    body = list(module.document.module.body)
    position = body.index(node)
    return body[position + 1] if position + 1 < len(body) else None


def key_name(edit: Edit, module: Module, key: str) -> cst.BaseExpression:
    """Return how a module writes a key, and ask for the import that this needs."""
    for name in (*module.index.imports, *module.index.constants):
        if key_text(edit.code, module, cst.Name(name)) == key and name.isupper():
            return cst.Name(name)
    if key in ("client_id", "client_secret"):
        name = f"CONF_{key.upper()}"
        edit.need(module, Import("homeassistant.const", name))
        return cst.Name(name)
    return cst.SimpleString(f'"{key}"')


def _next_version(edit: Edit, code: OAuthCode, flow: Member) -> int:
    """Raise the flow's version by one, and return it."""
    found = code.attribute(flow, "VERSION")
    if found is None:
        block = flow.node.node.body
        (line,) = statements(flow.module.document.module, "VERSION = 2\n")
        start = 1 if block.body and is_docstring(block.body[0]) else 0
        if start:
            line = with_leading(line, [cst.EmptyLine(indent=False)])
        edit.replace(
            flow.module,
            block,
            block.with_changes(body=[*block.body[:start], line, *block.body[start:]]),
        )
        return 2
    module, value = found
    bound = code.value(module, value)
    if bound is None or not isinstance(bound.node, cst.Integer):
        raise stop(
            flow.module,
            flow.node.node.name,
            "the version of this flow is not a literal number",
            "write VERSION as a number, and run this again",
        )
    version = bound.node.evaluated_value + 1
    edit.replace(bound.module, bound.node, cst.Integer(str(version)))
    return version
