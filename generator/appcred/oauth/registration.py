"""The auth implementations that an integration registers by hand, and what each is made of.

A registration is followed from the call that registers it to the class of Home Assistant that is
behind it: through variables, factories, subclasses and their `__init__`, across modules. What each
argument of that class was is kept as the expression that stands in the source and the place it
stands in. One that cannot be followed is manual work, with the reason; nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import contains, names, returned, targets, walk
from appcred.finding import ManualWork
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import AUTH, HELPER, LOCAL, PKCE, PLATFORM
from appcred.oauth.names import Member, Used

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from appcred.documents.python import Class, Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

REGISTER: Final = "async_register_implementation"

_PARAMETERS: Final = {
    LOCAL: ("hass", "domain", "client_id", "client_secret", "authorize_url", "token_url"),
    PKCE: (
        "hass",
        "domain",
        "client_id",
        "authorize_url",
        "token_url",
        "client_secret",
        "code_verifier_length",
    ),
    AUTH: ("hass", "domain", "credential", "authorization_server"),
}
"""What the implementations of helpers/config_entry_oauth2_flow.py and of the credentials platform
take, in their order; the domain goes by the name it has in the first."""

_CREDENTIAL: Final = ("client_id", "client_secret", "name")
_SERVER: Final = ("authorize_url", "token_url")


_WRITTEN_OUT: Final = (
    "create it in the call that registers it, with LocalOAuth2Implementation(hass, DOMAIN, "
    "client_id, client_secret, authorize_url, token_url) or a subclass with the same "
    "arguments, and run this again"
)
_PROVIDED: Final = (
    "import its client with async_import_client_credential (a client from an entry in "
    "async_migrate_entry, under an auth domain of its own), remove the registration, and let "
    "application_credentials.py provide the implementation"
)
"""What to do about one that is not understood, without a platform and with one."""


class Source(StrEnum):
    """Where a client's id and secret come from."""

    YAML = "yaml"
    LIST = "list"
    """One of several in YAML."""
    FORM = "form"
    ENTRY = "entry"
    CONSTANT = "constant"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """Which class of Home Assistant signs in."""

    PLAIN = "plain"
    PKCE = "pkce"
    SUBCLASS = "subclass"
    PKCE_SUBCLASS = "pkce subclass"


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """An expression, and the place whose names it means."""

    module: Module
    function: Function | None
    node: cst.BaseExpression
    given: Mapping[str, Value] = field(default_factory=dict)
    """What the parameters of that function were given, where it was called on the way here."""


class Initialiser(NamedTuple):
    """An `__init__` of a subclass on the way, and what it does besides handing on."""

    owner: Member
    function: Function
    attributes: Mapping[str, Value] | None
    """What it keeps on `self` besides handing on; None if it does more than that."""


@dataclass(frozen=True, eq=False, slots=True)
class Registration:
    """One implementation that is registered by hand."""

    used: Used
    """The call that registers it."""
    function: Function
    """The function that call stands in."""
    constructed: Value
    """The call that makes it."""
    kind: Kind
    own_class: Member | None
    initialisers: tuple[Initialiser, ...]
    factory: tuple[Module, Function] | None
    """The function that makes it, where one does."""
    domain: Value
    """What config entries store as their `auth_implementation`."""
    client_id: Value
    client_secret: Value | None
    """None where the client has none, and where that is what is given for it."""
    authorize_url: Value
    token_url: Value
    source: Source
    verifier_length: Value | None = None

    @property
    def module(self) -> Module:
        """The module it is registered in."""
        return self.used.module


class Registrations(NamedTuple):
    """Every registration of an integration, and those that were not understood."""

    understood: tuple[Registration, ...]
    manual: tuple[ManualWork, ...]

    @property
    def found(self) -> bool:
        """Whether anything is registered by hand."""
        return bool(self.understood or self.manual)


class _NotUnderstoodError(Exception):
    """Why, and what a person can do."""

    def __init__(self, where: Value, reason: str, todo: str) -> None:
        super().__init__(reason)
        self.where, self.reason, self.todo = where, reason, todo


