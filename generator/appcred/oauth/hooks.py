"""The hooks of the platform: whether Home Assistant can call them, and what they make.

A hook may be defined in the platform or imported into it; what it returns is followed by its
imports, through factories and subclasses, and never by the name of a class alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import argument_of, dotted
from appcred.documents.walk import returned, targets, walk
from appcred.oauth.helper import HOOKS, IMPLEMENTATION_HOOK, KINDS, PARAMETERS, SERVER_HOOK
from appcred.oauth.local import candidates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member, Module

_MARK: Final = "homeassistant.core.callback"
"""Sets an attribute on the function and returns it."""
_SUPER: Final = "?.__init__"
_DEEPEST: Final = 5


def hook_site(code: OAuthCode, name: str) -> tuple[Module, Function] | None:
    """Return where a hook is defined: in the platform, or in a module that it imports it from."""
    platform = code.platform
    if platform is None:
        return None
    own = platform.index.function(name)
    if own is not None:
        return platform, own
    located = code.locate(platform, platform.index.imports.get(name, name))
    function = located[0].index.function(located[1]) if located is not None else None
    return (located[0], function) if located is not None and function is not None else None


# --- whether Home Assistant can call them --------------------------------------------------------


def self_parameter(hook: Function) -> cst.Param | None:
    """Return the parameter `self` that a hook begins with, if it does."""
    params = hook.positional
    return params[0] if params and params[0].name.value == "self" else None


def is_plain(code: OAuthCode, module: Module, hook: Function) -> bool:
    """Whether a hook is a function that Home Assistant cannot await."""
    if hook.node.asynchronous is not None:
        return False
    decorators = [module.index.resolve(d.decorator) for d in hook.node.decorators]
    if any(decorator != _MARK for decorator in decorators):
        return False
    return not any(_may_be_awaited(code, module, hook, found) for found in returned(hook.node))


def _may_be_awaited(code: OAuthCode, module: Module, hook: Function, statement: cst.Return) -> bool:
    """Whether a plain function may return a coroutine: a call of something not known."""
    if statement.value is None:
        return False
    found = candidates(code, module, hook, statement.value)
    return found is None or any(_is_awaitable(bound.module, bound.node) for bound in found)


def _is_awaitable(module: Module, value: cst.BaseExpression) -> bool:
    if not isinstance(value, cst.Call):
        return not isinstance(value, (cst.Dict, cst.SimpleString, cst.FormattedString))
    name = module.index.resolve(value.func)
    known = module.index.function(name)
    if known is not None:
        return known.node.asynchronous is not None
    return not name.rpartition(".")[2][:1].isupper()  # a class is not a coroutine function


def takes_other_arguments(hook: Function) -> bool:
    """Whether a hook cannot be called with what Home Assistant passes; `self` apart."""
    if self_parameter(hook) is not None:
        return False
    parameters = hook.node.params
    plain = hook.positional
    least = sum(param.default is None for param in plain)
    most = 99 if isinstance(parameters.star_arg, cst.Param) else len(plain)
    keywords = any(param.default is None for param in parameters.kwonly_params)
    return not least <= len(HOOKS[hook.name]) <= most or keywords


def is_broken(code: OAuthCode, name: str) -> bool:
    """Whether a hook that is there certainly cannot be called."""
    site = hook_site(code, name)
    if site is None:
        return False
    module, hook = site
    if hook.name != name:
        return False
    return (
        self_parameter(hook) is not None
        or is_plain(code, module, hook)
        or takes_other_arguments(hook)
    )


def has_working_hook(code: OAuthCode) -> bool:
    """Whether the platform provides implementations, as far as can be seen."""
    if code.platform is None:
        return code.has_platform  # a file that cannot be parsed may have one
    for name in (IMPLEMENTATION_HOOK, SERVER_HOOK):
        if code.provides(name):
            return not is_broken(code, name)
    return False


def depends_on_credentials(code: OAuthCode) -> bool:
    """Whether Home Assistant asks the platform at all: in core always, else by the manifest."""
    if code.integration.folder.parts[:1] == ("homeassistant",):
        return True
    dependencies = code.integration.manifest.get("dependencies", [])
    return isinstance(dependencies, list) and "application_credentials" in dependencies


_LIKE_A_HOOK: Final = re.compile(r"_?(async_)?get_")
_OTHER: Final = frozenset({"async_get_application_credentials", "async_get_implementations"})
"""Functions of Home Assistant itself, which are taken for hooks."""
_NEAR: Final = 0.78
"""How alike two names are from which on one is taken for a slip of the other, of 1."""


def near_misses(code: OAuthCode) -> Iterator[tuple[Function, str]]:
    """Yield the functions of the platform that are named like a hook, each with that hook.

    Only those that nothing of the integration calls.
    """
    for function in code.platform.index.functions if code.platform is not None else ():
        if function.owner is not None or function.outer is not None or function.name in HOOKS:
            continue
        meant = _meant(function.name)
        if meant is not None and not _is_used(code, function.name):
            yield function, meant


def _meant(name: str) -> str | None:
    """Return the hook that a name is nearly one of."""
    if name in _OTHER:
        return IMPLEMENTATION_HOOK
    if not _LIKE_A_HOOK.match(name):
        return None
    from difflib import SequenceMatcher  # for the rare function that is no hook

    alike = {hook: SequenceMatcher(None, name, hook).ratio() for hook in HOOKS}
    best = max(alike, key=lambda hook: alike[hook])
    return best if alike[best] >= _NEAR else None


def _is_used(code: OAuthCode, name: str) -> bool:
    word = re.compile(rb"\b%b\b" % name.encode())
    modules = code.integration.modules.values()
    return sum(len(word.findall(document.content)) for document in modules) > 1


# --- what the implementation hook makes ----------------------------------------------------------


class Made(NamedTuple):
    """A call that makes what a hook returns."""

    module: Module
    function: Function | None
    """The function that the call stands in: the hook, or a factory."""
    node: cst.Call
    name: str
    """The dotted name of the class, or of a function from elsewhere."""
    member: Member | None
    """The class, where it is the integration's own."""


