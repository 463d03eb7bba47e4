"""Clients typed into the flow become application credentials, each entry with its own.

The whole way, in its steps; and what else knows the client: registrations, and who reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Source, Value, origin, registrations
from appcred.oauth.yaml import key_of
from appcred.retrofit.best.class_uses import refuse_constructions
from appcred.retrofit.best.classes import apply_conversion, as_plain, conversion
from appcred.retrofit.best.default_client import has_substitute
from appcred.retrofit.best.entries import held, migrate_entries
from appcred.retrofit.best.equality import refuse_no_secret, refuse_unlike
from appcred.retrofit.best.fields import without_fields
from appcred.retrofit.best.key_reads import (
    behind,
    find_key_reads,
    holder,
    implementation_before,
    required_key,
)
from appcred.retrofit.best.manual import one_of_several, unknown_client
from appcred.retrofit.best.other_forms import refuse_other_forms, refuse_unknown_form
from appcred.retrofit.best.pick_step import refuse_picked
from appcred.retrofit.best.platform import write_platform
from appcred.retrofit.best.registration import remove_factory
from appcred.retrofit.steps.registration import remove_registrations
from appcred.retrofit.steps.texts import add_dependency, add_flow_texts
from appcred.rules.edit import Edit, StopError, stop, stop_if
from appcred.rules.texts import with_texts_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.registration import Registration
    from appcred.release import Span
    from appcred.retrofit.best.key_reads import KeyRead


def migrate(integration: Integration, span: Span) -> Integration:
    """Return the integration without the form for its client, and its entries migrated.

    Raises StopError where a registration is not understood, or cannot be done so.
    """
    found = registrations(integration)
    stop_if([StopError(work) for work in found.manual])
    code = oauth_code(integration)
    for other in found.understood:
        if other.source in (Source.YAML, Source.LIST):
            raise one_of_several(other, found.understood)
        if other.source not in (Source.FORM, Source.ENTRY):
            raise unknown_client(other, found.understood)
    first = next((r for r in found.understood if r.source is Source.ENTRY), found.understood[0])
    _refuse_substitutes(code, found.understood)
    keys = _entry_keys(code, first)
    refuse_unlike(code, found.understood)
    refuse_no_secret(first, span)
    _refuse_options(code, keys)
    refuse_other_forms(code, keys)
    if any(each.source is Source.FORM for each in found.understood):
        refuse_unknown_form(code, keys)
    every = held(code, first, keys)
    plan = conversion(code, first)
    result, _ = write_platform(integration, as_plain(first, plan))
    # While the names it needs are imported still: comments at their imports would be lost.
    result = migrate_entries(result, keys, span, every)
    result = remove_registrations(result, span)
    result = remove_factory(result, first)
    refuse_constructions(result, first.own_class)
    result = apply_conversion(result, plan)
    result = _from_implementation(result, keys)
    result = refuse_picked(without_fields(with_texts_file(result), keys))
    result = add_dependency(result)
    return add_flow_texts(result, span)


def _entry_keys(code: OAuthCode, found: Registration) -> tuple[str, ...]:
    """Return the keys of an entry's data that hold the id and the secret."""
    if found.source is not Source.ENTRY:
        raise stop(
            found.module,
            found.used.call.node,
            "the client is entered in the flow, but cannot tell where entries store it",
            "if entries store it, register it from entry.data in async_setup_entry and run "
            "this again; if they do not, remove its fields from the form and the "
            "registration: users enter it under Application credentials and sign in again",
        )
    keys = []
    for value in (found.client_id, found.client_secret):
        if value is None or code.text(value.module, value.node) is not None:
            continue
        keys.append(required_key(code, value, "the entry", "entry.data[CONF_CLIENT_ID]"))
    return tuple(keys)


# --- the client's other uses -------------------------------------------------------------------


def _refuse_options(code: OAuthCode, keys: tuple[str, ...]) -> None:
    """Raise StopError if a client may be kept in an entry's options, and not in its data alone."""
    stop_if(
        [
            stop(
                reading.module,
                reading.node,
                (
                    f"{reading.key} is read from the entry's options, in which users may have "
                    "changed it"
                ),
                "remove it from the options flow, move it from the options of each entry "
                "into its data in async_migrate_entry, and run this again",
            )
            for reading in find_key_reads(code, keys)
            if dotted(behind(reading.function, reading.base)).endswith(".options")
        ]
    )


def _refuse_substitutes(code: OAuthCode, found: Sequence[Registration]) -> None:
    """Raise StopError if who types in no client signs in with one of the integration's own."""
    stop_if(
        [
            stop(
                value.module,
                value.node,
                f"without {key_of(code, value) or name} in the form, a built-in client signs in",
                "import that client in async_setup and async_step_user under an auth domain "
                "of its own, import each entry's client in async_migrate_entry by hand, and "
                "remove the fields from the form and the registrations",
            )
            for each in found
            for name, value in (("client_id", each.client_id), ("secret", each.client_secret))
            if value is not None and has_substitute(code, value)
        ]
    )


def _from_implementation(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Let what else reads the client from an entry take it from the implementation."""
    edit = Edit(integration)
    code = edit.code
    attributes = dict(zip(keys, ("client_id", "client_secret"), strict=False))
    flows = {flow.module for flow in code.flows}
    left = []
    for reading in find_key_reads(code, keys):
        if reading.module in flows or _is_migrating(reading) or _is_of_yaml(code, reading):
            continue
        attribute = attributes[reading.key]
        name = implementation_before(reading)
        taken = f"implementation.{attribute}"
        todo = f"take it from the entry's implementation, as {taken}"
        if not dotted(behind(reading.function, reading.base)).endswith("entry.data"):
            reason = "may be read from an entry here, which will no longer store it"
        elif name is None and holder(reading.module, reading.function) is not None:
            reason = "is read from an entry before its implementation is known"
            todo = (
                "remove this if only the registration needs it; otherwise move it below "
                f"async_get_config_entry_implementation and use {taken}"
            )
        elif name is None:
            reason = "is read from an entry where no implementation is available"
            todo = (
                "remove this if only the registration needs it; otherwise pass the entry's "
                "implementation (session.implementation of an OAuth2Session) to this "
                f"function and use {taken}"
            )
        else:
            new = cst.Attribute(cst.Name(name), cst.Name(attribute))
            edit.replace(reading.module, reading.node, new)
            continue
        reason, todo = f"the {attribute} {reason}", f"{todo}; then run this again"
        left.append(stop(reading.module, reading.node, reason, todo))
    stop_if(left)
    return edit.done()


def _is_of_yaml(code: OAuthCode, reading: KeyRead) -> bool:
    """Whether what is read stands in YAML, where a client that is imported may be as well."""
    at = Value(reading.module, reading.function, reading.base)
    return origin(code, at) in (Source.YAML, Source.LIST)


def _is_migrating(reading: KeyRead) -> bool:
    return not reading.module.name and reading.function.name == "async_migrate_entry"