@lru_cache(maxsize=8)
def registrations(integration: Integration) -> Registrations:
    """Return what an integration registers by hand; worked out once for each value."""
    code = oauth_code(integration)
    understood: list[Registration] = []
    manual: list[ManualWork] = []
    for used, argument in registering_calls(code):
        try:
            understood.append(_understand(code, used, argument))
        except _NotUnderstoodError as error:
            module = error.where.module
            line, _ = module.document.position(error.where.node)
            todo = error.todo
            if code.has_platform and todo is _WRITTEN_OUT:
                todo = _PROVIDED
            manual.append(ManualWork(module.path, line, error.reason, todo))
    for module, node in code.handed_on:
        line, _ = module.document.position(node)
        manual.append(
            ManualWork(
                module.path,
                line,
                f"cannot tell what is registered: {dotted(node)} is passed on as a value",
                "call it where the implementation is created, and run this again",
            )
        )
    for used in code.calls.get("async_add_implementation_provider", ()):
        line, _ = used.module.document.position(used.call.node)
        manual.append(
            ManualWork(
                used.module.path,
                line,
                "implementations come from a provider, which Home Assistant asks at each flow",
                "keep the provider, or replace it with application_credentials.py by hand",
            )
        )
    return Registrations(tuple(understood), tuple(manual))


def made_unregistered(code: OAuthCode) -> Iterator[ManualWork]:
    """Yield the places that make an implementation of Home Assistant's where none is registered.

    A flow sets it as its `flow_impl`, and a set-up makes its session with it.
    """
    if code.has_platform or code.registers_by_hand:
        return
    own = {id(member.node) for member in code.implementations if code.is_a(member, LOCAL, PKCE)}
    for module in code.modules:
        for call in module.index.calls:
            made = code.class_of(module, call.name) if call.name else None
            if call.name in (LOCAL, PKCE) or (made is not None and id(made.node) in own):
                line, _ = module.document.position(call.node)
                yield ManualWork(
                    module.path,
                    line,
                    "an implementation is created here and not registered",
                    "register it here with async_register_implementation, continue the flow "
                    "with async_step_pick_implementation, get the implementation of an entry "
                    "from async_get_config_entry_implementation, and run this again",
                )


def registering_calls(code: OAuthCode) -> Iterator[tuple[Used, int]]:
    """Yield the calls that register, each with the position of the implementation in it.

    Home Assistant's function takes the domain before it; the flow handler's class method does not.
    """
    for used in code.calls.get(REGISTER, ()):
        name = used.call.name
        if name == f"{HELPER}.{REGISTER}":
            yield used, 1 if is_without_domain(used) else 2
            continue
        head, dot, _ = name.rpartition(".")
        owner = used.call.owner
        flow_names = {"self", "cls"} if owner is not None else set()
        if owner is not None and head in flow_names:
            member = Member(used.module, owner)
            if code.methods(member, REGISTER) is not None:
                continue  # a method of its own, whose body registers
        if dot and (head in flow_names or any(_is(code, used, head, flow) for flow in code.flows)):
            yield used, 1
            continue
        found = code.locate(used.module, name)
        if found is not None and found[0].index.function(found[1]) is not None:
            continue  # a helper of its own, whose body registers


def is_without_domain(used: Used) -> bool:
    """Whether a call of Home Assistant's function lacks the domain, which is a TypeError."""
    arguments = used.call.node.args
    given = {each.keyword.value for each in arguments if each.keyword is not None}
    plain = [each for each in arguments if each.keyword is None]
    return (
        not any(each.star for each in arguments)
        and "domain" not in given
        and len(plain) == 2
        and "implementation" not in given
    )


def _is(code: OAuthCode, used: Used, name: str, flow: Member) -> bool:
    found = code.class_of(used.module, name)
    return found is not None and found.node is flow.node


