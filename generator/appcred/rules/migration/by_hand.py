"""What a person is told to do with the client of a registration that cannot be migrated.

A registration that is just taken out takes its client with it, and every entry that signs in by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import ManualWork
from appcred.oauth.registration import Source

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
            "import each entry's client in async_migrate_entry under an auth domain of its own, "
            "take its fields out of the form, and remove the registration"
        )
    code, domain = registration.domain.module.document.module, registration.domain.node
    place = "in the place of the registration"
    if registration.source is Source.CONSTANT:
        place = "in async_setup and in async_step_user, and remove the registration"
    return f"import its client with {_CALL}, {code.code_for_node(domain)}) {place}"


def one_of_several(registration: Registration, every: Iterable[Registration]) -> ManualWork:
    """Say what to do about one of several registrations, which is in YAML."""
    module = registration.module
    line, _ = module.document.position(registration.used.call.node)
    if any(each.source in (Source.FORM, Source.ENTRY) for each in every):
        reason = "this client comes from YAML, beside others from the flow"
        return ManualWork(
            module.path, line, reason, f"{importing(registration)}, and run this again"
        )
    domain = module.document.module.code_for_node(registration.domain.node)
    return ManualWork(
        module.path,
        line,
        f"this is one of several implementations; its auth domain is {domain}",
        f"{importing(registration)}, and let async_get_auth_implementation in "
        "application_credentials.py tell the implementations apart by auth_domain",
    )
