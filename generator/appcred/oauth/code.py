"""Where an integration's OAuth2 code is: its modules, classes and names, followed across modules.

Only files that mention OAuth are parsed; a constant in another module is looked up when asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import TooDeepError
from appcred.documents.walk import text, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

    from appcred.documents.python import Call, Class, Function, Index, PythonDocument
    from appcred.integration import Integration

HELPER: Final = "homeassistant.helpers.config_entry_oauth2_flow"
PLATFORM: Final = "homeassistant.components.application_credentials"

FLOW_HANDLER: Final = f"{HELPER}.AbstractOAuth2FlowHandler"
IMPLEMENTATION: Final = f"{HELPER}.AbstractOAuth2Implementation"
LOCAL: Final = f"{HELPER}.LocalOAuth2Implementation"
PKCE: Final = f"{HELPER}.LocalOAuth2ImplementationWithPkce"
AUTH: Final = f"{PLATFORM}.AuthImplementation"
SESSION: Final = f"{HELPER}.OAuth2Session"

SERVER_HOOK: Final = "async_get_authorization_server"
IMPLEMENTATION_HOOK: Final = "async_get_auth_implementation"
PLACEHOLDER_HOOK: Final = "async_get_description_placeholders"
HOOKS: Final = {
    SERVER_HOOK: ("hass",),
    IMPLEMENTATION_HOOK: ("hass", "auth_domain", "credential"),
    PLACEHOLDER_HOOK: ("hass",),
}
"""The hooks of the platform and their parameters, as
homeassistant/components/application_credentials/__init__.py calls them."""

_HELD: Final = (b"config_entry_oauth2_flow", b"application_credentials")
_WORDS: Final = (*_HELD, b"oauth2", b"OAuth2", b"OAUTH2", b"client_secret")


def mentions_helper(content: bytes) -> bool:
    """Whether Python source may use Home Assistant's OAuth2 helper."""
    return any(word in content for word in _HELD)


def mentions_oauth(content: bytes) -> bool:
    """Whether Python source has a word that OAuth2 code has."""
    return any(word in content for word in _WORDS)


class Broken(NamedTuple):
    """A Python file that could not be parsed."""

    path: PurePosixPath
    line: int
    column: int
    reason: str


@dataclass(frozen=True, eq=False, slots=True)
class Module:
    """One parsed module of the integration: `config_flow`, or `` for its `__init__`."""

    name: str
    path: PurePosixPath
    document: PythonDocument

    @property
    def index(self) -> Index:
        """What the module says."""
        return self.document.index


class Member(NamedTuple):
    """A class of the integration and the module it stands in."""

    module: Module
    node: Class

    @property
    def name(self) -> str:
        """The class's name."""
        return self.node.name


class Used(NamedTuple):
    """A call and the module it stands in."""

    module: Module
    call: Call


