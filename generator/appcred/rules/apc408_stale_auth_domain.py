"""The auth domain of an import is not the one that entries store.

A config entry finds its credential by the name in its `auth_implementation`: the auth domain that
the credential was imported under, or the integration's domain if none was given. Entries with
another name find no credential, and each of them asks its user to sign in again.

The stored name is known in two cases: a migration or a flow writes a constant into
`auth_implementation`, and no import or registration uses that name; or the same client is still
registered by hand, under the name that its entries store, and they work until that registration is
removed. Code that compares the name and tests are not checked.

No fix is safe: a credential is stored once for each client, and keeps the auth domain it was first
imported under. Pass the old name as `auth_domain` before a release imports it under another;
after that, migrate the entries.

Source: async_get_config_entry_implementation in homeassistant/helpers/config_entry_oauth2_flow.py;
async_import_item in homeassistant/components/application_credentials/__init__.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.walk import names, walk
from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import IMPLEMENTATION_HOOK
from appcred.oauth.importing import IMPORT, credential_imports, stored_as
from appcred.oauth.registration import registrations
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.importing import CredentialImport
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Registration
    from appcred.release import Span

RULE = Rule("APC408", "stale-auth-domain", Severity.ERROR)

_SETUP = """\
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    async_register_implementation,
)


async def async_setup(hass, config):
    client = ClientCredential("our-client", "")
    await async_import_client_credential(hass, "example", client{})
    return True


async def async_migrate_entry(hass, entry):
    {}
"""
_WRITES = """\
data = {**entry.data, "auth_implementation": "device_auth"}
    hass.config_entries.async_update_entry(entry, data=data)
    return True"""
_REGISTERS = """\
made = LocalOAuth2Implementation(hass, "device_auth", "our-client", "", "a", "b")
    async_register_implementation(hass, "example", made)
    return True"""

EXAMPLES = (
    Example({"__init__.py": _SETUP.format(', "device_auth"', _WRITES)}),
    Example({"__init__.py": _SETUP.format("", _WRITES.replace("device_auth", "example"))}),
    Example({"__init__.py": _SETUP.format("", _WRITES)}, at=("__init__.py:18:50",)),
    Example({"__init__.py": _SETUP.format(', "device_auth"', _REGISTERS)}),
    Example({"__init__.py": _SETUP.format("", _REGISTERS)}, at=("__init__.py:13:11",)),
)

_KEY: Final = "auth_implementation"
_CLOUD: Final = "cloud"
"""The name that entries hold whose credential is Home Assistant Cloud's."""


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare the names of imports with those of registrations, and of what code writes."""
    code = oauth_code(integration)
    imports = [
        (each, name)
        for each in credential_imports(integration)
        if (name := stored_as(code, each)) is not None
    ]
    if not imports or _renames(code):
        return
    registered = [
        (each, name)
        for each in registrations(integration).understood
        if (name := code.text(each.domain.module, each.domain.node)) is not None
    ]
    for found, name in imports:
        for other, old in registered:
            if old != name and _same_client(code, found, other):
                yield RULE.at(
                    found.module,
                    found.used.call.node,
                    f"the client is imported as {name}, but its entries store {old} "
                    f"({_place(other.module, other.used.call.node)}); import it as {old}",
                    severity=Severity.WARNING,
                )
    known = len(imports) == len([*code.calls_of(IMPORT)])
    by_hand = registrations(integration)
    if not known or by_hand.manual or len(registered) < len(by_hand.understood):
        return  # one of the others may go by any name
    provided = {name for _, name in (*imports, *registered)} | {_CLOUD}
    first, name = imports[0]
    for written in _stored_names(integration, code):
        if written.name not in provided:
            yield RULE.at(
                written.module,
                written.node,
                f"the entry stores {written.name}, but the credential is imported as {name} "
                f"({_place(first.module, first.used.call.node)}); store {name}",
            )


def _place(module: Module, node: cst.CSTNode) -> str:
    line, _ = module.document.position(node)
    return f"{module.path.name}:{line}"


def _renames(code: OAuthCode) -> bool:
    """Whether implementations go by another name than the auth domain they are made for."""
    if any(code.methods(member, "domain") is not None for member in code.implementations):
        return True
    hook = code.hook(IMPLEMENTATION_HOOK)
    if hook is None:
        return code.provides(IMPLEMENTATION_HOOK)
    params = hook.node.params.params
    used = {name.value for name in names(hook.node.body)}
    return len(params) < 2 or params[1].name.value not in used


def _same_client(code: OAuthCode, found: CredentialImport, other: Registration) -> bool:
    one, two = found.client_id, other.client_id
    text = code.text(one.module, one.node)
    if text is not None:
        return text == code.text(two.module, two.node)
    if isinstance(one.node, cst.Name) and one.function is not two.function:
        return False  # another function's variable
    return one.node.deep_equals(two.node)


class _StoredName(NamedTuple):
    """A name that code writes into an entry as its auth implementation."""

    module: Module
    node: cst.BaseExpression
    name: str


def _stored_names(integration: Integration, code: OAuthCode) -> Iterator[_StoredName]:
    for path, document in integration.modules.items():
        if not document.mentions(_KEY) or (module := code.module(path)) is None:
            continue
        for key, value in _pairs(module.document.module):
            if code.text(module, key) == _KEY:
                name = code.text(module, value)
                if name is not None:
                    yield _StoredName(module, value, name)


def _pairs(tree: cst.Module) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """Yield the keys and values of dictionaries, written out or assigned."""
    for node in walk(tree):
        if isinstance(node, cst.DictElement):
            yield node.key, node.value
        elif isinstance(node, cst.Assign):
            for target in node.targets:
                if isinstance(target.target, cst.Subscript):
                    item = target.target.slice[0].slice
                    if isinstance(item, cst.Index):
                        yield item.value, node.value
