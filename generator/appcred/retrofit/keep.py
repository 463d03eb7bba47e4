"""A retrofit that follows the client: the integration's own code stays as it is where it can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import contains, returned
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Value, registrations
from appcred.oauth.sources import Origin, evaluator, parameters
from appcred.retrofit.best.entries import Held, migrate_entries
from appcred.retrofit.best.fields import without_fields
from appcred.retrofit.best.key_reads import find_key_reads
from appcred.retrofit.best.other_forms import refuse_other_forms, refuse_unknown_form
from appcred.retrofit.best.pick_step import refuse_picked
from appcred.retrofit.best.platform import plain_name
from appcred.retrofit.best.yaml import migrate as migrate_yaml
from appcred.retrofit.constructor import CLIENT_ID, CLIENT_SECRET, DOMAIN
from appcred.retrofit.decide import Decision, Rung
from appcred.retrofit.steps.client import import_client, refuse_condition
from appcred.retrofit.steps.form import keep_keys, move_reads, reads_of_entry, without_idle
from appcred.retrofit.steps.pick import take_picked
from appcred.retrofit.steps.platform import replaced_server, write_hook
from appcred.retrofit.steps.registration import remove_registrations
from appcred.retrofit.steps.stored_client import store_with_entry
from appcred.retrofit.steps.texts import add_dependency, add_flow_texts
from appcred.retrofit.understand import text_of, understand
from appcred.rules.edit import Edit, StopError, stop
from appcred.rules.texts import with_texts_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.sources import Source
    from appcred.release import Span
    from appcred.retrofit.understand import Facts, Registration

_SIGN_IN: Final = frozenset(
    {
        *("name", "redirect_uri", "extra_authorize_data"),
        *("async_generate_authorize_url", "async_resolve_external_data"),
    }
)
"""The parts of an implementation that a session does not use to renew a token."""

BROUGHT = frozenset({Origin.CONSTANT, Origin.LIBRARY, Origin.NOTHING})
"""The origins of a client that the integration brings along."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What following the client made of an integration."""

    integration: Integration
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = ()


def follow(integration: Integration, span: Span) -> Followed | None:
    """Retrofit an integration by following its client; None where nothing is made by hand.

    Raises StopError with the manual step.
    """
    integration = take_picked(integration)
    facts = understand(integration)
    if facts.unknown:
        raise StopError(facts.unknown[0])
    if not facts.registrations:
        return None
    first = facts.registrations[0]
    if not oauth_code(integration).flows:
        raise stop(
            first.site.module,
            first.site.node,
            "the config flow is not Home Assistant's OAuth2 flow, so it cannot use a credential",
            "derive it from config_entry_oauth2_flow.AbstractOAuth2FlowHandler",
        )
    origins = frozenset().union(*(each.origins for each in facts.registrations))
    if origins <= BROUGHT:
        return _brought(integration, facts, span)
    if origins <= {Origin.FORM, Origin.ENTRY}:
        return _typed_in(integration, facts, span)
    if origins == {Origin.YAML}:
        try:
            return _from_yaml(integration, span)
        except StopError:
            stored = store_with_entry(integration, _client_keys(facts, Origin.YAML))
            if stored is integration:
                raise
            made = _from_yaml(stored, span)
            reason = "hass.data has the client of the entry that was set up last"
            reader = Decision("readers", Rung.KEEP, reason)
            return replace(made, decisions=(*made.decisions, reader))
    raise stop(
        first.site.module,
        first.site.node,
        "cannot tell where this client comes from",
        "write it as config[DOMAIN][CONF_CLIENT_ID], entry.data[CONF_CLIENT_ID] or a constant",
    )


def _brought(integration: Integration, facts: Facts, span: Span) -> Followed:
    """Import a client that the integration brings along."""
    code = oauth_code(integration)
    first = _leading(code, facts)
    for other in facts.registrations:
        if other is not first and not _is_same(code, first, other):
            raise stop(
                other.site.module,
                other.site.node,
                "another client is created here than at "
                f"{first.site.module.path.name}:{first.site.line}",
                "import each of them with async_import_client_credential, under an auth domain of "
                "its own, and let async_get_auth_implementation tell them apart by auth_domain",
            )
    decisions = [_hook_decision(first)]
    decisions += replaced_server(code, first.constructor)
    name, _ = credential_name(code, first)
    client = {CLIENT_ID: _constant(first, CLIENT_ID, first.client_id), "name": name}
    if first.client_secret and not any(
        source.origin is Origin.NOTHING for source in first.client_secret
    ):
        client[CLIENT_SECRET] = _constant(first, CLIENT_SECRET, first.client_secret)
    for known in registrations(integration).understood:
        refuse_condition(known)
    stored = _stored_domain(code, first)
    if text_of(code, stored) != integration.domain:
        client[DOMAIN] = stored
    result = write_hook(integration, first.constructor, span)
    result = import_client(result, client, span)
    result = remove_registrations(result, span)
    decisions.append(
        Decision("client", Rung.BEST, "imported by one function, in async_setup and in the flow")
    )
    result = add_dependency(result)
    return Followed(add_flow_texts(result, span), tuple(decisions))


