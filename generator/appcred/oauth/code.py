"""What there is of OAuth2 in an integration: its platform, flows, implementations, calls."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.walk import walk
from appcred.oauth.helper import (
    AUTH,
    FLOW_HANDLER,
    HELPER,
    IMPLEMENTATION,
    KINDS,
    LOCAL,
    PARAMETERS,
    PKCE,
    PLATFORM,
    SESSION,
)
from appcred.oauth.names import IntegrationCode, Member, Module, Used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Call, Function
    from appcred.integration import Integration

_REGISTERING: Final = ("async_register_implementation", "async_add_implementation_provider")


class Construction(NamedTuple):
    """A call that makes an auth implementation; `kind` is `local`, `pkce` or `auth`."""

    module: Module
    call: Call
    kind: str

    def argument(self, name: str) -> cst.BaseExpression | None:
        """Return the argument for a parameter of the class's `__init__`."""
        parameters = PARAMETERS[self.kind]
        return self.call.argument(name, parameters.index(name)) if name in parameters else None


class Url(NamedTuple):
    """An expression passed as `authorize_url` or `token_url`."""

    kind: str
    module: Module
    function: Function | None
    node: cst.BaseExpression


class OAuthCode(IntegrationCode):
    """What there is of OAuth2 in one integration."""

    @cached_property
    def platform(self) -> Module | None:
        """The application credentials platform."""
        return self.module("application_credentials")

    @property
    def has_platform(self) -> bool:
        """Whether there is such a file, parsable or not, or one that could not be read."""
        name = "application_credentials"
        unread = (self.integration.path(name), self.integration.path(f"{name}.py"))
        return name in self.integration.modules or any(
            path in self.integration.unread for path in unread
        )

    def hook(self, name: str) -> Function | None:
        """Return a hook of the platform that is defined in it at module level."""
        return self.platform.index.function(name) if self.platform is not None else None

    def provides(self, name: str) -> bool:
        """Whether the platform has, or may have, a hook, its own or an imported one."""
        return self.platform is not None and self._binds(self.platform, name) is not False

    def certainly_provides(self, name: str) -> bool:
        """Whether the platform has a hook, its own or an imported one."""
        return self.platform is not None and self._binds(self.platform, name) is True

    def _binds(self, module: Module, name: str, depth: int = 0) -> bool | None:
        """Whether a module has a name; None where it may be among all that it imports."""
        index = module.index
        if index.function(name) or name in index.imports or name in index.constants:
            return True
        answer: bool | None = False
        for star in index.stars:
            if star.startswith("homeassistant."):
                continue  # no hook comes from there
            found = self.locate(module, star) if star.startswith(".") else None
            if found is None or found[1] or depth > 8:
                answer = None
            elif (there := self._binds(found[0], name, depth + 1)) is not False:
                answer = there
        return answer

    @cached_property
    def flows(self) -> tuple[Member, ...]:
        """The config flows that are made from the helper's flow handler."""
        return tuple(member for member in self.classes if self.is_a(member, FLOW_HANDLER))

    @cached_property
    def handlers(self) -> tuple[Member, ...]:
        """The flows that no other flow of the integration is made from."""
        bases = {
            base.node
            for flow in self.flows
            for base in self.ancestry(flow)
            if isinstance(base, Member)
        }
        return tuple(flow for flow in self.flows if flow.node not in bases)

    def flow_calls(self, *names: str) -> Iterator[Used]:
        """Yield the calls, by the last part of their names, in modules that hold a flow."""
        modules = {id(flow.module) for flow in self.flows}
        for name in names:
            for used in self.calls.get(name, ()):
                if id(used.module) in modules:
                    yield used

    @cached_property
    def keeps_token(self) -> bool:
        """Whether it uses the token beyond the flow, so that it can expire."""
        if any(self.calls_of(SESSION)):
            return True
        own = [member.name for member in self.classes if self.is_a(member, SESSION)]
        return any(self.calls.get(name) for name in own)

    @cached_property
    def implementations(self) -> tuple[Member, ...]:
        """The integration's own classes of auth implementations."""
        bases = (IMPLEMENTATION, LOCAL, PKCE, AUTH)
        return tuple(member for member in self.classes if self.is_a(member, *bases))

    @cached_property
    def is_pkce(self) -> bool:
        """Whether its implementations use PKCE."""
        return any(self.is_a(member, PKCE) for member in self.implementations) or any(
            self.calls_of(PKCE)
        )

    @cached_property
    def constructions(self) -> tuple[Construction, ...]:
        """The calls that make an auth implementation, by Home Assistant's class or an own one.

        An own class that has its own `__init__` takes what it likes, so its calls are left out,
        but the `super().__init__()` in it is there.
        """
        found = []
        own_names = {member.name for member in self.implementations}
        for module in self.modules:
            for call in module.index.calls:
                kind: str | None = None
                if call.name == "?.__init__":
                    kind = self._made_by_super(module, call)
                elif call.name in KINDS:
                    kind = KINDS[call.name]
                elif call.name.rpartition(".")[2] in own_names:
                    own = self.class_of(module, call.name)
                    plain = own is not None and self.methods(own, "__init__") is None
                    kind = self.kind_of(own) if own is not None and plain else None
                if kind is not None:
                    found.append(Construction(module, call, kind))
        return tuple(found)

    def kind_of(self, member: Member) -> str | None:
        """Return which constructor of Home Assistant's a class is made from; None for none."""
        bases = (base for base in self.ancestry(member) if isinstance(base, str))
        return next((KINDS[base] for base in bases if base in KINDS), None)

    def _made_by_super(self, module: Module, call: Call) -> str | None:
        func = call.node.func
        if call.owner is None or not isinstance(func, cst.Attribute):
            return None
        if not isinstance(func.value, cst.Call) or module.index.resolve(func.value.func) != "super":
            return None
        member = Member(module, call.owner)
        # Only where the next class is Home Assistant's: an own one takes what it likes.
        nearest = next(self.ancestry(member), None)
        return KINDS.get(nearest) if isinstance(nearest, str) else None

    @cached_property
    def urls(self) -> tuple[Url, ...]:
        """The expressions passed as authorize and token URL."""
        found = [
            Url(kind, made.module, made.call.function, node)
            for made in self.constructions
            if made.kind != "auth"
            for kind in ("authorize_url", "token_url")
            if (node := made.argument(kind)) is not None
        ]
        for used in self.calls_of(f"{PLATFORM}.AuthorizationServer"):
            for position, kind in enumerate(("authorize_url", "token_url")):
                node = used.call.argument(kind, position)
                if node is not None:
                    found.append(Url(kind, used.module, used.call.function, node))
        return tuple(found)

    @cached_property
    def secrets(self) -> tuple[tuple[Used, cst.BaseExpression], ...]:
        """The expressions passed as a client's secret, each with the call it is passed to."""
        credentials = self.calls_of(f"{PLATFORM}.ClientCredential")
        found = [(used, used.call.argument("client_secret", 1)) for used in credentials]
        found += [
            (Used(made.module, made.call), made.argument("client_secret"))
            for made in self.constructions
        ]
        return tuple((used, node) for used, node in found if node is not None)

    @cached_property
    def registers_by_hand(self) -> bool:
        """Whether an implementation is registered other than through the platform."""
        return any(self.calls.get(name) for name in _REGISTERING) or bool(self.handed_on)

    @cached_property
    def handed_on(self) -> tuple[tuple[Module, cst.CSTNode], ...]:
        """Where what registers is named and not called: bound to a name, given to a `partial`."""
        found = []
        for module in self.modules:
            if not module.document.mentions(*_REGISTERING):
                continue
            apart = {id(call.node.func) for call in module.index.calls}
            for node in walk(module.document.module):
                if isinstance(node, (cst.Import, cst.ImportFrom)):
                    apart |= {id(each) for each in walk(node)}
                elif isinstance(node, cst.FunctionDef):
                    apart.add(id(node.name))
                elif isinstance(node, cst.Attribute):
                    apart.add(id(node.attr))
                named = isinstance(node, (cst.Name, cst.Attribute)) and id(node) not in apart
                if named and self._registers(module, node):
                    found.append((module, node))
        return tuple(found)

    def _registers(self, module: Module, node: cst.CSTNode) -> bool:
        name = module.index.resolve(node)
        head, dot, last = name.rpartition(".")
        if last not in _REGISTERING or not (dot or name in module.index.imports):
            return False
        if head == HELPER or head in ("self", "cls"):
            return True
        own = self.locate(module, name)
        return own is None or own[0].index.function(own[1]) is None

    @cached_property
    def applicable(self) -> bool:
        """Whether it uses Home Assistant's OAuth2 helper for a login of its own.

        Infrastructure does not: it has neither a platform, nor a flow made from the helper's,
        nor an implementation of its own.
        """
        if self.integration.domain == "application_credentials":
            return False
        return self.has_platform or bool(self.flows) or bool(self.constructions)


@lru_cache(maxsize=8)
def oauth_code(integration: Integration) -> OAuthCode:
    """Return what there is of OAuth2 in an integration; worked out once for each value."""
    return OAuthCode(integration)
