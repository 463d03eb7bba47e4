"""The other uses of a class of an implementation, which is about to take other arguments.

Such a use is work for a person: what it hands over now would be a TypeError when it runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import contains, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import IMPLEMENTATION_HOOK
from appcred.oauth.names import Member
from appcred.oauth.registration import Kind, registrations
from appcred.rules.edit import StopError, stop, stop_if

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Registration

_HARMLESS: Final = ("isinstance", "issubclass", "cast")
"""What may be handed the class, because it makes nothing of it."""


def refuse_other_uses(code: OAuthCode, registration: Registration, chain: Sequence[Member]) -> None:
    """Raise StopError where a class that a registration makes is made, or built upon, elsewhere.

    `chain` is that class and the own ones it is made from.
    """
    if registration.kind is Kind.PKCE_SUBCLASS and not registration.initialisers:
        return  # it takes what it took
    concerned = [*chain, *_made_from(code, chain)]
    first = chain[0]
    errors = [
        stop(
            each.module,
            each.node.methods["__init__"].node,
            f"{each.name}.__init__ passes arguments that {first.name} will no longer accept",
            f"derive {each.name} from LocalOAuth2Implementation and run this again",
        )
        for each in concerned[len(chain) :]
        if "__init__" in each.node.methods
    ]
    registered = {id(each.constructed.node) for each in registrations(code.integration).understood}
    for module, node, name in _uses(code, concerned):
        if id(node) not in registered and not _in_hook(code, module, node):
            errors.append(_stop(module, node, name))
    stop_if(errors)


def _stop(module: Module, node: cst.CSTNode, name: str) -> StopError:
    return stop(
        module,
        node,
        f"{name} is also used here without a registration, but its arguments become (hass, "
        "auth_domain, credential, authorization_server)",
        "remove this if nothing needs it, write copy.copy(self) if it copies an object, or "
        "use another class here, derived from LocalOAuth2Implementation; then run this again",
    )


def _made_from(code: OAuthCode, chain: Sequence[Member]) -> list[Member]:
    """Return the integration's other classes that are made from one of some."""
    found: list[Member] = []
    words = {each.name for each in chain}
    while True:
        known = {id(each.node) for each in (*chain, *found)}
        more = [
            Member(module, node)
            for module in code.modules_with(_pattern(words))
            for node in module.index.classes
            if id(node) not in known
            and any(
                isinstance(base, Member) and id(base.node) in known
                for base in code.ancestry(Member(module, node), anywhere=True)
            )
        ]
        if not more:
            return found
        found += more
        words = {each.name for each in more}


def _uses(
    code: OAuthCode, concerned: Sequence[Member]
) -> Iterator[tuple[Module, cst.CSTNode, str]]:
    """Yield where one of some classes is made, or handed to what may make it."""
    nodes = {id(each.node): each.name for each in concerned}

    def meant(module: Module, name: str) -> str | None:
        own = code.class_of(module, name, anywhere=True) if name else None
        return nodes.get(id(own.node)) if own is not None else None

    for module in code.modules_with(_pattern(set(nodes.values()))):
        for call in module.index.calls:
            own = nodes.get(id(call.owner)) if call.name == "cls" else None
            name = own or meant(module, call.name)
            if name is not None:
                yield module, call.node, name
            if call.name.rpartition(".")[2] in _HARMLESS:
                continue
            for argument in call.node.args:
                name = meant(module, _named(module, argument.value))
                if name is not None:
                    yield module, argument.value, name
        for owner in module.index.classes:
            name = nodes.get(id(owner))
            for node in walk(owner.node) if name is not None else ():
                if name is not None and isinstance(node, cst.Call) and _makes_its_own(node):
                    yield module, node, name
        for node in walk(module.document.module):
            if isinstance(node, (cst.Assign, cst.AnnAssign)) and node.value is not None:
                name = meant(module, _named(module, node.value))
                if name is not None:
                    yield module, node.value, name


def _makes_its_own(call: cst.Call) -> bool:
    """Whether a call makes another of the class that it stands in: `type(self)(…)`."""
    func = call.func
    if isinstance(func, cst.Call):
        return dotted(func.func) == "type" and [dotted(each.value) for each in func.args] == [
            "self"
        ]
    return dotted(func) == "self.__class__"


def _named(module: Module, node: cst.BaseExpression) -> str:
    return module.index.resolve(node) if dotted(node) else ""


def _pattern(words: set[str]) -> re.Pattern[bytes]:
    return re.compile("|".join(re.escape(word) for word in sorted(words)).encode())


def _in_hook(code: OAuthCode, module: Module, node: cst.CSTNode) -> bool:
    """Whether something is in the hook of the platform, which is judged as a whole."""
    hook = code.hook(IMPLEMENTATION_HOOK)
    return hook is not None and module is code.platform and contains(hook.node, node)


def refuse_constructions(integration: Integration, own: Member | None) -> None:
    """Raise StopError where code besides the platform creates a class that takes a credential.

    To be asked once the registrations are removed.
    """
    code = oauth_code(integration)
    for name in integration.modules if own is not None else ():
        module = code.module(name)
        for call in module.index.calls if module is not None else ():
            if own is None or module is None or module is code.platform:
                continue
            found = code.class_of(module, module.index.resolve(call.node.func), anywhere=True)
            if found is not None and (found.module.name, found.name) == (own.module.name, own.name):
                raise stop(
                    module,
                    call.node,
                    f"{own.name} is created here too, without a credential",
                    "use the implementation of the entry or of the flow here, and run this again",
                )