def made_by_hook(code: OAuthCode) -> tuple[Made, ...]:
    """Return the calls that make the implementations, as far as they can be followed."""
    site = hook_site(code, IMPLEMENTATION_HOOK)
    return () if site is None else tuple(dict.fromkeys(_made(code, *site, 0)))


def _made(code: OAuthCode, module: Module, function: Function, depth: int) -> Iterator[Made]:
    for statement in returned(function.node):
        for bound in candidates(code, module, function, _inner(statement.value)) or ():
            node = _inner(bound.node)
            if not isinstance(node, cst.Call):
                continue
            own = code.called(bound.module, node)
            if own is not None and depth < _DEEPEST:
                yield from _made(code, *own, depth + 1)
                continue
            name = bound.module.index.resolve(node.func)
            member = code.class_of(bound.module, name, anywhere=True)
            yield Made(bound.module, function, node, name, member)


def _inner(node: cst.BaseExpression | None) -> cst.BaseExpression | None:
    return node.expression if isinstance(node, cst.Await) else node


class Passed(NamedTuple):
    """An expression that ends up as the domain of an implementation."""

    module: Module
    function: Function | None
    node: cst.BaseExpression


def domains_of(code: OAuthCode, made: Made) -> Iterator[Passed]:
    """Yield the constants that an implementation has as its domain, in place of the auth domain."""
    if made.member is not None:
        yield from _of_class(code, made.member, made)
    elif made.name in KINDS:
        given = _domain_argument(made.node, KINDS[made.name])
        yield from _constant(code, made.module, made.function, given)


def _of_class(code: OAuthCode, member: Member, made: Made) -> Iterator[Passed]:
    own = code.own_classes(member)
    for each in own:
        if (found := _property(code, each)) is not None:
            yield from found
            return
    kind = code.kind_of(member)
    makers = [each for each in own if "__init__" in each.node.methods]
    if not makers:
        given = _domain_argument(made.node, kind) if kind is not None else None
        yield from _constant(code, made.module, made.function, given)
        return
    each = makers[0]
    maker = each.node.methods["__init__"]
    sets = list(_sets_domain(code, each, maker))
    calls = [c.node for c in each.module.index.calls if c.function is maker and c.name == _SUPER]
    if sets or len(calls) != 1 or len(makers) > 1 or kind is None:
        yield from sets  # what one hands on to another is not gone into
        return
    given = _domain_argument(calls[0], kind)
    names = [param.name.value for param in maker.positional][1:]
    if isinstance(given, cst.Name) and given.value in names:
        outer = argument_of(made.node, given.value, names.index(given.value))
        yield from _constant(code, made.module, made.function, outer)
    else:
        yield from _constant(code, each.module, maker, given)


def _domain_argument(call: cst.Call, kind: str) -> cst.BaseExpression | None:
    name = "auth_domain" if kind == "auth" else "domain"
    return argument_of(call, name, PARAMETERS[kind].index(name))


def _property(code: OAuthCode, member: Member) -> list[Passed] | None:
    """Return the constants of an own `domain`; nothing for one that is none, None without one."""
    method = member.node.methods.get("domain")
    if method is not None:
        values = [found.value for found in returned(method.node)]
        found = [each for value in values for each in _constant(code, member.module, method, value)]
        return found if len(found) == len(values) else []
    if "domain" in member.node.attributes:
        return list(_constant(code, member.module, None, member.node.attributes["domain"]))
    return None


def _sets_domain(code: OAuthCode, member: Member, maker: Function) -> Iterator[Passed]:
    """Yield what an `__init__` sets the domain to by hand, if that is a constant."""
    for node in walk(maker.node.body):
        given = [dotted(target) for target in targets(node)]
        if isinstance(node, (cst.Assign, cst.AnnAssign)) and "self._domain" in given:
            yield from _constant(code, member.module, maker, node.value)


def _constant(
    code: OAuthCode, module: Module, function: Function | None, node: cst.BaseExpression | None
) -> Iterator[Passed]:
    found = candidates(code, module, function, node)
    if node is not None and found and all(code.text(*bound) is not None for bound in found):
        yield Passed(module, function, node)