def _understand(code: OAuthCode, used: Used, position: int) -> Registration:
    function = used.call.function
    here = Value(used.module, function, used.call.node)
    if function is None:
        raise _NotUnderstoodError(
            here,
            "an implementation is registered outside a function",
            "register it in async_setup, and run this again",
        )
    keyword = "implementation" if position == 2 else "local_impl"
    argument = used.call.argument(keyword, position)
    if argument is None and position == 2 and len(used.call.node.args) == 2:
        argument = used.call.argument(keyword, 1)  # without its domain, which fails when it runs
    if argument is None:
        raise _NotUnderstoodError(
            here,
            "cannot read the arguments of this registration",
            _WRITTEN_OUT,
        )
    if isinstance(argument, cst.Name):
        argument = _just_before(function, argument.value, used.call.node) or argument
    made = _construct(code, Value(used.module, function, argument))
    values = made.values
    missing = [name for name in ("domain", "client_id", *_SERVER) if name not in values]
    if missing:
        raise _NotUnderstoodError(
            made.call,
            f"cannot read {', '.join(missing)} of this implementation",
            _WRITTEN_OUT,
        )
    secret = values.get("client_secret")
    if secret is not None and dotted(secret.node) == "None":
        secret = None
    source = origin(code, values["client_id"])
    if secret is not None:
        other = origin(code, secret)
        if source is Source.CONSTANT:
            source = other
        elif other not in (source, Source.CONSTANT):
            source = Source.UNKNOWN
    own = made.own_class
    if made.base == PKCE:
        kind = Kind.PKCE if own is None else Kind.PKCE_SUBCLASS
    else:
        kind = Kind.PLAIN if own is None else Kind.SUBCLASS
    return Registration(
        used,
        function,
        made.call,
        kind,
        own,
        tuple(made.initialisers),
        made.factory,
        values["domain"],
        values["client_id"],
        secret,
        values["authorize_url"],
        values["token_url"],
        source,
        values.get("code_verifier_length"),
    )


# --- from an expression to Home Assistant's class ----------------------------------------------


@dataclass(slots=True)
class _Made:
    base: str
    call: Value
    values: dict[str, Value]
    own_class: Member | None = None
    initialisers: list[Initialiser] = field(default_factory=list)
    factory: tuple[Module, Function] | None = None


def _construct(code: OAuthCode, value: Value) -> _Made:
    """Follow an implementation to the call that makes it, and that to Home Assistant's class."""
    factory: tuple[Module, Function] | None = None
    given: dict[str, Value] = {}
    for _ in range(8):
        node = value.node
        if isinstance(node, cst.Name):
            bound = _assigned(value.function, node.value)
            if bound is None:
                break
            value = Value(value.module, value.function, bound)
            continue
        if not isinstance(node, cst.Call):
            break
        name = value.module.index.resolve(node.func)
        if name in _PARAMETERS:
            values = _arguments(value, node, _PARAMETERS[name], given)
            return _Made(name, value, _opened(code, values), factory=factory)
        own = code.class_of(value.module, name)
        if own is not None:
            made = _of_class(code, own, value, node, given)
            made.factory = factory
            return made
        found = code.locate(value.module, name)
        maker = found[0].index.function(found[1]) if found is not None else None
        if found is None or maker is None:
            break
        results = [each.value for each in returned(maker.node) if each.value is not None]
        if len(results) != 1 or factory is not None:
            break
        handed = _arguments(value, node, _parameters(maker.node), given)
        given = {**_defaults(found[0], maker.node), **handed}
        factory = (found[0], maker)
        value = Value(found[0], maker, results[0])
    missing = (
        code.missing_name(value.module, value.node) if isinstance(value.node, cst.Call) else None
    )
    if missing is not None:
        raise _NotUnderstoodError(value, missing, "import or define this class, and run this again")
    raise _NotUnderstoodError(
        value,
        "cannot tell how this implementation is created",
        _WRITTEN_OUT,
    )


