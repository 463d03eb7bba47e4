"""The credentials that an integration imports, and where each comes from."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.oauth.code import oauth_code
from appcred.oauth.helper import PLATFORM
from appcred.oauth.registration import Source, Value, named, origin

if TYPE_CHECKING:
    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module, Used

IMPORT: Final = f"{PLATFORM}.async_import_client_credential"
CREDENTIAL: Final = f"{PLATFORM}.ClientCredential"


class CredentialImport(NamedTuple):
    """One call of `async_import_client_credential` whose credential is written out."""

    used: Used
    function: Function
    client_id: Value
    client_secret: Value | None
    auth_domain: Value | None
    """None where it is left to be the domain."""
    source: Source

    @property
    def module(self) -> Module:
        """The module it stands in."""
        return self.used.module


@lru_cache(maxsize=8)
def credential_imports(integration: Integration) -> tuple[CredentialImport, ...]:
    """Return the imports that are understood; worked out once for each value."""
    code = oauth_code(integration)
    found = (_understand(code, used) for used in code.calls_of(IMPORT))
    return tuple(each for each in found if each is not None)


def stored_as(code: OAuthCode, found: CredentialImport) -> str | None:
    """Return the auth domain that a credential is stored under, if that is certain."""
    if found.auth_domain is None:
        return code.text(found.module, found.used.call.argument("domain", 1))
    return code.text(found.module, found.auth_domain.node)


def _understand(code: OAuthCode, used: Used) -> CredentialImport | None:
    function = used.call.function
    node = used.call.argument("credential", 2)
    if function is None or node is None:
        return None
    node = named(function, node)
    if not isinstance(node, cst.Call) or used.module.index.resolve(node.func) != CREDENTIAL:
        return None
    values: dict[str, Value] = {}
    for position, argument in enumerate(node.args):
        names = ("client_id", "client_secret", "name")
        if argument.star or (argument.keyword is None and position >= len(names)):
            return None
        name = argument.keyword.value if argument.keyword is not None else names[position]
        values[name] = Value(used.module, function, argument.value)
    if "client_id" not in values:
        return None
    domain = used.call.argument("auth_domain", 3)
    return CredentialImport(
        used,
        function,
        values["client_id"],
        values.get("client_secret"),
        Value(used.module, function, domain) if domain is not None else None,
        origin(code, values["client_id"]),
    )