class OAuthCode:
    """What there is of OAuth2 in one integration."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration
        self._parsed: dict[str, Module | Broken | None] = {}

    def module(self, name: str) -> Module | None:
        """Return a module by its name, parsed; None where it is missing or cannot be parsed."""
        if name not in self._parsed:
            self._parsed[name] = self._parse(name)
        found = self._parsed[name]
        return found if isinstance(found, Module) else None

    def _parse(self, name: str) -> Module | Broken | None:
        document = self.integration.modules.get(name)
        if document is None:
            return None
        path = self.integration.module_path(name)
        broken = problem(path, document)
        return broken or Module(name, path, document)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The modules that can be parsed of those that mention OAuth2, the platform, the flow."""
        return tuple(
            module
            for name, document in self.integration.modules.items()
            if (mentions_oauth(document.content) or name in _ALWAYS)
            and (module := self.module(name)) is not None
        )

    def mentioning(self, word: str) -> Iterator[Module]:
        """Yield the modules, also those without OAuth2, that have a word and can be parsed."""
        yield from self.modules_with(re.compile(re.escape(word.encode())))

    def modules_with(self, pattern: re.Pattern[bytes]) -> Iterator[Module]:
        """Yield the modules whose text matches, whether they mention OAuth2 or not."""
        for name, document in self.integration.modules.items():
            module = self.module(name) if pattern.search(document.content) else None
            if module is not None:
                yield module

    def unparsed(self) -> Iterator[tuple[str, PythonDocument]]:
        """Yield the modules that nothing has been looked for in, by name."""
        _ = self.modules
        for name, document in self.integration.modules.items():
            if name not in self._parsed:
                yield name, document

    @cached_property
    def broken(self) -> tuple[Broken, ...]:
        """The files that were looked into and could not be parsed."""
        _ = self.modules
        return tuple(found for found in self._parsed.values() if isinstance(found, Broken))

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

    # --- names ---------------------------------------------------------------------------------

    def called(self, module: Module, call: cst.Call) -> tuple[Module, Function] | None:
        """Return the function of the integration that a call in a module calls, if it is one."""
        located = self.locate(module, module.index.resolve(call.func))
        function = located[0].index.function(located[1]) if located is not None else None
        return (located[0], function) if located is not None and function is not None else None

    def locate(self, module: Module, name: str) -> tuple[Module, str] | None:
        """Follow a dotted name, as `Index.resolve` gives it, to the integration's module it is in.

        Returns that module and the rest of the name, or None for names from elsewhere.
        """
        for _ in range(8):  # a re-export of a re-export, and no endless loop
            if not name.startswith("."):
                star = self._star(module, name.partition(".")[0])
                if star is None:
                    return module, name
                joint = "" if star.endswith(".") else "."
                name = f"{star}{joint}{name}"
            base = self._package(module, name)
            if base is None:
                return None
            parts = name.lstrip(".").split(".")
            # The longest prefix that is a module; what is left is a name in it.
            for split in range(len(parts), -1, -1):
                target = self.module(".".join([*base, *parts[:split]]))
                if target is not None:
                    break
            else:
                return None
            rest = parts[split:]
            if not rest:
                return target, ""
            onward = target.index.imports.get(rest[0])
            if onward is None or not onward.startswith("."):
                return target, ".".join(rest)
            module, name = target, ".".join([onward, *rest[1:]])
        return None

    def _star(self, module: Module, name: str) -> str | None:
        """Return the module of the integration that a name comes from by `import *`."""
        index = module.index
        if not index.stars or name in index.constants or index.class_(name) is not None:
            return None
        for star in index.stars:
            found = self.locate(module, star) if star.startswith(".") else None
            if found is not None and not found[1] and name in found[0].index.constants:
                return star
        return None

    def _package(self, module: Module, name: str) -> list[str] | None:
        dots = len(name) - len(name.lstrip("."))
        parts = module.name.split(".") if module.name else []
        if module.path.name != "__init__.py":
            parts = parts[:-1]
        if dots - 1 > len(parts):
            return None
        return parts[: len(parts) - (dots - 1)]

    def value(self, module: Module, node: cst.BaseExpression | None) -> Bound | None:
        """Follow a name to the expression it is bound to at module level, else the node itself."""
        if node is None:
            return None
        for _ in range(8):
            name = module.index.resolve(node)
            if not name:
                return Bound(module, node)
            found = self.locate(module, name)
            bound = None if found is None else _bound(found[0], found[1])
            if found is None or bound is None:
                return None
            module, node = found[0], bound
        return None

    def text(self, module: Module, node: cst.BaseExpression | None) -> str | None:
        """Return the string an expression certainly is, through constants and f-strings."""
        parts = self.fragments(module, node)
        return None if None in parts else "".join(part for part in parts if part is not None)

    def fragments(
        self, module: Module, node: cst.BaseExpression | None, depth: int = 0
    ) -> tuple[str | None, ...]:
        """Return the parts of the string that an expression makes, None for each unknown one."""
        bound = self.value(module, node)
        if bound is None or depth > _DEEPEST:  # BASE = f"{BASE}/v2", with another BASE imported
            return (None,)
        module, node = bound
        literal = text(node)
        if literal is not None:
            return (literal,)
        parts: tuple[cst.BaseExpression | cst.BaseFormattedStringContent, ...]
        if isinstance(node, cst.ConcatenatedString):
            parts = (node.left, node.right)
        elif isinstance(node, cst.FormattedString):
            parts = tuple(node.parts)
        elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
            parts = (node.left, node.right)
        else:
            return (None,)
        return tuple(found for part in parts for found in self._fragments(module, part, depth + 1))

    def _fragments(self, module: Module, part: cst.CSTNode, depth: int) -> tuple[str | None, ...]:
        if isinstance(part, cst.FormattedStringText):
            return (part.value,)
        if isinstance(part, cst.FormattedStringExpression):
            plain = part.format_spec is None and part.conversion is None
            return self.fragments(module, part.expression, depth) if plain else (None,)
        if isinstance(part, cst.BaseExpression):
            return self.fragments(module, part, depth)
        return (None,)

    def missing_name(self, module: Module, call: cst.Call) -> str | None:
        """Return a sentence on a called name that the module it is imported from lacks."""
        name = module.index.resolve(call.func)
        found = self.locate(module, name) if name.startswith(".") else None
        if found is None or not found[1] or found[0] is module:
            return None
        home, rest = found
        index = home.index
        if index.stars or rest in index.imports or rest in index.constants:
            return None
        if index.function(rest) is not None or index.class_(rest.partition(".")[0]) is not None:
            return None
        shown = "/".join(home.path.parts[len(self.integration.folder.parts) :])
        return f"{shown} has no `{rest}`"

    # --- classes -------------------------------------------------------------------------------

    @cached_property
    def classes(self) -> tuple[Member, ...]:
        """The classes of the modules that mention OAuth2."""
        return tuple(Member(m, c) for m in self.modules for c in m.index.classes)

    def class_of(self, module: Module, name: str, *, anywhere: bool = False) -> Member | None:
        """Return the integration's own class that a dotted name of a module means.

        One in a module that does not mention OAuth has nothing to do with it; unless it may be
        `anywhere`, such a module is not parsed for it.
        """
        if name.startswith(".") and not anywhere and not self._may_concern(module, name):
            return None
        found = self.locate(module, name)
        if found is None:
            return None
        node = found[0].index.class_(found[1])
        return Member(found[0], node) if node is not None else None

    def _may_concern(self, module: Module, name: str) -> bool:
        """Whether the module that a relative name leads to mentions OAuth."""
        base = self._package(module, name)
        if base is None:
            return False
        parts = name.lstrip(".").split(".")
        for split in range(len(parts), -1, -1):
            document = self.integration.modules.get(".".join([*base, *parts[:split]]))
            if document is not None:
                return b"oauth" in document.content.lower() or mentions_oauth(document.content)
        return False

    def ancestry(self, member: Member, *, anywhere: bool = False) -> Iterator[Member | str]:
        """Yield what a class is made from, nearest first: own classes, and dotted names.

        Own classes in modules that do not mention OAuth are names, unless they may be `anywhere`.
        """
        seen = {member.node}
        pending = [(member.module, base) for base in member.node.bases]
        while pending:
            module, base = pending.pop(0)
            own = self.class_of(module, base, anywhere=anywhere)
            if own is None:
                located = self.locate(module, base)
                if located is not None and located[0] is not module:
                    # a class of Home Assistant that another module of the integration re-exports
                    base = located[0].index.imports.get(located[1], base)
                yield base
            elif own.node not in seen:
                seen.add(own.node)
                yield own
                pending += [(own.module, further) for further in own.node.bases]

    def is_a(self, member: Member, *names: str) -> bool:
        """Whether a class is made from one of Home Assistant's."""
        return any(base in names for base in self.ancestry(member) if isinstance(base, str))

    def own_classes(self, member: Member) -> tuple[Member, ...]:
        """Return a class and the integration's classes that it is made from, nearest first."""
        ancestry = self.ancestry(member, anywhere=True)
        return (member, *(base for base in ancestry if isinstance(base, Member)))

    def is_whole(self, member: Member) -> bool:
        """Whether all that a class is made from is the integration's own, or the helper's.

        What another library or integration adds to it cannot be seen.
        """
        ancestry = self.ancestry(member, anywhere=True)
        names = (base for base in ancestry if isinstance(base, str))
        return all(base == "object" or base.startswith(_SEEN) for base in names)

    def methods(self, member: Member, name: str) -> Function | None:
        """Return a method of the class or of the integration's classes that it is made from."""
        own = self.own_classes(member)
        return next((m.node.methods[name] for m in own if name in m.node.methods), None)

    def attribute(
        self, member: Member, name: str
    ) -> tuple[Module, cst.BaseExpression | None] | None:
        """Return where a class attribute is set, in the class or in one it is made from."""
        own = self.own_classes(member)
        return next(
            ((m.module, m.node.attributes[name]) for m in own if name in m.node.attributes), None
        )

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

    # --- calls ---------------------------------------------------------------------------------

    @cached_property
    def calls(self) -> Mapping[str, tuple[Used, ...]]:
        """The calls of the modules that mention OAuth2, by the last part of their name."""
        found: dict[str, list[Used]] = {}
        for module in self.modules:
            for call in module.index.calls:
                found.setdefault(call.name.rpartition(".")[2], []).append(Used(module, call))
        return {name: tuple(calls) for name, calls in found.items()}

    def calls_of(self, full: str) -> Iterator[Used]:
        """Yield the calls of one of Home Assistant's functions or classes, by its dotted name."""
        for used in self.calls.get(full.rpartition(".")[2], ()):
            if used.call.name == full:
                yield used

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


