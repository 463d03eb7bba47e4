"""Whether the registrations of an integration make one and the same implementation.

A platform makes one, whoever asks it: what one place registers and another does not would be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.oauth.registration import Kind
from appcred.retrofit.best.manual import place
from appcred.rules.edit import stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.oauth.code import OAuthCode
    from appcred.oauth.registration import Registration, Value
    from appcred.release import Span


def equal(code: OAuthCode, one: Value | None, other: Value | None) -> bool:
    """Whether two expressions, or none, are certainly the same."""
    if one is None or other is None:
        return one is other
    if one.node is other.node:
        return True
    text = code.text(one.module, one.node)
    if text is not None:
        return text == code.text(other.module, other.node)
    if isinstance(one.node, cst.Integer) and isinstance(other.node, cst.Integer):
        return one.node.evaluated_value == other.node.evaluated_value
    bound, there = (code.value(each.module, each.node) for each in (one, other))
    if bound is not None and there is not None and bound.node is there.node:
        return True  # a constant that is worked out
    return _imported(one) is not None and _imported(one) == _imported(other)


def _imported(value: Value) -> str | None:
    """Return the full name of what a name or an attribute of another package means there."""
    name = dotted(value.node)
    origin = value.module.index.imports.get(name.partition(".")[0]) if name else None
    if origin is None or origin.startswith("."):
        return None
    return value.module.index.resolve(value.node)


def refuse_unlike(code: OAuthCode, found: Sequence[Registration]) -> None:
    """Raise StopError where one makes another class than the first, or goes elsewhere."""
    first, *others = found
    where = place(first)
    for other in others:
        call = other.used.call.node
        classes = [each.own_class.node if each.own_class else None for each in (first, other)]
        if classes[0] is not classes[1] or first.kind is not other.kind:
            raise stop(
                other.module,
                call,
                f"another class is registered in {where}, but the platform can use only one",
                "register the same class in both places, and run this again",
            )
        pairs = (
            (first.authorize_url, other.authorize_url),
            (first.token_url, other.token_url),
            (first.verifier_length, other.verifier_length),
        )
        if not all(equal(code, *pair) for pair in pairs):
            raise stop(
                other.module,
                call,
                f"the URLs here may differ from those in {where}, but the platform can use "
                "only one of each",
                "use the same URLs in both places, from the same constants, and run this again",
            )


def refuse_no_secret(found: Registration, span: Span) -> None:
    """Raise StopError where a client without a secret would be sent one that is empty.

    A credential always has a secret, and older releases send it whatever it is.
    """
    plain = found.kind in (Kind.PLAIN, Kind.SUBCLASS)
    if found.client_secret is None and plain and not span.all("pkce"):
        raise stop(
            found.module,
            found.used.call.node,
            "this client has no secret, but before 2025.4 Home Assistant sends the empty "
            "secret of its credential to the vendor",
            "require 2025.4 in hacs.json, or use --target 2025.4, and run this again",
        )
