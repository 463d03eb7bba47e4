"""What an integration keeps in `hass.data` of its YAML or of its client, and what reads it there.

A place in `hass.data` is followed through subscripts, `get`, `pop`, `setdefault` and local names;
what is kept, to the parameter that the configuration or the entry came in by. What cannot be
followed is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source, Value, assignments, calls_of_own, registrations
from appcred.oauth.yaml import index_of, key_of
from appcred.oauth.yaml_schema import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module


class Holds(StrEnum):
    """What is kept."""

    CONFIG = "config"
    """The whole configuration."""
    SECTION = "section"
    """The integration's section of it."""
    CLIENT_ID = "client_id"
    CLIENT_SECRET = "client_secret"  # noqa: S105
    KEY = "key"
    """The value of another key of the section."""


CLIENT: Final = (Holds.CLIENT_ID, Holds.CLIENT_SECRET)


class Step(NamedTuple):
    """One key on the way into `hass.data`: its text, where that is certain, and its source."""

    text: str | None
    source: str
    node: cst.BaseExpression

    @property
    def same(self) -> str:
        """What two spellings of one key have in common."""
        return f"={self.text}" if self.text is not None else self.source


class Reader(NamedTuple):
    """An expression that reads what is kept."""

    module: Module
    function: Function
    node: cst.BaseExpression


@dataclass(frozen=True, eq=False, slots=True)
class HassData:
    """One value that is kept in `hass.data`."""

    module: Module
    function: Function
    node: cst.BaseExpression
    """The value, as it is written; or the last of the keys, where that is what tells."""
    steps: tuple[Step, ...]
    holds: Holds
    key: str | None
    """The key that it has in YAML or in the entry, where it is the value of one."""
    source: Source
    readers: tuple[Reader, ...]


def hass_data(code: OAuthCode) -> tuple[HassData, ...]:
    """Return what is kept of YAML, and what of a client that an entry holds."""
    modules = {module.name: module for module in code.modules}
    init = code.module("")
    if init is not None:
        modules.setdefault("", init)
    clients = _client_keys(code)
    found: list[HassData] = []
    for module in modules.values():
        if not module.document.mentions("hass.data"):
            continue
        for function in module.index.functions:
            for steps, node in _kept(code, module, function):
                part = _part(code, Value(module, function, node))
                kind = _kind(code, part, clients) if part is not None else None
                if part is None or kind is None:
                    continue
                holds, key = kind
                if node is steps[-1].node and holds not in CLIENT:
                    continue  # a key that is no secret is only a name
                readers = tuple(_readers(code, steps))
                found.append(
                    HassData(module, function, node, steps, holds, key, part.source, readers)
                )
    return tuple(found)


def config_reads(
    code: OAuthCode, module: Module, function: Function
) -> Iterator[tuple[cst.BaseExpression, tuple[Reader, ...]]]:
    """Yield whatever a function keeps in `hass.data`, and what reads it there."""
    for steps, node in _kept(code, module, function):
        if node is not steps[-1].node:
            yield node, tuple(_readers(code, steps))


# --- places in hass.data -----------------------------------------------------------------------

_TAKING: Final = ("get", "pop", "setdefault")


def _place(
    code: OAuthCode, module: Module, function: Function, node: cst.CSTNode, depth: int = 0
) -> tuple[Step, ...] | None:
    """Return the keys by which an expression is reached from `hass.data`, None if it is not."""
    if dotted(node).endswith("hass.data"):
        return ()
    if isinstance(node, cst.Name):
        values, owner = _local(function, node.value)
        if len(values) != 1 or owner is None or depth > 8:
            return None
        return _place(code, module, owner, values[0], depth + 1)
    if isinstance(node, cst.NamedExpr):
        return _place(code, module, function, node.value, depth)
    if isinstance(node, cst.Subscript):
        base, key = node.value, index_of(node)
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.args:
        if node.func.attr.value not in _TAKING:
            return None
        base, key = node.func.value, node.args[0].value
    else:
        return None
    above = _place(code, module, function, base, depth)
    return None if above is None or key is None else (*above, _step(code, module, key))