def _of_class(
    code: OAuthCode, own: Member, value: Value, call: cst.Call, given: Mapping[str, Value]
) -> _Made:
    base = next((b for b in code.ancestry(own) if isinstance(b, str) and b in _PARAMETERS), None)
    if base is None:
        raise _NotUnderstoodError(
            value,
            f"{own.name} is not derived from LocalOAuth2Implementation",
            "derive it from LocalOAuth2Implementation and run this again; if that is not "
            "possible, return it from async_get_auth_implementation in "
            "application_credentials.py, and import its client with "
            "async_import_client_credential in place of the registration",
        )
    made = _Made(base, value, {}, own)
    chain = [m for m in (own, *code.ancestry(own)) if not isinstance(m, str)]
    arguments, at = call, value
    for member in chain:
        init = member.node.methods.get("__init__")
        if init is None:
            continue
        handed = _arguments(at, arguments, _parameters(init.node)[1:], given)
        given = {**_defaults(member.module, init.node), **handed}
        onward = onward_call(code, member, init)
        if onward is None:
            raise _NotUnderstoodError(
                Value(member.module, init, cst.ensure_type(init.node.name, cst.Name)),
                f"cannot tell what {member.name}.__init__ does with its arguments",
                "call super().__init__ there once, with (hass, domain, client_id, client_secret, "
                "authorize_url, token_url), and run this again",
            )
        made.initialisers.append(Initialiser(member, init, _kept(member, init, given)))
        arguments, at = onward, Value(member.module, init, onward)
    made.values = _opened(code, _arguments(at, arguments, _PARAMETERS[base], given))
    return made


def _arguments(
    at: Value, call: cst.Call, parameters: Sequence[str], given: Mapping[str, Value]
) -> dict[str, Value]:
    """Return a call's arguments by parameter; a bare parameter of the caller becomes its value."""
    found: dict[str, Value] = {}
    position = 0
    for argument in call.args:
        if argument.star:
            raise _NotUnderstoodError(
                at,
                "cannot read the arguments of this implementation",
                _WRITTEN_OUT,
            )
        if argument.keyword is not None:
            name = argument.keyword.value
        elif position < len(parameters):
            name = parameters[position]
            position += 1
        else:
            continue
        if name == "auth_domain" and parameters is _PARAMETERS[AUTH]:
            name = "domain"
        node = argument.value
        known = given.get(node.value) if isinstance(node, cst.Name) else None
        found[name] = known or Value(at.module, at.function, node, given)
    return found


def _opened(code: OAuthCode, values: dict[str, Value]) -> dict[str, Value]:
    """Look into a `ClientCredential` and an `AuthorizationServer`, where those were given."""
    for name, parameters in (("credential", _CREDENTIAL), ("authorization_server", _SERVER)):
        value = values.pop(name, None)
        if value is None:
            continue
        if isinstance(value.node, cst.Name):
            local = _assigned(value.function, value.node.value)
            if local is not None:
                value = Value(value.module, value.function, local)
        bound = code.value(value.module, value.node)
        if bound is not None:
            value = Value(bound.module, value.function, bound.node)
        if isinstance(value.node, cst.Call):
            resolved = value.module.index.resolve(value.node.func)
            if resolved in (f"{PLATFORM}.ClientCredential", f"{PLATFORM}.AuthorizationServer"):
                values |= _arguments(value, value.node, parameters, {})
    return values


def _parameters(function: cst.FunctionDef) -> list[str]:
    plain = [*function.params.posonly_params, *function.params.params]
    return [parameter.name.value for parameter in plain]


def _defaults(module: Module, function: cst.FunctionDef) -> dict[str, Value]:
    """Return what a function's parameters are where its caller says nothing."""
    every = (*function.params.params, *function.params.kwonly_params)
    return {
        parameter.name.value: Value(module, None, parameter.default)
        for parameter in every
        if parameter.default is not None
    }


def super_call(function: cst.FunctionDef) -> cst.Call | None:
    """Return the call of the base's `__init__`, if there is exactly one."""
    found = [
        node
        for node in walk(function.body, into_functions=False)
        if isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "__init__"
        and isinstance(node.func.value, cst.Call)
        and dotted(node.func.value.func) == "super"
    ]
    return found[0] if len(found) == 1 else None