def _stored_domain(code: OAuthCode, found: Registration) -> Value:
    """Return what entries store: what the class gives as its `domain`, or was created with."""
    own = found.constructor.own
    for each in code.own_classes(own) if own is not None else ():
        method = each.node.methods.get("domain")
        for result in returned(method.node) if method is not None else ():
            if result.value is not None and code.text(each.module, result.value) is not None:
                return Value(each.module, None, result.value)
    return found.constructor.values[DOMAIN]


def _constant(found: Registration, field: str, sources: tuple[Source, ...]) -> Value:
    """Return the expression that gives a constant: as it is written there, or where it is from."""
    value = found.constructor.values[field]
    if len(sources) == 1 and sources[0].value is not None and not sources[0].path:
        from_parameter = value.function is not None and isinstance(value.node, cst.Name)
        return sources[0].value if from_parameter and _is_parameter(value) else value
    return value


def _is_parameter(value: Value) -> bool:
    return (
        value.function is not None
        and isinstance(value.node, cst.Name)
        and value.node.value in parameters(value.function.node)
    )


def _typed_in(integration: Integration, facts: Facts, span: Span) -> Followed:
    """Let each entry's client become a credential of its own, and the form go without it."""
    code = oauth_code(integration)
    first = _leading(code, facts)
    for other in facts.registrations:
        if not _stands_for(code, first, other) or not _has_same_urls(code, first, other):
            raise stop(
                other.site.module,
                other.site.node,
                "another implementation is created here",
                "create the same one in each place",
            )
    entry_keys = _client_keys(facts, Origin.ENTRY)
    form_keys = _client_keys(facts, Origin.FORM)
    held = entry_keys or form_keys
    if not held:
        raise stop(
            first.site.module,
            first.site.node,
            "cannot tell which keys of entries store this client",
            "write it as entry.data[CONF_CLIENT_ID]",
        )
    decisions = [_hook_decision(first)]
    result = write_hook(integration, first.constructor, span)
    refuse_other_forms(code, tuple(held))
    if form_keys:
        refuse_unknown_form(code, tuple(form_keys))
    for each in facts.registrations:
        _refuse_substitute(code, each)
    keep = _is_read_elsewhere(code, facts, tuple(held)) or _is_compared(
        remove_registrations(result, span), held
    )
    # Before the names it needs lose their imports: comments at these would be lost.
    every = Held(client=False, secret=False)
    result = migrate_entries(result, tuple(held), span, every, keep=keep)
    result = remove_registrations(result, span)
    result = move_reads(result, form_keys or entry_keys, keep=keep)
    result = without_fields(with_texts_file(result), tuple(form_keys or entry_keys), keep=keep)
    result = without_idle(integration, result)
    if keep:
        result = keep_keys(result, held)
        decisions.append(
            Decision(
                "readers", Rung.KEEP, "the client stays in the entry, because other code reads it"
            )
        )
    decisions.append(Decision("client", Rung.BEST, "imported by async_migrate_entry"))
    result = refuse_picked(result)
    result = add_dependency(result)
    return Followed(add_flow_texts(result, span), tuple(decisions))


def _from_yaml(integration: Integration, span: Span) -> Followed:
    """Import a client from YAML, and leave the class of its implementation as it is."""
    integration = _with_success(integration)
    facts = understand(integration)
    code = oauth_code(integration)
    first = facts.registrations[0]
    own = first.constructor.own
    name, is_named = credential_name(code, first)
    decisions = [_hook_decision(first)]

    def hook(start: Integration) -> tuple[Integration, Value | None]:
        return write_hook(start, first.constructor, span), name if is_named else None

    keeps = code.has_platform or (
        own is not None and bool(own.node.methods or code.own_classes(own)[1:])
    )
    result = migrate_yaml(integration, span, hook=hook if keeps else None)
    decisions.append(Decision("client", Rung.BEST, "imported in async_setup while it is in YAML"))
    decisions += replaced_server(code, first.constructor)
    return Followed(result, tuple(decisions))


def _with_success(integration: Integration) -> Integration:
    """Let `async_setup` return True where it returned nothing: without YAML it has to succeed."""
    edit = Edit(integration)
    module = edit.code.module("")
    function = module.index.function("async_setup") if module is not None else None
    for each in returned(function.node) if function is not None else ():
        if module is not None and dotted(each.value) in ("", "None"):
            new = cst.Return(cst.Name("True"), cst.SimpleWhitespace(" "))
            edit.replace(module, each, new)
    return edit.done()


def _refuse_substitute(code: OAuthCode, found: Registration) -> None:
    """Raise StopError if a built-in client signs in if the user entered none."""
    for sources in (found.client_id, found.client_secret):
        own = [each for each in sources if each.origin in (Origin.CONSTANT, Origin.LIBRARY)]
        if len(own) < len(sources) and any(
            each.value is None or code.text(each.value.module, each.value.node) != ""
            for each in own
        ):
            raise stop(
                found.site.module,
                found.site.node,
                "a built-in client signs in if the user entered none",
                "import that client with async_import_client_credential, under an auth domain of "
                "its own, and each entry's client in async_migrate_entry",
            )


