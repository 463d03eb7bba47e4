"""What a retrofit has to know: where implementations are made by hand, from what, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import names, walk
from appcred.finding import ManualWork
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import SESSION
from appcred.oauth.registration import Source as ClientSource
from appcred.oauth.registration import Value, registering_calls, registrations
from appcred.oauth.sources import Origin, evaluator, is_server_of_entry
from appcred.retrofit.constructor import CLIENT_ID, CLIENT_SECRET, DOMAIN, UnknownError, constructor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.sources import Source
    from appcred.retrofit.constructor import Constructor


class Use(StrEnum):
    """What is done with an implementation that is made by hand."""

    REGISTERED = "registered"
    FLOW = "set as flow_impl"
    SESSION = "given to a session"


class Site(NamedTuple):
    """A place that makes an implementation by hand, or hands one on."""

    use: Use
    module: Module
    function: Function
    node: cst.CSTNode
    """The call that registers it, the assignment, or the call of the session."""
    made: Value
    """The implementation, as it is given there."""

    @property
    def line(self) -> int:
        """The line it stands in."""
        return self.module.document.position(self.node).line


@dataclass(frozen=True, eq=False, slots=True)
class Registration:
    """A site that is understood."""

    site: Site
    constructor: Constructor
    client_id: tuple[Source, ...]
    client_secret: tuple[Source, ...]
    """Empty where none is given."""
    domain: str | None
    """The auth domain that entries store, if it is one text."""

    @property
    def origins(self) -> frozenset[Origin]:
        """What the client is taken from."""
        found = {each.origin for each in (*self.client_id, *self.client_secret)}
        if found & {Origin.YAML, Origin.FORM, Origin.ENTRY, Origin.UNKNOWN}:
            found -= {Origin.CONSTANT, Origin.NOTHING}
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an integration's implementations."""

    registrations: tuple[Registration, ...]
    unknown: tuple[ManualWork, ...]
    """The sites that could not be followed."""


def sites(code: OAuthCode) -> Iterator[Site]:
    """Yield the places that register an implementation, set one as `flow_impl`, or use one."""
    for used, position in registering_calls(code):
        argument = used.call.argument("implementation" if position == 2 else "local_impl", position)
        if argument is None or used.call.function is None:
            continue
        made = Value(used.module, used.call.function, argument)
        yield Site(Use.REGISTERED, used.module, used.call.function, used.call.node, made)
    for own in {
        id(each.node): each for flow in code.flows for each in code.own_classes(flow)
    }.values():
        for method in own.node.methods.values():
            for node in walk(method.node.body, into_functions=False):
                if isinstance(node, cst.Assign) and any(
                    dotted(target.target) == "self.flow_impl" for target in node.targets
                ):
                    made = Value(own.module, method, node.value)
                    yield Site(Use.FLOW, own.module, method, node, made)
    for used in code.calls_of(SESSION):
        argument = used.call.argument("implementation", 2)
        if argument is None or used.call.function is None:
            continue
        made = Value(used.module, used.call.function, argument)
        yield Site(Use.SESSION, used.module, used.call.function, used.call.node, made)


def understand(integration: Integration) -> Facts:
    """Return the facts of an integration."""
    code = oauth_code(integration)
    found: list[Registration] = []
    unknown: list[ManualWork] = []
    for site in sites(code):
        try:
            made = constructor(code, site.made)
        except UnknownError as error:
            if site.use is Use.REGISTERED:
                where = error.where
                line = where.module.document.position(where.node).line
                unknown.append(ManualWork(where.module.path, line, str(error), error.todo))
            continue
        found.append(_described(code, site, made))
    return Facts(tuple(found), tuple(unknown))


def has_server_of_entry(integration: Integration) -> bool:
    """Whether each built-in client is registered for a server that an entry or a form names."""
    found = registrations(integration)
    return (
        bool(found.understood)
        and not found.manual
        and all(
            each.source is ClientSource.CONSTANT
            and is_server_of_entry(integration, each.authorize_url, each.token_url)
            for each in found.understood
        )
    )


def other_flow(integration: Integration) -> ManualWork | None:
    """Return the manual work for a config flow that is none of Home Assistant's OAuth2 flows.

    None where no implementation is registered by hand, or the flow can pick one. Of two flows of
    one domain Home Assistant uses the one that is defined last.
    """
    code = oauth_code(integration)
    module = code.module("config_flow")
    if module is None or not code.registers_by_hand:
        return None
    for each in reversed(module.index.classes):
        if any(each.node is flow.node.node for flow in code.flows):
            return None
        bases = [module.index.resolve(base.value) for base in each.node.bases]
        if "homeassistant.config_entries.ConfigFlow" in bases:
            return ManualWork(
                module.path,
                module.document.position(each.node).line,
                f"{each.name} is not one of Home Assistant's OAuth2 flows, so it cannot use an "
                "application credential",
                "derive it from config_entry_oauth2_flow.AbstractOAuth2FlowHandler",
            )
    return None


def _described(code: OAuthCode, site: Site, made: Constructor) -> Registration:
    of = evaluator(code.integration).of
    client_id = made.values.get(CLIENT_ID)
    secret = made.values.get(CLIENT_SECRET)
    domain = made.values.get(DOMAIN)
    return Registration(
        site,
        made,
        of(client_id) if client_id is not None else (),
        of(secret) if secret is not None else (),
        text_of(code, domain) if domain is not None else None,
    )


def text_of(code: OAuthCode, value: Value) -> str | None:
    """Return the one text that a value is."""
    found = {
        code.text(source.value.module, source.value.node)
        for source in evaluator(code.integration).of(value)
        if source.value is not None
    }
    return found.pop() if len(found) == 1 else None


def entry_of(function: Function) -> str | None:
    """Return the parameter of a function that is the config entry, if it has one."""
    for each in function.positional:
        annotation = each.annotation.annotation if each.annotation is not None else None
        word = dotted(annotation.value if isinstance(annotation, cst.Subscript) else annotation)
        if each.name.value in ("entry", "config_entry") or word.endswith("ConfigEntry"):
            return each.name.value
    return None


def is_used(function: Function, name: str, apart: tuple[cst.CSTNode, ...] = ()) -> bool:
    """Whether a local name is read in a function, some nodes aside."""
    skipped = {id(each) for node in apart for each in walk(node)}
    return any(each.value == name and id(each) not in skipped for each in names(function.node.body))