_DEEPEST: Final = 32
"""Strings in a string."""
_SEEN: Final = (HELPER, f"{PLATFORM}.", "homeassistant.config_entries.", "typing.", "abc.")
_ALWAYS: Final = ("application_credentials", "config_flow")
_REGISTERING: Final = ("async_register_implementation", "async_add_implementation_provider")
KINDS: Final = {LOCAL: "local", PKCE: "pkce", AUTH: "auth"}
"""Home Assistant's classes of implementations, and what they take, in its order."""
PARAMETERS: Final = {
    "local": ("hass", "domain", "client_id", "client_secret", "authorize_url", "token_url"),
    "pkce": ("hass", "domain", "client_id", "authorize_url", "token_url", "client_secret"),
    "auth": ("hass", "auth_domain", "credential", "authorization_server"),
}


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


class Bound(NamedTuple):
    """An expression and the module whose names it means."""

    module: Module
    node: cst.BaseExpression


def _bound(module: Module, name: str) -> cst.BaseExpression | None:
    """Return what a module binds a name to: its own, or one of a class of it, `Url.TOKEN`."""
    if name in module.index.constants:
        return module.index.constants[name]
    owner, _, attribute = name.partition(".")
    own = module.index.class_(owner) if attribute else None
    if own is None:
        return None
    # The value of a member of an Enum, which a text is as well where it is a StrEnum.
    return own.attributes.get(attribute.removesuffix(".value"))