def onward_call(code: OAuthCode, member: Member, init: Function) -> cst.Call | None:
    """Return the call of the base's `__init__`; made up where one does all the work of it itself.

    Its arguments are nodes of the code in either case.
    """
    found = super_call(init.node)
    if found is not None or next(code.ancestry(member), None) != LOCAL:
        return found
    given = {
        dotted(target.target).removeprefix("self."): small.value
        for line in init.node.body.body
        if isinstance(line, cst.SimpleStatementLine)
        for small in line.body
        if isinstance(small, cst.Assign)
        for target in small.targets
    }
    names = {each: "_domain" if each == "domain" else each for each in _PARAMETERS[LOCAL]}
    if not given.keys() >= set(names.values()):
        return None
    arguments = [cst.Arg(given[own], cst.Name(name)) for name, own in names.items()]
    return cst.Call(cst.Name("__init__"), arguments)


def _kept(member: Member, init: Function, given: Mapping[str, Value]) -> dict[str, Value] | None:
    """Return what an `__init__` keeps on `self`, None if it does more than that and hand on."""
    kept: dict[str, Value] = {}
    handing_on = super_call(init.node)
    for statement in init.node.body.body:
        if is_docstring(statement):
            continue
        if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
            return None
        small = statement.body[0]
        if isinstance(small, cst.Expr) and small.value is handing_on:
            continue
        if isinstance(small, cst.Assign) and len(small.targets) == 1:
            target, node = small.targets[0].target, small.value
        elif isinstance(small, cst.AnnAssign) and small.value is not None:
            target, node = small.target, small.value
        else:
            return None
        name = dotted(target)
        if not name.startswith("self.") or name.count(".") > 1:
            return None
        known = given.get(node.value) if isinstance(node, cst.Name) else None
        kept[name.removeprefix("self.")] = known or Value(member.module, init, node)
    return kept


def is_docstring(statement: cst.CSTNode) -> bool:
    """Whether a statement is nothing but a string."""
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and len(statement.body) == 1
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )


# --- where a value comes from ------------------------------------------------------------------


def origin(code: OAuthCode, value: Value, depth: int = 0) -> Source:
    """Return where a value comes from, UNKNOWN unless that is certain."""
    node = value.node
    if depth > 12:
        return Source.UNKNOWN
    if code.text(value.module, node) is not None or _is_computed(code, value):
        return Source.CONSTANT
    if isinstance(node, cst.Await):
        return Source.UNKNOWN
    if isinstance(node, cst.Subscript):
        return _of_base(code, value, node.value, depth)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        if node.func.attr.value in ("get", "pop", "strip", "copy"):
            return _of_base(code, value, node.func.value, depth)
        return Source.ENTRY if node.func.attr.value in _ENTRY_GETTERS else Source.UNKNOWN
    if isinstance(node, cst.Call) and dotted(node.func) == "dict" and len(node.args) == 1:
        return _of_base(code, value, node.args[0].value, depth)
    if isinstance(node, cst.Attribute):
        if dotted(node.value) == "self" and value.function is not None:
            return _of_attribute(code, value, node.attr.value, depth)
        return _of_base(code, value, node.value, depth)
    if isinstance(node, cst.NamedExpr):
        return _of_base(code, value, node.value, depth)
    if isinstance(node, cst.BooleanOperation):  # config.get(DOMAIN) or {}
        return _of_base(code, value, node.left, depth)
    if isinstance(node, cst.Name) and node.value in value.given:
        return origin(code, value.given[node.value], depth + 1)
    if isinstance(node, cst.Name) and value.function is not None:
        return _of_name(code, value, node.value, depth)
    return Source.UNKNOWN