def _local(
    function: Function | None, name: str
) -> tuple[list[cst.BaseExpression], Function | None]:
    """Return the values of a local name, and the function that it is local to."""
    while function is not None:
        bound = assignments(function.node, name)
        if bound or name in _parameters(function):
            return bound, function
        function = function.outer
    return [], None


def _parameters(function: Function) -> list[str]:
    return [parameter.name.value for parameter in function.node.params.params]


def _step(code: OAuthCode, module: Module, key: cst.BaseExpression) -> Step:
    text = key_text(code, module, key)
    if text is None:
        bound = code.value(module, key)
        if bound is not None and isinstance(bound.node, cst.Call) and bound.node.args:
            made = bound.node.func
            made = made.value if isinstance(made, cst.Subscript) else made
            if dotted(made).endswith("HassKey"):  # a string with a type to it
                text = key_text(code, bound.module, bound.node.args[0].value)
    return Step(text, module.document.module.code_for_node(key), key)


def _kept(
    code: OAuthCode, module: Module, function: Function
) -> Iterator[tuple[tuple[Step, ...], cst.BaseExpression]]:
    """Yield what a function puts into `hass.data`: each value with its place."""
    for node in walk(function.node.body, into_functions=False):
        if isinstance(node, cst.Assign):
            for target in node.targets:
                steps = _place(code, module, function, target.target)
                if steps and isinstance(target.target, cst.Subscript):
                    yield from _each(code, module, steps, node.value)
        elif isinstance(node, cst.AnnAssign) and node.value is not None:
            steps = _place(code, module, function, node.target)
            if steps and isinstance(node.target, cst.Subscript):
                yield from _each(code, module, steps, node.value)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            name, given = node.func.attr.value, [argument.value for argument in node.args]
            if name == "setdefault" and len(given) > 1:
                steps = _place(code, module, function, node)
                if steps:
                    yield from _each(code, module, steps, given[1])
            elif name == "update" and len(given) == 1:
                steps = _place(code, module, function, node.func.value)
                if steps:
                    yield from _each(code, module, steps, given[0])


def _each(
    code: OAuthCode, module: Module, steps: tuple[Step, ...], value: cst.BaseExpression
) -> Iterator[tuple[tuple[Step, ...], cst.BaseExpression]]:
    """Yield a value, or each value of a dictionary that is written out; and the keys."""
    yield steps, steps[-1].node
    if not isinstance(value, cst.Dict):
        yield steps, value
        return
    for element in value.elements:
        if isinstance(element, cst.DictElement):
            step = _step(code, module, element.key)
            yield from _each(code, module, (*steps, step), element.value)
        else:
            yield steps, element.value  # **config


def _readers(code: OAuthCode, steps: tuple[Step, ...]) -> Iterator[Reader]:
    """Yield the expressions of the whole integration that read a place, or a part of it."""
    wanted = [step.same for step in steps]

    def leads_there(found: tuple[Step, ...] | None) -> bool:
        return found is not None and [step.same for step in found[: len(wanted)]] == wanted

    for module in code.mentioning("hass.data"):
        for function in module.index.functions:
            passed: set[int] = set()
            for node in walk(function.node.body, into_functions=False):
                if isinstance(node, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)):
                    passed.add(id(node.target))
                elif isinstance(node, cst.Expr):
                    passed.add(id(node.value))  # `pop` and `setdefault` for what they do
                if id(node) in passed or not isinstance(node, (cst.Subscript, cst.Call)):
                    continue
                if not leads_there(_place(code, module, function, node)):
                    continue
                passed |= {id(below) for below in walk(node)}
                base: cst.CSTNode = node
                while isinstance(base, (cst.Subscript, cst.Call, cst.Attribute)):
                    base = base.func if isinstance(base, cst.Call) else base.value
                known = isinstance(base, cst.Name) and leads_there(
                    _place(code, module, function, base)
                )
                if not known:  # what the name was given is a reader already
                    yield Reader(module, function, node)


# --- what a value is ---------------------------------------------------------------------------


