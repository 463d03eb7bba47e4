"""A client written into the source becomes an imported credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Source, Value, registrations
from appcred.retrofit.best.class_uses import refuse_constructions
from appcred.retrofit.best.classes import apply_conversion, as_plain, conversion
from appcred.retrofit.best.equality import equal, refuse_no_secret, refuse_unlike
from appcred.retrofit.best.manual import importing, place
from appcred.retrofit.best.platform import plain_name, write_platform
from appcred.retrofit.best.registration import remove_factory
from appcred.retrofit.constructor import CLIENT_ID, CLIENT_SECRET, DOMAIN
from appcred.retrofit.steps.client import import_client, refuse_condition
from appcred.retrofit.steps.registration import remove_registrations
from appcred.retrofit.steps.texts import add_dependency, add_flow_texts
from appcred.rules.edit import StopError, stop

if TYPE_CHECKING:
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.registration import Registration
    from appcred.release import Span


def migrate(integration: Integration, span: Span) -> Integration:
    """Import the integration's own client in one function, and let the platform provide it.

    Raises StopError where a registration is not understood, or cannot be done so.
    """
    found = registrations(integration)
    if found.manual:
        raise StopError(found.manual[0])
    code = oauth_code(integration)
    first = found.understood[0]
    for other in found.understood:
        if other.source is not Source.CONSTANT or not _is_same_client(code, first, other):
            raise _different(first, other)
        refuse_condition(other)
    refuse_unlike(code, found.understood)
    refuse_no_secret(first, span)
    plan = conversion(code, first)
    name = plan.name if plan is not None else None
    if name is None:
        name = Value(first.module, None, cst.SimpleString(f'"{plain_name(integration)}"'))
    client = {CLIENT_ID: first.client_id, "name": name}
    if first.client_secret is not None:
        client[CLIENT_SECRET] = first.client_secret
    if code.text(first.domain.module, first.domain.node) != integration.domain:
        client[DOMAIN] = first.domain
    result, _ = write_platform(integration, as_plain(first, plan))
    result = import_client(result, client, span)
    result = remove_registrations(result, span)
    result = remove_factory(result, first)
    refuse_constructions(result, first.own_class)
    result = apply_conversion(result, plan)
    result = add_dependency(result)
    return add_flow_texts(result, span)


def _different(first: Registration, other: Registration) -> StopError:
    return stop(
        other.module,
        other.used.call.node,
        f"another client is registered in {place(first)}",
        "register the same client in both places, from the same constants, and run this "
        f"again; if both are needed, {importing(other)}, under an auth domain of its own, "
        "and let async_get_auth_implementation in application_credentials.py tell them apart "
        "by auth_domain",
    )


def _is_same_client(code: OAuthCode, one: Registration, other: Registration) -> bool:
    """Whether two registrations certainly have the same client and auth domain."""
    pairs = (
        (one.client_id, other.client_id),
        (one.client_secret, other.client_secret),
        (one.domain, other.domain),
    )
    return all(equal(code, *pair) for pair in pairs)