def _is_computed(code: OAuthCode, value: Value) -> bool:
    """Whether a name is one at module level, for what is worked out there once."""
    node, function = value.node, value.function
    while function is not None and isinstance(node, cst.Name):
        if node.value in _parameters(function.node) or assignments(function.node, node.value):
            return False
        function = function.outer
    bound = code.value(value.module, node)
    computed = (cst.Call, cst.Subscript, cst.BinaryOperation, cst.FormattedString)
    return bound is not None and bound.node is not node and isinstance(bound.node, computed)


def _of_base(code: OAuthCode, value: Value, base: cst.BaseExpression, depth: int) -> Source:
    found = origin(code, Value(value.module, value.function, base, value.given), depth + 1)
    return Source.UNKNOWN if found is Source.CONSTANT else found


def _of_name(code: OAuthCode, value: Value, name: str, depth: int) -> Source:
    function = value.function
    while function is not None:
        bound = _assigned(function, name)
        if bound is not None:
            return origin(code, Value(value.module, function, bound), depth + 1)
        loop = _looped(function, name)
        if loop is not None:
            found = origin(code, Value(value.module, function, loop), depth + 1)
            return Source.LIST if found is Source.YAML else Source.UNKNOWN
        if name in _parameters(function.node):
            return _of_parameter(code, value.module, function, name, depth)
        function = function.outer
    return Source.UNKNOWN


_ENTRY_GETTERS: Final = frozenset(
    {"_get_reauth_entry", "_get_reconfigure_entry", "async_get_entry", "async_get_known_entry"}
)
_ENTRY_FUNCTIONS: Final = frozenset(
    {"async_setup_entry", "async_migrate_entry", "async_unload_entry", "async_remove_entry"}
)


def _of_parameter(
    code: OAuthCode, module: Module, function: Function, name: str, depth: int
) -> Source:
    position = _parameters(function.node).index(name)
    if function.owner is not None:
        in_flow = any(flow.node is function.owner for flow in code.flows)
        return (
            Source.FORM if in_flow and function.name.startswith("async_step_") else Source.UNKNOWN
        )
    if not module.name and function.outer is None and position == 1:
        if function.name in ("async_setup", "setup"):
            return Source.YAML
        if function.name in _ENTRY_FUNCTIONS:
            return Source.ENTRY
    sources = set()
    for caller in calls_of_own(code, module, function):
        argument = caller.call.argument(name, position)
        if argument is None:
            return Source.UNKNOWN
        at = Value(caller.module, caller.call.function, argument)
        sources.add(origin(code, at, depth + 1))
    return sources.pop() if len(sources) == 1 else Source.UNKNOWN


def _of_attribute(code: OAuthCode, value: Value, name: str, depth: int) -> Source:
    """Return where an attribute of `self` comes from: all that any method assigns to it."""
    function = value.function
    while function is not None and function.owner is None:
        function = function.outer
    if function is None or function.owner is None:
        return Source.UNKNOWN
    owner: Class = function.owner
    sources = set()
    for method in owner.methods.values():
        for node in walk(method.node):
            if not isinstance(node, (cst.Assign, cst.AnnAssign)) or node.value is None:
                continue
            assigned = node.value
            if f"self.{name}" not in map(dotted, targets(node)) or dotted(assigned) == "None":
                continue
            if isinstance(assigned, cst.Dict) and not assigned.elements:
                continue
            sources.add(origin(code, Value(value.module, method, assigned), depth + 1))
    sources.discard(Source.CONSTANT)
    if sources == {Source.FORM, Source.ENTRY}:
        return Source.FORM  # what was typed in once, for a renewed sign-in
    return sources.pop() if len(sources) == 1 else Source.UNKNOWN


def calls_of_own(code: OAuthCode, module: Module, function: Function) -> Iterator[Used]:
    """Yield the calls of a module-level function of the integration, in any of its modules."""
    for name, document in code.integration.modules.items():
        other = code.module(name) if document.mentions(function.name) else None
        for call in other.index.calls if other is not None else ():
            if other is None or call.name.rpartition(".")[2] != function.name:
                continue
            if code.locate(other, call.name) == (module, function.name):
                yield Used(other, call)