class _Part(NamedTuple):
    """Where a value comes from, and the keys on the way to it; None for one that is not known."""

    source: Source
    keys: tuple[str | None, ...]


def _client_keys(code: OAuthCode) -> dict[str, Holds]:
    """Return which keys hold a client's id or secret."""
    found = {"client_id": Holds.CLIENT_ID, "client_secret": Holds.CLIENT_SECRET}
    pairs = [(r.client_id, r.client_secret) for r in registrations(code.integration).understood]
    pairs += [(i.client_id, i.client_secret) for i in credential_imports(code.integration)]
    for client_id, secret in pairs:
        for value, holds in ((client_id, Holds.CLIENT_ID), (secret, Holds.CLIENT_SECRET)):
            key = key_of(code, value) if value is not None else None
            if key is not None:
                found[key] = holds
    return found


def _kind(
    code: OAuthCode, part: _Part, clients: dict[str, Holds]
) -> tuple[Holds, str | None] | None:
    keys = part.keys
    if part.source is Source.ENTRY:
        key = keys[1] if len(keys) > 1 and keys[0] == "data" else None
        return (clients[key], key) if key in clients else None
    if not keys:
        return Holds.CONFIG, None
    if keys[0] != code.integration.domain:
        return None
    if len(keys) == 1:
        return Holds.SECTION, None
    return (clients.get(keys[1], Holds.KEY) if keys[1] is not None else Holds.KEY), keys[1]


def _part(code: OAuthCode, value: Value, depth: int = 0) -> _Part | None:
    """Follow a value to the configuration or the entry that it is a part of."""
    node = value.node
    if depth > 12:
        return None

    def of(base: cst.BaseExpression, *more: str | None) -> _Part | None:
        found = _part(code, Value(value.module, value.function, base), depth + 1)
        return None if found is None else _Part(found.source, (*found.keys, *more))

    if isinstance(node, cst.Subscript):
        return of(node.value, key_text(code, value.module, index_of(node)))
    if isinstance(node, cst.NamedExpr):
        return of(node.value)
    if isinstance(node, cst.BooleanOperation):  # config.get(DOMAIN) or {}
        return of(node.left)
    if isinstance(node, cst.IfExp):  # conf["interval"] if conf else 5
        return of(node.body)
    if isinstance(node, cst.Attribute) and node.attr.value in ("data", "options"):
        found = of(node.value)
        entry = found is not None and found.source is Source.ENTRY and not found.keys
        return _Part(Source.ENTRY, (node.attr.value,)) if entry else None
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        if node.func.attr.value in ("get", "pop") and node.args:
            return of(node.func.value, key_text(code, value.module, node.args[0].value))
        if node.func.attr.value in ("copy", "strip"):
            return of(node.func.value)
        return None
    if isinstance(node, cst.Call) and dotted(node.func) == "dict" and len(node.args) == 1:
        return of(node.args[0].value)
    if not isinstance(node, cst.Name):
        return None
    values, owner = _local(value.function, node.value)
    if not values:
        return _given(code, value, node.value, depth)
    parts = {_part(code, Value(value.module, owner, each), depth + 1) for each in values} - {None}
    return parts.pop() if len(parts) == 1 else None  # another value may be a default


def _given(code: OAuthCode, value: Value, name: str, depth: int) -> _Part | None:
    """Return what a parameter was given: by Home Assistant, or by all callers alike."""
    module, function = value.module, value.function
    while function is not None and name not in _parameters(function):
        function = function.outer
    if function is None or function.owner is not None or function.outer is not None:
        return None
    position = _parameters(function).index(name)
    if not module.name and position == 1:
        if function.name in ("async_setup", "setup"):
            return _Part(Source.YAML, ())
        if function.name == "async_setup_entry":
            return _Part(Source.ENTRY, ())
    found = set()
    for used in calls_of_own(code, module, function):
        argument = used.call.argument(name, position)
        if argument is None:
            return None
        found.add(_part(code, Value(used.module, used.call.function, argument), depth + 1))
    return found.pop() if len(found) == 1 else None
