"""How the integration's own code makes an implementation, and what a credential can stand in for.

The call is followed from where its result is used: through local names, properties, methods and
factories, down to Home Assistant's class. For the auth domain, the client ID and the secret it is
then known which argument of the call gives it, which parameter takes it, or where it is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import returned, walk
from appcred.oauth.helper import AUTH, IMPLEMENTATION, LOCAL, PKCE, PLATFORM
from appcred.oauth.names import Member
from appcred.oauth.registration import Value, onward_call
from appcred.oauth.sources import evaluator, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.documents.python import Function
    from appcred.oauth.code import OAuthCode

DOMAIN: Final = "domain"
CLIENT_ID: Final = "client_id"
CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - the name of a parameter
FIELDS: Final = (DOMAIN, CLIENT_ID, CLIENT_SECRET)
"""What a credential decides, by the names of Home Assistant's parameters."""

BASES: Final[Mapping[str, tuple[str, ...]]] = {
    LOCAL: ("hass", DOMAIN, CLIENT_ID, CLIENT_SECRET, "authorize_url", "token_url"),
    PKCE: (
        *("hass", DOMAIN, CLIENT_ID, "authorize_url", "token_url", CLIENT_SECRET),
        "code_verifier_length",
    ),
}
"""What the implementations of helpers/config_entry_oauth2_flow.py take, in their order."""

_CREDENTIAL: Final = "credential"
_SERVER: Final = "authorization_server"
_AUTH: Final = ("hass", DOMAIN, _CREDENTIAL, _SERVER)
"""What `AuthImplementation` of components/application_credentials takes."""

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    f"{PLATFORM}.ClientCredential": (CLIENT_ID, CLIENT_SECRET, "name"),
    f"{PLATFORM}.AuthorizationServer": ("authorize_url", "token_url"),
}
"""The fields of what that is created with."""

_ALIASES: Final = {"auth_domain": DOMAIN, "implementation_domain": DOMAIN}
DOMAIN_PARAMETERS: Final = frozenset({DOMAIN, *_ALIASES})
"""What a parameter for the auth domain is called."""


_LONGEST: Final = 8
"""How many names something is followed through."""


class UnknownError(Exception):
    """An implementation whose making cannot be followed: where, why, and what to do."""

    def __init__(self, where: Value, reason: str, todo: str) -> None:
        super().__init__(reason)
        self.where, self.reason, self.todo = where, reason, todo


class Fixed(NamedTuple):
    """A value that an `__init__` fixes itself, in its call of the next one."""

    owner: Member
    function: Function
    call: cst.Call
    argument: cst.Arg | None
    """None where the call leaves it to a default of Home Assistant's."""


@dataclass(frozen=True, eq=False, slots=True)
class Supply:
    """How one value gets to Home Assistant's class; one of the three is set."""

    argument: cst.Arg | None = None
    """The argument of the call that makes the implementation."""
    parameter: str | None = None
    """The parameter, with a default, that the call leaves out."""
    fixed: Fixed | None = None
    whole: bool = False
    """Whether it gets there as a part of a credential, which is handed on as a whole."""


@dataclass(frozen=True, eq=False, slots=True)
class Constructor:
    """The call that makes an implementation."""

    at: Value
    """The call, where it stands, and what the parameters there were given."""
    base: str
    """Home Assistant's class behind it."""
    own: Member | None
    """The integration's class that it calls; None for Home Assistant's own."""
    supplies: Mapping[str, Supply]
    values: Mapping[str, Value] = field(repr=False)
    """What Home Assistant's class is given, by its parameters."""
    hass: cst.Arg | None = None
    """The argument of the call that is Home Assistant itself."""

    @property
    def call(self) -> cst.Call:
        """The call's node."""
        return cst.ensure_type(self.at.node, cst.Call)


class _Level(NamedTuple):
    """One `__init__` on the way to Home Assistant's, and its call of the next one."""

    owner: Member
    function: Function
    call: cst.Call