def _client_keys(facts: Facts, origin: Origin) -> dict[str, str]:
    """Return the attribute of an implementation by the key that an entry, or a form, has it at."""
    found: dict[str, str] = {}
    for each in facts.registrations:
        for name, sources in ((CLIENT_ID, each.client_id), (CLIENT_SECRET, each.client_secret)):
            for source in sources:
                deep = 2 if origin is Origin.YAML else 1  # below the integration's section
                if source.origin is origin and len(source.path) == deep:
                    found.setdefault(source.path[-1], name)
    return found


def _is_read_elsewhere(code: OAuthCode, facts: Facts, keys: tuple[str, ...]) -> bool:
    """Whether code besides the flow, the registrations and the migration reads the client."""
    flows = {flow.module for flow in code.flows}
    made = [each.site.node for each in facts.registrations]
    made += [each.constructor.call for each in facts.registrations]
    return any(
        reading.module not in flows
        and not (not reading.module.name and reading.function.name == "async_migrate_entry")
        and not any(contains(node, reading.node) for node in made)
        for reading in find_key_reads(code, keys)
    )


def _is_compared(integration: Integration, keys: Mapping[str, str]) -> bool:
    """Whether a flow reads the client of entries for more than to sign in with it again."""
    code = oauth_code(integration)
    return any(next(reads_of_entry(code, flow, keys), None) for flow in code.flows)


def _has_same_urls(code: OAuthCode, one: Registration, other: Registration) -> bool:
    """Whether two registrations have the same URLs, as far as these are texts."""
    for name in ("authorize_url", "token_url"):
        values = [each.constructor.values.get(name) for each in (one, other)]
        texts = {text_of(code, value) for value in values if value is not None} - {None}
        if len(texts) > 1:
            return False
    return True


def _leading(code: OAuthCode, facts: Facts) -> Registration:
    """Return the registration whose class can stand for those of all others, else the first."""
    every = facts.registrations
    return next(
        (one for one in every if all(_stands_for(code, one, other) for other in every)), every[0]
    )


def _stands_for(code: OAuthCode, one: Registration, other: Registration) -> bool:
    """Whether an entry of one class works with another: the same, or one made from it.

    What that overrides may only matter while a user signs in.
    """
    own, another = one.constructor.own, other.constructor.own
    same = (own and own.node) is (another and another.node)
    if same or own is None or one.constructor.base != other.constructor.base:
        return same
    above = code.own_classes(own)
    if another is not None:
        nodes = [each.node for each in above]
        if another.node not in nodes:
            return False
        above = above[: nodes.index(another.node)]
    return all(each.node.methods.keys() <= _SIGN_IN for each in above)


def _is_same(code: OAuthCode, one: Registration, other: Registration) -> bool:
    def texts(value: Value | None) -> list[object]:
        if value is None:
            return []
        found: list[object] = []
        for source in evaluator(code.integration).of(value):
            at = source.value
            text = code.text(at.module, at.node) if at is not None else None
            found.append(text if text is not None else _spelled(source.value))
        return found

    if not _stands_for(code, one, other):
        return False
    if not _has_same_urls(code, one, other):
        return False
    return all(
        texts(one.constructor.values.get(key)) == texts(other.constructor.values.get(key))
        for key in (CLIENT_ID, CLIENT_SECRET)
    )


def _spelled(value: Value | None) -> str:
    if value is None:
        return ""
    return value.module.index.resolve(value.node) or cst.Module([]).code_for_node(value.node)


def _hook_decision(found: Registration) -> Decision:
    own = found.constructor.own
    if own is None:
        return Decision("platform", Rung.BEST, "Home Assistant's own implementation")
    line = own.module.document.position(own.node.node).line
    return Decision(
        "platform",
        Rung.KEEP,
        f"the hook creates {own.name} as the integration did",
        own.module.path,
        line,
    )


def credential_name(code: OAuthCode, found: Registration) -> tuple[Value, bool]:
    """Return what the client's credential is called, and whether its class named it so."""
    own = found.constructor.own
    if own is not None:
        method = code.methods(own, "name")
        if method is not None:
            holder = next(m for m in code.own_classes(own) if method in m.node.methods.values())
            for result in returned(method.node):
                if result.value is None:
                    continue
                value = Value(holder.module, method, result.value)
                for source in evaluator(code.integration).of(value):
                    at = source.value
                    text = code.text(at.module, at.node) if at is not None else None
                    if text:
                        return Value(found.site.module, None, cst.SimpleString(_quoted(text))), True
    given = found.constructor.values.get("name")
    named = code.text(given.module, given.node) if given is not None else None
    text = named or plain_name(code.integration)
    return Value(found.site.module, None, cst.SimpleString(_quoted(text))), False


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
