"""Which of an integration's functions run when one of them does, and by which calls.

The one way in which rules follow helpers: functions of its modules by their imports, methods of
`self` and `super()` through its classes, and a method of any other object where only one of its
classes has one of that name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.oauth.errors import clauses, handlers
from appcred.oauth.names import Member, Used

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from appcred.documents.python import Call, Class, Function
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.errors import Handler
    from appcred.oauth.names import Module

_DEEPEST: Final = 5
_COMMON: Final = frozenset(
    {"get", "set", "update", "request", "close", "start", "stop", "connect", "send", "add", "run"}
)
"""Names of methods that an object of a library has as likely as one of the integration's."""

UPDATES: Final = ("_async_update_data", "_async_setup", "update_method", "setup_method")
_WORDS: Final = re.compile(rb"\b(?:_async_update_data|update_method|ConfigEntryAuthFailed)\b")
"""What is in the modules that a refusal can come through."""
_UPDATES: Final = re.compile(rb"\b(?:_async_update_data|update_method)\b")


class Callee(NamedTuple):
    """A function that runs, and the calls that led to it, the first one first."""

    module: Module
    function: Function
    way: tuple[Used, ...] = ()
    member: Member | None = None
    """The class whose object it is a method of, where that is known."""

    def calls(self) -> Iterator[Call]:
        """Yield the calls that stand in it."""
        return (call for call in self.module.index.calls if call.function is self.function)

    def handlers(self, code: OAuthCode, guards: Sequence[cst.Try]) -> Iterator[Handler]:
        """Yield the clauses that an error in it meets, out to where the way began."""
        yield from clauses(code, self.module, guards)
        for used in reversed(self.way):
            yield from clauses(code, used.module, used.call.guards)


def callees(code: OAuthCode, start: Callee, *, objects: bool = True) -> Iterator[Callee]:
    """Yield a function and those that it calls, directly or not, each by each way once.

    Without `objects` methods of other objects than `self` are left out, which spares parsing more.
    """
    seen: set[tuple[int, int]] = set()
    pending = [start]
    while pending:
        here = pending.pop(0)
        yield here
        if len(here.way) >= _DEEPEST:
            continue
        for call in here.calls():
            found = called(code, here, call, objects=objects)
            if found is not None and (id(found.function), id(call)) not in seen:
                seen.add((id(found.function), id(call)))
                pending.append(found)


def called(code: OAuthCode, here: Callee, call: Call, *, objects: bool = True) -> Callee | None:
    """Return the function of the integration that a call runs, if it is one."""
    way = (*here.way, Used(here.module, call))
    func = call.node.func
    if isinstance(func, cst.Attribute):
        name, of = func.attr.value, call.name.rpartition(".")[0]
        if here.member is not None and of in ("self", "cls"):
            return _method(here.member, name, way, code.own_classes(here.member))
        if here.member is not None and _is_super(func.value):
            bases = code.own_classes(here.member)
            owners = [i for i, one in enumerate(bases) if one.node is here.function.owner]
            return _method(here.member, name, way, bases[owners[0] + 1 :] if owners else ())
        if of.startswith(("homeassistant.", "asyncio")) or name in _COMMON:
            return None
    own = code.called(here.module, call.node)
    if own is not None:
        return Callee(*own, way)
    if objects and isinstance(func, cst.Attribute):
        home = _methods(code).get(func.attr.value)
        if home is not None:
            return Callee(home.module, home.node.methods[func.attr.value], way, home)
    return None


def _method(
    member: Member,
    name: str,
    way: tuple[Used, ...],
    classes: Sequence[Member],
) -> Callee | None:
    for one in classes:
        if name in one.node.methods:
            return Callee(one.module, one.node.methods[name], way, member)
    return None


def _is_super(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value == "super"
    )


@lru_cache(maxsize=8)
def _methods(code: OAuthCode) -> Mapping[str, Member]:
    """Return the classes by the names of methods that only one of them has."""
    found: dict[str, Member | None] = {}
    for module in dict.fromkeys((*code.modules, *code.modules_with(_WORDS))):
        for node in module.index.classes:
            for name in node.methods:
                found[name] = None if name in found else Member(module, node)
    return {name: one for name, one in found.items() if one is not None and name[:2] != "__"}


def method_of(module: Module, node: Class, name: str) -> Callee:
    """Return a method of a class as what a way begins with."""
    return Callee(module, node.methods[name], (), Member(module, node))


_BLANKET: Final = re.compile(
    rb"\bexcept\s*:|\bexcept\b[^:\n]*\b(?:Exception|BaseException|HomeAssistantError|IntegrationError)\b"
    rb"|\breturn_exceptions\b"
)


@lru_cache(maxsize=8)
def may_lose_errors(code: OAuthCode) -> bool:
    """Whether any module but the flow's has a clause for all errors, or gathers them, by its text.

    Where none has, no error gets lost, and the coordinators need not be parsed for that.
    """
    return any(
        _BLANKET.search(document.content)
        for name, document in code.integration.modules.items()
        if name != "config_flow"
    )


@lru_cache(maxsize=8)
def updates(code: OAuthCode) -> tuple[Callee, ...]:
    """Return what Home Assistant calls for new data: the update functions of coordinators."""
    found: list[Callee] = []
    for module in code.modules_with(_UPDATES):
        for node in module.index.classes:
            found += [method_of(module, node, name) for name in UPDATES if name in node.methods]
        for call in module.index.calls:
            for keyword in UPDATES[2:]:
                given = call.argument(keyword)
                if isinstance(given, cst.Name):
                    function = next(
                        (f for f in module.index.functions if f.name == given.value), None
                    )
                    found += [Callee(module, function)] if function is not None else []
                elif isinstance(given, cst.Attribute) and call.owner is not None:
                    name = given.attr.value
                    if name in call.owner.methods:
                        found.append(method_of(module, call.owner, name))
    return tuple(found)


def ways_out(code: OAuthCode, used: Used) -> Iterator[Iterator[Handler]]:
    """Yield the clauses that an error of a call meets, for each way from Home Assistant to it.

    Where no way to it is known, these are the clauses of its own function alone.
    """
    reached = [*reaching(code, used, (*setups(code), *updates(code)))]
    for here in reached:
        yield here.handlers(code, used.call.guards)
    if not reached:
        yield handlers(code, used)


def reaching(code: OAuthCode, used: Used, starts: Iterable[Callee]) -> Iterator[Callee]:
    """Yield the function of a call, once for each way to it from what Home Assistant calls."""
    for start in starts:
        for here in callees(code, start):
            if here.function is used.call.function:
                yield here


@lru_cache(maxsize=8)
def setups(code: OAuthCode) -> tuple[Callee, ...]:
    """Return what Home Assistant calls to set an entry up."""
    module = code.module("")
    function = module.index.function("async_setup_entry") if module is not None else None
    return () if module is None or function is None else (Callee(module, function),)