def constructor(code: OAuthCode, value: Value) -> Constructor:
    """Return the call that makes an implementation.

    Raises UnknownError where it cannot be followed to one of Home Assistant's classes.
    """
    found = list(_calls(code, value, 0))
    calls = {id(each.node): each for each in found}
    if not calls:
        raise UnknownError(
            value,
            "cannot tell how this implementation is created",
            "create it in the call that registers it, with LocalOAuth2Implementation(hass, "
            "DOMAIN, client_id, client_secret, authorize_url, token_url) or a subclass of it",
        )
    (at, *others) = calls.values()
    if others:
        raise UnknownError(
            others[0],
            "one of several implementations is registered here",
            "create each in a call of its own that registers it",
        )
    return _described(code, at)


def _calls(code: OAuthCode, value: Value, depth: int) -> Iterator[Value]:
    """Yield the calls of classes that an expression may be the result of."""
    node = value.node
    if depth > 8:
        return
    if isinstance(node, (cst.Await, cst.NamedExpr)):
        waited = node.expression if isinstance(node, cst.Await) else node.value
        yield from _calls(code, _at(value, waited), depth + 1)
    elif isinstance(node, cst.BooleanOperation):
        for part in (node.left, node.right):
            yield from _calls(code, _at(value, part), depth + 1)
    elif isinstance(node, cst.Name):
        if node.value in value.given:
            yield from _calls(code, value.given[node.value], depth + 1)
            return
        for each in _assigned(value, node.value):
            yield from _calls(code, each, depth + 1)
    elif isinstance(node, cst.Attribute) and dotted(node.value) == "self":
        for each in _of_self(code, value, node.attr.value):
            yield from _calls(code, each, depth + 1)
    elif isinstance(node, cst.Call):
        name = value.module.index.resolve(node.func)
        own = code.class_of(value.module, name, anywhere=True)
        if name in BASES or name == AUTH or own is not None:
            yield value
            return
        called = evaluator(code.integration)._called(value, node)  # noqa: SLF001
        if called is not None:
            module, function = called
            every = parameters(function.node)
            every = every[1:] if function.owner is not None else every
            given = dict(evaluator(code.integration).arguments(value, node, every))
            for result in returned(function.node):
                if result.value is not None:
                    inside = Value(module, function, result.value, given)
                    yield from _calls(code, inside, depth + 1)


def _at(value: Value, node: cst.BaseExpression) -> Value:
    return Value(value.module, value.function, node, value.given)


def _assigned(value: Value, name: str) -> Iterator[Value]:
    function = value.function
    while function is not None:
        found = False
        for node in walk(function.node.body, into_functions=False):
            if isinstance(node, cst.Assign):
                hit = any(dotted(each.target) == name for each in node.targets)
            elif isinstance(node, (cst.AnnAssign, cst.NamedExpr)):
                hit = dotted(node.target) == name
            else:
                continue
            if hit and node.value is not None:
                found = True
                yield Value(value.module, function, node.value, value.given)
        if found:
            return
        function = function.outer


def _of_self(code: OAuthCode, value: Value, name: str) -> Iterator[Value]:
    function = value.function
    while function is not None and function.owner is None:
        function = function.outer
    if function is None or function.owner is None:
        return
    for own in code.own_classes(Member(value.module, function.owner)):
        method = own.node.methods.get(name)
        if method is not None:
            for result in returned(method.node):
                if result.value is not None:
                    yield Value(own.module, method, result.value)
            return
        for each in own.node.methods.values():
            for node in walk(each.node.body, into_functions=False):
                if isinstance(node, cst.Assign) and any(
                    dotted(target.target) == f"self.{name}" for target in node.targets
                ):
                    yield Value(own.module, each, node.value)


