"""A public client in YAML: it has no secret, and is imported with an empty one.

`LocalOAuth2Implementation` takes None for that; an application credential needs some text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import named
from appcred.oauth.yaml import key_of
from appcred.oauth.yaml_schema import key_text, schema
from appcred.retrofit.best.client_statements import taken
from appcred.rules.edit import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.registration import Registration, Value
    from appcred.oauth.yaml import Setup


def with_empty_secret(integration: Integration, registration: Registration) -> Integration:
    """Give a secret that may be left out of YAML an empty text for where it is."""
    secret = registration.client_secret
    if secret is None or secret.function is None:
        return integration
    code = oauth_code(integration)
    node = named(secret.function, secret.node)
    if not isinstance(node, cst.Call) or not dotted(node.func).endswith(".get"):
        return integration
    if len(node.args) > 1 and dotted(node.args[1].value) != "None":
        return integration
    described = schema(code)
    key = key_of(code, secret)
    found = described.key(key) if described is not None and key is not None else None
    if found is not None and found.marker in ("Required", "Inclusive"):
        return integration
    if _looked_for(code, secret, key):
        return integration
    edit = Edit(integration)
    first = node.args[0].with_changes(
        comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")),
        whitespace_after_arg=cst.SimpleWhitespace(""),
    )
    empty = cst.Arg(cst.SimpleString('""'))
    edit.replace(secret.module, node, node.with_changes(args=[first, empty]))
    return edit.done()


def _looked_for(code: OAuthCode, secret: Value, key: str | None) -> bool:
    """Whether the code asks whether there is a secret, before it uses the client."""
    name = secret.node.value if isinstance(secret.node, cst.Name) else None
    body = secret.function.node.body if secret.function is not None else None
    return any(
        (isinstance(each, cst.Name) and each.value == name)
        or (isinstance(each, cst.BaseExpression) and key_text(code, secret.module, each) == key)
        for node in (walk(body) if body is not None else ())
        if isinstance(node, (cst.If, cst.IfExp))
        for each in walk(node.test)
    )


def needed_keys(code: OAuthCode, found: Setup, keys: Sequence[str]) -> list[str]:
    """Return the keys that have to be in YAML for an import: all but a secret that may be empty."""
    empty = {
        one.key
        for node in walk(found.function.node.body)
        if isinstance(node, cst.Call)
        and len(node.args) > 1
        and code.text(found.module, node.args[1].value) == ""
        and (one := taken(code, found, node)) is not None
    }
    return [key for key in keys if key not in empty] or list(keys)