def assignments(function: cst.FunctionDef, name: str) -> list[cst.BaseExpression]:
    """Return what is assigned to a local name in a function, walrus included."""
    return list(_bindings(function).get(name, ()))


def named(function: Function | None, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return what a local name stands for, if it is given one value; of anything else itself."""
    if function is None or not isinstance(node, cst.Name):
        return node
    bound = assignments(function.node, node.value)
    return bound[0] if len(bound) == 1 else node


@lru_cache(maxsize=256)
def _bindings(function: cst.FunctionDef) -> dict[str, list[cst.BaseExpression]]:
    """Return what is assigned to each local name: one pass, for many names are asked for."""
    found: dict[str, list[cst.BaseExpression]] = {}
    for node in walk(function.body, into_functions=False):
        if isinstance(node, cst.Assign):
            for name, value in _given(node):
                found.setdefault(name, []).append(value)
        elif isinstance(node, (cst.AnnAssign, cst.NamedExpr)):
            if node.value is not None:
                found.setdefault(dotted(node.target), []).append(node.value)
        elif isinstance(node, cst.AugAssign):
            found.setdefault(dotted(node.target), []).extend([node.value, node.value])  # not one
    return found


def _given(node: cst.Assign) -> set[tuple[str, cst.BaseExpression]]:
    """Return what an assignment gives to which name, for `a, b = 1, 2` too."""
    found: set[tuple[str, cst.BaseExpression]] = set()
    value = node.value
    for each in node.targets:
        target = each.target
        if not isinstance(target, (cst.Tuple, cst.List)):
            found.add((dotted(target), value))
        elif isinstance(value, (cst.Tuple, cst.List)):
            pairs = list(zip(target.elements, value.elements, strict=False))
            elements = [element for pair in pairs for element in pair]
            alike = len(target.elements) == len(value.elements)
            if alike and all(isinstance(element, cst.Element) for element in elements):
                found |= {(dotted(name.value), given.value) for name, given in pairs}
    return found


def _assigned(function: Function | None, name: str) -> cst.BaseExpression | None:
    """Return the one value of a local name; two equal ones count as one."""
    if function is None:
        return None
    found = assignments(function.node, name)
    if not found or any(not each.deep_equals(found[0]) for each in found[1:]):
        return None
    return found[0]


def _just_before(function: Function, name: str, node: cst.CSTNode) -> cst.BaseExpression | None:
    """Return what a name was given last in the very block that a node stands in.

    That is what it means there, whatever it is given elsewhere: in the `try` of an `except`, say.
    """
    for block in walk(function.node, into_functions=False):
        if not isinstance(block, cst.IndentedBlock):
            continue
        for position, statement in enumerate(block.body):
            if not isinstance(statement, cst.SimpleStatementLine) or not contains(statement, node):
                continue
            for earlier in reversed(block.body[:position]):
                bound = _bound_by(earlier, name)
                if bound is not None or _may_bind(earlier, name):
                    return bound
    return None


def _bound_by(statement: cst.BaseStatement, name: str) -> cst.BaseExpression | None:
    """Return what a statement assigns to a name, if it does that and nothing else."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        return small.value if dotted(small.targets[0].target) == name else None
    if isinstance(small, cst.AnnAssign) and dotted(small.target) == name:
        return small.value
    return None


def _may_bind(statement: cst.CSTNode, name: str) -> bool:
    """Whether a statement, or one in it, gives a value to a name."""
    kinds = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For, cst.CompFor)
    return any(
        (isinstance(node, kinds) and name in {n.value for n in names(node.target)})
        or (isinstance(node, cst.AsName) and name in {n.value for n in names(node)})
        for node in walk(statement, into_functions=False)
    )


def _looped(function: Function, name: str) -> cst.BaseExpression | None:
    """Return what a local name iterates over."""
    loops = [
        node.iter
        for node in walk(function.node.body, into_functions=False)
        if isinstance(node, cst.For) and name in {n.value for n in names(node.target)}
    ]
    return loops[0] if len(loops) == 1 else None
