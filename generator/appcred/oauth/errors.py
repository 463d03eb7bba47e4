"""What the `try` statements around a call do with its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from appcred.oauth.code import Module, Used


CLIENT: Final = frozenset({"ClientError", "ClientResponseError"})
_AUTH: Final = frozenset({"OAuth2TokenRequestReauthError", "ConfigEntryAuthFailed"})
_LATER: Final = frozenset(
    {"ConfigEntryNotReady", "UpdateFailed", "PlatformNotReady", "HomeAssistantError"}
)


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
                found.add(dotted(what).rpartition(".")[2])
        return frozenset(found)

    def mentions(self, *words: str) -> bool:
        """Say whether its body has one of the words as a name or an attribute."""
        return any(
            isinstance(node, cst.Name) and node.value in words for node in walk(self.node.body)
        )


def handlers(used: Used) -> Iterator[Handler]:
    """Yield the clauses that an error of a call meets, innermost first, in their order."""
    for guard in reversed(used.call.guards):
        for node in guard.handlers:
            yield Handler(tuple(_names(used.module, node.type)), node, used.module)


def caught(used: Used) -> Iterator[str]:
    """Yield the dotted names of the errors that are caught around a call."""
    for handler in handlers(used):
        yield from handler.names


def taken_for_later(used: Used, kinds: Set[str]) -> Handler | None:
    """Return the clause that turns a refusal into a retry, if it catches one of the kinds."""
    for handler in handlers(used):
        short = handler.short
        if short & _AUTH or handler.mentions("status", *_AUTH):
            return None
        if short & (CLIENT | kinds | {"Exception", "BaseException"}):
            if short & kinds and handler.raises() & _LATER:
                return handler
            return None
    return None


def _names(module: Module, node: cst.BaseExpression | None) -> Iterator[str]:
    if node is None:
        yield "BaseException"
    elif isinstance(node, cst.Tuple):
        for element in node.elements:
            yield from _names(module, element.value)
    elif isinstance(node, (cst.Name, cst.Attribute)):
        name = module.index.resolve(node)
        bound = module.index.constants.get(name)
        if isinstance(bound, cst.Tuple):  # ERRORS = (A, B)
            yield from _names(module, bound)
        else:
            yield name
