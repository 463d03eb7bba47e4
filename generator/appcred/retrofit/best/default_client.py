"""A client of the integration's own, for whoever has none in YAML, in an entry or in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.oauth.registration import Source, Value, named, origin
from appcred.oauth.yaml_schema import schema

if TYPE_CHECKING:
    from appcred.oauth.code import OAuthCode


def has_substitute(code: OAuthCode, value: Value) -> bool:
    """Whether a value from YAML, an entry or a form has one of the source behind it."""
    node = named(value.function, value.node)
    other: cst.BaseExpression | None = None
    if isinstance(node, cst.Call) and dotted(node.func).endswith(".get") and len(node.args) > 1:
        other = node.args[1].value
    elif isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
        other = node.right
    if other is None or dotted(other) == "None":
        return False
    substitute = Value(value.module, value.function, other)
    return code.text(value.module, other) != "" and origin(code, substitute) is Source.CONSTANT


def has_default(code: OAuthCode, key: str | None) -> bool:
    """Whether the schema gives a key a value of the integration's own."""
    described = schema(code)
    found = described.key(key) if described is not None and key is not None else None
    call = found.element.key if found is not None else None
    return any(
        argument.keyword is not None
        and argument.keyword.value == "default"
        and code.text(described.module, argument.value) != ""
        and dotted(argument.value) != "None"
        for argument in (call.args if isinstance(call, cst.Call) else ())
        if described is not None
    )