def _described(code: OAuthCode, at: Value) -> Constructor:
    call = cst.ensure_type(at.node, cst.Call)
    name = at.module.index.resolve(call.func)
    if name in BASES:
        arguments = dict(_arguments(at, call, list(BASES[name])))
        supplies = {
            each: Supply(arguments[each]) if each in arguments else Supply(parameter=each)
            for each in FIELDS
        }
        return Constructor(at, name, None, supplies, _values(at, arguments))
    own = code.class_of(at.module, name, anywhere=True)
    if own is None and name != AUTH:
        raise UnknownError(
            at,
            "cannot tell how this implementation is created",
            "create it with LocalOAuth2Implementation or a subclass of it",
        )
    above = code.ancestry(own, anywhere=True) if own is not None else (AUTH,)
    base = next((b for b in above if b in BASES or b == AUTH), None)
    if base is None and own is not None:
        return _abstract(code, at, own)
    levels = list(_levels(code, at, own)) if own is not None else []
    last = levels[-1].call if levels else call
    inner = levels[-1] if levels else None
    place = Value(inner.owner.module, inner.function, last) if inner is not None else at
    takes = list(BASES.get(str(base), _AUTH))
    arguments = {_ALIASES.get(k, k): v for k, v in _arguments(place, last, takes)}
    supplies = {each: _supply(call, levels, arguments.get(each), each) for each in FIELDS}
    if base == AUTH:
        given = _supply(call, levels, arguments.get(_CREDENTIAL), _CREDENTIAL)
        given = replace(given, whole=True)
        supplies |= {CLIENT_ID: given, CLIENT_SECRET: given}
    values: dict[str, Value] = {}
    for each, argument in arguments.items():
        value = _outward(at, call, levels, argument)
        if each in (_CREDENTIAL, _SERVER):
            values |= _parts(code, value)
        else:
            values[each] = _part(code, value)
    if not values.keys() >= {CLIENT_ID, DOMAIN}:
        raise UnknownError(
            at,
            "cannot tell which client this implementation is created for",
            "create it with ClientCredential(client_id, client_secret)",
        )
    hass = _supply(call, levels, arguments.get("hass"), "hass").argument
    return Constructor(at, str(base), own, supplies, values, hass)


def _parts(code: OAuthCode, value: Value) -> dict[str, Value]:
    """Return what a credential, or an authorization server, is created from, by its fields."""
    for _ in range(_LONGEST):
        node = value.node
        if isinstance(node, cst.Call):
            fields = _PARTS.get(value.module.index.resolve(node.func))
            found = dict(_arguments(value, node, list(fields or ())))
            return {key: _at(value, each.value) for key, each in found.items() if fields}
        if not isinstance(node, cst.Name):
            break
        if node.value in value.given:
            value = value.given[node.value]
            continue
        local = list(_assigned(value, node.value))
        if len(local) == 1:
            (value,) = local
            continue
        bound = code.value(value.module, node)
        if bound is None or bound.node is node:
            break
        value = Value(bound.module, None, bound.node)
    return {}


def _part(code: OAuthCode, value: Value) -> Value:
    """Return what `credential.client_id` is, where it is known what the credential is."""
    node = value.node
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        whole = value.given.get(node.value.value)
        if whole is not None:
            return _parts(code, whole).get(node.attr.value, value)
    return value


def _levels(code: OAuthCode, at: Value, own: Member) -> Iterator[_Level]:
    for member in code.own_classes(own):
        init = member.node.methods.get("__init__")
        if init is None:
            continue
        onward = onward_call(code, member, init)
        if onward is None:
            raise UnknownError(
                Value(member.module, init, init.node.name),
                f"{member.name}.__init__ does not call super().__init__() exactly once",
                "call it once, with (hass, domain, client_id, client_secret, authorize_url, "
                "token_url)",
            )
        if any(argument.star for argument in (*onward.args, *at_args(at))):
            raise UnknownError(
                Value(member.module, init, onward),
                f"cannot read the arguments that {member.name}.__init__ passes on",
                "write them out",
            )
        yield _Level(member, init, onward)


def at_args(at: Value) -> tuple[cst.Arg, ...]:
    """Return the arguments of the call that a value is."""
    return tuple(cst.ensure_type(at.node, cst.Call).args)


def _arguments(at: Value, call: cst.Call, every: list[str]) -> Iterator[tuple[str, cst.Arg]]:
    position = 0
    for argument in call.args:
        if argument.star:
            raise UnknownError(
                at, "cannot read the arguments of this implementation", "write them out"
            )
        if argument.keyword is not None:
            yield argument.keyword.value, argument
        elif position < len(every):
            yield every[position], argument
            position += 1


def _values(at: Value, arguments: Mapping[str, cst.Arg]) -> dict[str, Value]:
    return {name: _given(at, argument.value) for name, argument in arguments.items()}


