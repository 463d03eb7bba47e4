"""Two clients are imported under one auth domain.

Home Assistant looks credentials up by their auth domain. If two have the same one, the last wins:
entries that signed in with the first client then refresh their tokens with the second, which the
vendor refuses.

No fix is safe: entries store the auth domain, and only a person knows which of them belongs to
which client. Give each client its own `auth_domain`, and write it into the entries that use it.

Source: async_client_credentials in homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.walk import exclude_each_other, names, path, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import CredentialImport, credential_imports, stored_as
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC409", "shared-auth-domain", Severity.ERROR)

_IMPORTS = """\
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)


async def async_setup(hass, config):
    await async_import_client_credential(hass, "example", ClientCredential("one", ""))
    await async_import_client_credential(hass, "example", ClientCredential("{}", ""){})
    for name, client in config["example"].items():
        await async_import_client_credential(
            hass, "example", ClientCredential(client["id"], client["secret"]), {}
        )
    return True
"""

EXAMPLES = (
    Example({"__init__.py": _IMPORTS.format("two", ', "second"', "name")}),
    Example({"__init__.py": _IMPORTS.format("one", "", "name")}),
    Example({"__init__.py": _IMPORTS.format("two", "", "name")}, at=("__init__.py:9:11",)),
    Example({"__init__.py": _IMPORTS.format("one", "", '"all"')}, at=("__init__.py:11:15",)),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare the imports that are written out."""
    code = oauth_code(integration)
    clients: dict[str, list[tuple[str, CredentialImport]]] = {}
    for found in credential_imports(integration):
        domain = stored_as(code, found)
        if domain is not None and _loops_over_clients(found):
            yield RULE.at(
                found.module,
                found.used.call.node,
                f"every client of this loop gets the auth domain {domain}, so the last one wins; "
                "give "
                "each its own",
            )
            continue
        client = code.text(found.module, found.client_id.node)
        if domain is None or client is None:
            continue
        others = clients.setdefault(domain, [])
        if any(other != client and not _either(first, found) for other, first in others):
            yield RULE.at(
                found.module,
                found.used.call.node,
                f"another client has the auth domain {domain} too, so the last one wins; give "
                "each its "
                "own",
            )
        others.append((client, found))


def _either(first: CredentialImport, second: CredentialImport) -> bool:
    """Whether only one of two imports is made, in whichever branch."""
    function = first.function.node
    if second.function.node is not function:
        return False
    return exclude_each_other(
        path(function, first.used.call.node), path(function, second.used.call.node)
    )


def _loops_over_clients(found: CredentialImport) -> bool:
    """Whether the client, unlike its auth domain, is another one in each round of a loop."""
    for node in walk(found.function.node.body, into_functions=False):
        if isinstance(node, cst.For) and any(
            each is found.used.call.node for each in walk(node.body)
        ):
            own = {name.value for name in names(node.target)}
            return any(name.value in own for name in names(found.client_id.node))
    return False