def problem(path: PurePosixPath, document: PythonDocument) -> Broken | None:
    """Return why a file cannot be parsed, None if it can."""
    before, nul, _ = document.content.partition(b"\0")
    if nul:  # refused by every Python, but found by the parser in some places and versions only
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        return Broken(path, line, column, "is not valid Python: it contains a NUL byte")
    try:
        _ = document.module
    except cst.ParserSyntaxError as error:
        raw = (max(error.raw_line, 1), error.raw_column + 1)
        line, column, why = _place(document.content, *raw)
        return Broken(path, line, column, f"is not valid Python{why}")
    except UnicodeDecodeError as error:
        line = document.content.count(b"\n", 0, error.start) + 1
        return Broken(path, line, 1, f"is not {error.encoding.upper()}")
    except (LookupError, SyntaxError):
        return Broken(path, 1, 1, "names an unknown encoding")
    except ValueError as error:
        line, column, why = 1, 1, ""
        if isinstance(error, TooDeepError):  # a bracket that is never closed looks deep as well
            line, column, why = _place(document.content, error.line)
        if why:
            return Broken(path, line, column, f"is not valid Python{why}")
        return Broken(path, line, column, f"cannot be parsed: {error}")
    return None


def _place(content: bytes, line: int, column: int | None = None) -> tuple[int, int, str]:
    """Return where a syntax error is, and behind a colon what it is.

    libcst names the token after it. Python itself is more exact, but may stumble earlier over
    syntax that is newer than it is, so it is believed only where the two nearly agree.
    """
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is not what is looked for
            ast.parse(content)
    except SyntaxError as error:
        if error.lineno is not None and (column is None or abs(error.lineno - line) <= 2):
            return max(error.lineno, 1), max(error.offset or 1, 1), f": {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        pass  # null bytes, or too deep
    return line, column or 1, ""


@lru_cache(maxsize=8)
def oauth_code(integration: Integration) -> OAuthCode:
    """Return what there is of OAuth2 in an integration; worked out once for each value."""
    return OAuthCode(integration)
