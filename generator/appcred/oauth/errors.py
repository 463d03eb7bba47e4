"""What the `try` statements around a call do with its errors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import LEVELS, always_exits, path, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set

    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module, Used


CLIENT: Final = frozenset({"ClientError", "ClientResponseError"})
_REAUTH: Final = "OAuth2TokenRequestReauthError"
AUTH_FAILED: Final = "ConfigEntryAuthFailed"
"""What Home Assistant answers by asking the user to sign in again."""
_AUTH: Final = frozenset({_REAUTH, AUTH_FAILED})
_ASKS: Final = frozenset({"async_start_reauth", "async_start_reauth_if_available"})
LATER: Final = frozenset(
    {"ConfigEntryNotReady", "UpdateFailed", "PlatformNotReady", "HomeAssistantError"}
)
_LOOKS: Final = frozenset({"str", "repr", "type", "isinstance", "getattr"})


class Handler(NamedTuple):
    """An `except` clause around a call: the dotted names it catches, and its node."""

    names: tuple[str, ...]
    node: cst.ExceptHandler
    module: Module

    @property
    def short(self) -> frozenset[str]:
        """The last parts of the names it catches; a bare `except` catches BaseException."""
        return frozenset(name.rpartition(".")[2] for name in self.names)

    def raises(self) -> frozenset[str]:
        """Return the last parts of the names of what its body raises; '' for a bare `raise`."""
        found = set()
        for node in walk(self.node.body, into_functions=False):
            if isinstance(node, cst.Raise):
                what = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
                name = self.module.index.resolve(what) if what is not None else ""
                found.add(name.rpartition(".")[2])
        return frozenset(found)

    def is_passed_on(self) -> bool:
        """Whether its body raises the error that it caught again, in every case or in some."""
        name = dotted(self.node.name.name) if self.node.name is not None else ""
        return any(
            isinstance(node, cst.Raise) and (node.exc is None or dotted(node.exc) == name)
            for node in walk(self.node.body, into_functions=False)
        )

    def mentions(self, *words: str) -> bool:
        """Whether its body has one of the words as a name or an attribute."""
        return any(
            isinstance(node, cst.Name) and node.value in words for node in walk(self.node.body)
        )

    def only_waits(self) -> bool:
        """Whether all that its body comes to, whichever way, is to try again later."""
        if not always_exits(self.node.body) or not self.raises() <= LATER:
            return False
        return all(map(_is_idle, walk(self.node.body)))

    def hands_on(self) -> bool:
        """Whether its body passes the error to a function that may make more of it."""
        name = self.node.name
        error = dotted(name.name) if name is not None else None
        for node in walk(self.node.body):
            if not isinstance(node, cst.Call):
                continue
            if not _is_plain(node) and any(
                dotted(argument.value) == error for argument in node.args
            ):
                return True
        return False


def _is_plain(call: cst.Call) -> bool:
    """Whether a call only looks, logs, or makes an error."""
    called = dotted(call.func).rpartition(".")[2]
    return called in LEVELS or called in _LOOKS or called[:1].isupper()


def _is_idle(node: cst.CSTNode) -> bool:
    """Whether a node in a clause neither leaves it, nor has or leaves anything to be done."""
    if isinstance(node, cst.Call):
        return _is_plain(node)
    if isinstance(node, cst.AssignTarget):
        return isinstance(node.target, cst.Name)
    return not isinstance(node, (cst.Return, cst.Break, cst.Continue))


def enclosing(function: cst.FunctionDef, node: cst.CSTNode) -> tuple[cst.Try, ...]:
    """Return the `try` statements of a function in whose body a node stands, outermost first."""
    way = path(function, node)
    return tuple(
        one for one, inner in pairwise(way) if isinstance(one, cst.Try) and one.body is inner
    )


def handlers(code: OAuthCode, used: Used) -> Iterator[Handler]:
    """Yield the clauses that an error of a call meets, innermost first, in their order."""
    yield from clauses(code, used.module, used.call.guards)


def clauses(code: OAuthCode, module: Module, guards: Sequence[cst.Try]) -> Iterator[Handler]:
    """Yield the clauses of `try` statements, given outermost first, as an error meets them."""
    for guard in reversed(guards):
        for node in guard.handlers:
            yield Handler(tuple(_names(code, module, node.type)), node, module)


def caught(code: OAuthCode, used: Used) -> Iterator[str]:
    """Yield the dotted names of the errors that are caught around a call."""
    for handler in handlers(code, used):
        yield from handler.names


def first_catching(met: Iterable[Handler], kinds: Set[str]) -> Handler | None:
    """Return the first of the clauses that an error meets which catches one of some kinds."""
    return next((handler for handler in met if handler.short & kinds), None)


def taken_for_later(met: Iterable[Handler], kinds: Set[str]) -> Handler | None:
    """Return the clause that turns a refusal into a retry, if it catches one of the kinds.

    `met` are the clauses that the refusal meets, the innermost first.
    """
    for handler in met:
        short = handler.short
        later = handler.raises() & LATER
        if _REAUTH in short and _REAUTH in kinds and later and not handler.raises() & _AUTH:
            return handler
        if short & _AUTH or handler.mentions(*_AUTH, *_ASKS) or handler.hands_on():
            return None
        if handler.mentions("status") and not handler.only_waits():
            return None
        if short & (CLIENT | kinds | {"Exception", "BaseException"}):
            return handler if short & kinds and later else None
    return None


def _names(
    code: OAuthCode, module: Module, node: cst.BaseExpression | None, depth: int = 0
) -> Iterator[str]:
    if node is None:
        yield "BaseException"
    elif isinstance(node, cst.Tuple):
        for element in node.elements:
            yield from _names(code, module, element.value, depth)
    elif isinstance(node, (cst.Name, cst.Attribute)):
        bound = code.value(module, node) if depth < 4 else None
        if bound is not None and isinstance(bound.node, cst.Tuple):  # ERRORS = (A, B)
            yield from _names(code, bound.module, bound.node, depth + 1)
        else:
            yield module.index.resolve(node)
