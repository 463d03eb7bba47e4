"""A client's id or secret that was kept in `hass.data` comes from its implementation instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import WIDTH
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, statement_of
from appcred.documents.walk import walk
from appcred.oauth.registration import Value, calls_of_own, origin, registrations
from appcred.oauth.sources import Origin, evaluator
from appcred.oauth.yaml import key_of
from appcred.retrofit.best.key_reads import behind, find_key_reads, implementation_before
from appcred.retrofit.best.registration import wrapped_definition
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Registration
    from appcred.retrofit.best.key_reads import KeyRead
    from appcred.rules.edit import StopError


def unstash(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Take a client's id or secret from its implementation instead of `hass.data`.

    `keys` are the keys of YAML that hold them. Raises StopError for a place that has no
    implementation at hand.
    """
    edit = Edit(integration)
    code = edit.code
    places = dict(zip(keys, ("client_id", "client_secret"), strict=False))
    handed: dict[tuple[Module, Function], set[str]] = {}
    elsewhere: list[KeyRead] = []
    for reading in find_key_reads(code, places):
        if _is_setup(reading.module, reading.function):
            continue
        if not _in_hass_data(reading.function, reading.base):
            elsewhere.append(reading)
            continue
        attribute = places[reading.key]
        new = _instead(code, reading, attribute)
        if new is None and _is_of_entry(code, reading):
            continue
        if new is None:
            raise _nowhere(reading, attribute, f"the {attribute} is read from hass.data")
        if isinstance(new, cst.Name):
            handed.setdefault((reading.module, reading.function), set()).add(attribute)
        edit.replace(reading.module, reading.node, new)
    for registration in registrations(integration).understood:
        for statement in walk(registration.function.node.body, into_functions=False):
            if _is_stash(code, registration, statement):
                _refuse(registration, elsewhere, places)
                edit.replace(registration.module, statement, REMOVED)
    result = edit.done()
    for (module, function), attributes in handed.items():
        result = _hand_on(result, module.name, function.name, sorted(attributes))
    return result


def _is_of_entry(code: OAuthCode, reading: KeyRead) -> bool:
    """Whether what is read was put into `hass.data` from an entry's implementation."""
    found = evaluator(code.integration).of(Value(reading.module, reading.function, reading.node))
    return bool(found) and all(each.origin is Origin.IMPLEMENTATION for each in found)


def _is_setup(module: Module, function: Function) -> bool:
    return not module.name and function.name == "async_setup" and function.owner is None


def _refuse(
    registration: Registration, elsewhere: list[KeyRead], places: Mapping[str, str]
) -> None:
    """Raise StopError if what is about to go from `hass.data` may be what somebody reads."""
    known = {registration.function}
    if registration.factory is not None:
        known.add(registration.factory[1])
    for reading in elsewhere:
        inside = reading.function
        while inside not in known and inside.outer is not None:
            inside = inside.outer
        if inside not in known and not _is_setup(reading.module, inside):
            attribute = places[reading.key]
            raise _nowhere(reading, attribute, f"the {attribute} may be read from hass.data")


def _nowhere(reading: KeyRead, attribute: str, read: str) -> StopError:
    return stop(
        reading.module,
        reading.node,
        f"{read} where no implementation is available",
        "pass the entry's implementation (session.implementation of an OAuth2Session) to "
        f"this function and use implementation.{attribute}; then run this again",
    )


_AFTER_PICKING: Final = ("async_step_auth", "async_step_creation", "async_oauth_create_entry")
"""The steps of a flow in which its implementation is known, as `self.flow_impl`."""


def _instead(code: OAuthCode, reading: KeyRead, attribute: str) -> cst.BaseExpression | None:
    """Return where a function can take a client's attribute from, if anywhere.

    A name stands for a parameter that the function does not have yet.
    """
    near = implementation_before(reading)
    if near is not None:
        return cst.Attribute(cst.Name(near), cst.Name(attribute))
    module, function = reading.module, reading.function
    if _knows_implementation(code, function):
        return cst.parse_expression(f"self.flow_impl.{attribute}")
    if function.owner is None and function.outer is None:
        callers = list(calls_of_own(code, module, function))
        known = [
            used.call.function is not None and _knows_implementation(code, used.call.function)
            for used in callers
        ]
        used_as_value = function.name in module.index.constants
        if callers and all(known) and not used_as_value:
            return cst.Name(attribute)
    return None


def _knows_implementation(code: OAuthCode, function: Function) -> bool:
    return function.name in _AFTER_PICKING and any(
        flow.node is function.owner for flow in code.flows
    )


def _hand_on(
    integration: Integration, module: str, name: str, attributes: list[str]
) -> Integration:
    """Give a function a parameter for each attribute, and its callers what to pass."""
    edit = Edit(integration)
    found = edit.code.module(module)
    function = found.index.function(name) if found is not None else None
    if found is None or function is None:
        return integration
    params = function.node.params
    more = [cst.Param(cst.Name(each), cst.Annotation(cst.Name("str"))) for each in attributes]
    old = [p.with_changes(comma=cst.MaybeSentinel.DEFAULT) for p in params.params]
    definition = function.node.with_changes(params=params.with_changes(params=[*old, *more]))
    edit.replace(found, function.node, wrapped_definition(found, definition))
    for used in calls_of_own(edit.code, found, function):
        call = used.call.node
        new = [cst.Arg(cst.parse_expression(f"self.flow_impl.{each}")) for each in attributes]
        args = [a.with_changes(comma=cst.MaybeSentinel.DEFAULT) for a in call.args]
        edit.replace(used.module, call, _fitted(used.module, call, [*args, *new]))
    return edit.done()


def _fitted(module: Module, call: cst.Call, args: list[cst.Arg]) -> cst.Call:
    """Return a call with other arguments, one on each line where they are too long for one."""
    flat = call.with_changes(args=args, whitespace_before_args=cst.SimpleWhitespace(""))
    line, column = module.document.position(call)
    text = module.document.content.decode(module.document.module.encoding).splitlines()[line - 1]
    width = column + len(module.document.module.code_for_node(flat))
    if width <= WIDTH:
        return flat
    indent = text[: len(text) - len(text.lstrip())]
    statement = statement_of(module.document.module, call)
    depth = module.document.position(statement).column - 1 if statement is not None else 0
    relative = indent[depth:]
    unit = module.document.module.default_indent

    def line_of(blank: str) -> cst.ParenthesizedWhitespace:
        return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(blank))

    comma = cst.Comma(whitespace_after=line_of(relative + unit))
    spread = [each.with_changes(comma=comma) for each in args]
    spread[-1] = spread[-1].with_changes(comma=cst.Comma(whitespace_after=line_of(relative)))
    return call.with_changes(args=spread, whitespace_before_args=line_of(relative + unit))


def _is_stash(code: OAuthCode, registration: Registration, statement: cst.CSTNode) -> bool:
    """Whether a statement keeps the id or the secret alone in `hass.data`."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return False
    target = small.targets[0].target
    if not isinstance(target, cst.Subscript) or not _in_hass_data(registration.function, target):
        return False
    value = Value(registration.module, registration.function, small.value)
    key = key_of(code, value)
    if key is None or origin(code, value) is not registration.source:
        return False
    known = (registration.client_id, registration.client_secret)
    return any(each is not None and key_of(code, each) == key for each in known)


def _in_hass_data(function: Function, node: cst.BaseExpression) -> bool:
    """Whether an expression is a part of `hass.data`, through local names of one value."""
    return dotted(behind(function, node)).endswith("hass.data")