def _given(at: Value, node: cst.BaseExpression) -> Value:
    if isinstance(node, cst.Name) and node.value in at.given:
        return at.given[node.value]
    return _at(at, node)


def _supply(call: cst.Call, levels: list[_Level], argument: cst.Arg | None, name: str) -> Supply:
    """Follow an argument of the innermost call outward to the outermost one."""
    if not levels:
        return Supply(argument) if argument is not None else Supply(parameter=name)
    whole = False
    for index in range(len(levels) - 1, -1, -1):
        level = levels[index]
        handed = _handed_parameter(level, argument)
        if handed is None and argument is not None and isinstance(argument.value, cst.Attribute):
            # credential.client_id
            node = argument.value
            if node.attr.value == name and dotted(node.value) in parameters(level.function.node):
                handed, whole = dotted(node.value), True
        if handed is None:
            return Supply(fixed=Fixed(level.owner, level.function, level.call, argument))
        outer = levels[index - 1].call if index else call
        place = Value(level.owner.module, None, outer)
        found = dict(_arguments(place, outer, parameters(level.function.node)[1:]))
        argument = found.get(handed)
        if argument is None:
            if index:
                return Supply(fixed=Fixed(level.owner, level.function, level.call, None))
            return Supply(parameter=handed)
    return Supply(argument, whole=whole)


def _handed_parameter(level: _Level, argument: cst.Arg | None) -> str | None:
    """Return the parameter that an `__init__` hands on as it is."""
    node = argument.value if argument is not None else None
    if not isinstance(node, cst.Name) or node.value not in parameters(level.function.node):
        return None
    rebound = any(
        dotted(target.target) == node.value
        for each in walk(level.function.node.body)
        if isinstance(each, cst.Assign)
        for target in each.targets
    )
    return None if rebound else node.value


def _outward(at: Value, call: cst.Call, levels: list[_Level], argument: cst.Arg) -> Value:
    """Return what an argument of the innermost call is, in the terms of the outermost place."""
    node: cst.BaseExpression = argument.value
    for index in range(len(levels) - 1, -1, -1):
        level = levels[index]
        handed = node.value if isinstance(node, cst.Name) else None
        every = parameters(level.function.node)
        if handed is None or handed not in every:
            outer = levels[index - 1].call if index else call
            place = (
                at
                if not index
                else Value(levels[index - 1].owner.module, levels[index - 1].function, outer)
            )
            given = {
                name: _given(at, each.value)
                if not index
                else Value(place.module, place.function, each.value)
                for name, each in _arguments(place, outer, every[1:])
            }
            return Value(level.owner.module, level.function, node, given)
        outer = levels[index - 1].call if index else call
        place = Value(level.owner.module, level.function, outer)
        found = dict(_arguments(place, outer, every[1:]))
        if handed not in found:
            default = next(
                each.default
                for each in (
                    *level.function.node.params.params,
                    *level.function.node.params.kwonly_params,
                )
                if each.name.value == handed
            )
            return Value(level.owner.module, None, default or cst.Name("None"))
        node = found[handed].value
    return _given(at, node)


def _abstract(code: OAuthCode, at: Value, own: Member) -> Constructor:
    """Describe a class made from the abstract implementation, by the names of its parameters."""
    if not code.is_a(own, IMPLEMENTATION):
        raise UnknownError(
            at,
            f"{own.name} is not derived from one of Home Assistant's implementations",
            "derive it from LocalOAuth2Implementation",
        )
    init = code.methods(own, "__init__")
    every = parameters(init.node)[1:] if init is not None else []
    arguments = {
        _ALIASES.get(name, name): argument
        for name, argument in _arguments(at, cst.ensure_type(at.node, cst.Call), every)
    }
    if not {DOMAIN, CLIENT_ID} <= arguments.keys():
        raise UnknownError(
            at,
            f"cannot tell which client {own.name} is created for",
            "let its __init__ take domain, client_id and client_secret",
        )
    supplies: dict[str, Supply] = {
        each: Supply(arguments[each]) for each in FIELDS if each in arguments
    }
    return Constructor(
        at, IMPLEMENTATION, own, supplies, _values(at, arguments), arguments.get("hass")
    )
