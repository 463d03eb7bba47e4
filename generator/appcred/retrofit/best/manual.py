"""What a person is told to do with the client of a registration that cannot be migrated.

A registration that is just taken out takes its client with it, and every entry that signs in by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.oauth.registration import Source
from appcred.retrofit.best.key_reads import is_stashed
from appcred.rules.edit import StopError, stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appcred.oauth.registration import Registration

_CALL: Final = (
    "await async_import_client_credential(hass, DOMAIN, ClientCredential(client_id, client_secret)"
)


def importing(registration: Registration) -> str:
    """Say where the client of a registration is imported when that goes."""
    if registration.source in (Source.FORM, Source.ENTRY):
        return (
            "import each entry's client in async_migrate_entry under an auth domain of its "
            "own, and remove its fields from the form and the registration"
        )
    code, domain = registration.domain.module.document.module, registration.domain.node
    place = "in place of the registration"
    if registration.source is Source.CONSTANT:
        place = "in async_setup and in async_step_user, and remove the registration"
    return f"import its client with {_CALL}, {code.code_for_node(domain)}) {place}"


def place(registration: Registration) -> str:
    """Say where an implementation is registered: its file and line."""
    module = registration.module
    return f"{module.path}:{module.document.position(registration.used.call.node).line}"


def one_of_several(registration: Registration, every: Iterable[Registration]) -> StopError:
    """Say what to do about one of several registrations, which is in YAML."""
    if typed_in(every):
        reason = "this client comes from YAML, but others come from the flow"
        todo = f"{importing(registration)}, and run this again"
    else:
        domain = registration.domain.module.document.module.code_for_node(registration.domain.node)
        reason = f"this is one of several implementations; its auth domain is {domain}"
        todo = (
            f"{importing(registration)}, and let async_get_auth_implementation in "
            "application_credentials.py tell the implementations apart by auth_domain"
        )
    return stop(registration.module, registration.used.call.node, reason, todo)


def typed_in(every: Iterable[Registration]) -> bool:
    """Whether any of some clients is typed into the flow, or kept in entries."""
    return any(each.source in (Source.FORM, Source.ENTRY) for each in every)


def unknown_client(registration: Registration, every: Iterable[Registration]) -> StopError:
    """Say what to do about a client that comes from where nothing is known of."""
    value = registration.client_id
    client = value.module.document.module.code_for_node(value.node)
    reason = f"cannot tell where this client comes from: {client}"
    todo = _STASHED if is_stashed(value) else _UNKNOWN
    if typed_in(every):
        reason, todo = f"{reason}; other clients come from the flow", _UNKNOWN_BESIDE
    return stop(registration.module, registration.used.call.node, reason, todo)


_UNKNOWN: Final = (
    "register it with config[DOMAIN][CONF_CLIENT_ID], entry.data[CONF_CLIENT_ID] or a "
    "constant in the call that creates the implementation, and run this again; import a "
    "client from elsewhere by hand, with async_import_client_credential in place of the "
    "registration"
)
_UNKNOWN_BESIDE: Final = (
    "register it with entry.data[CONF_CLIENT_ID] or the input in that call, "
    "and run this again; if it comes from elsewhere, import each entry's client in "
    "async_migrate_entry under an auth domain of its own, and remove its fields from the "
    "form and the registrations"
)
_STASHED: Final = "register it in async_setup with the values of config[DOMAIN], and run this again"
