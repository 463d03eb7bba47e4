"""An integration's modules, classes, names and calls, followed from one module to another.

Only files that mention OAuth are parsed; a constant in another module is looked up when asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.walk import text
from appcred.oauth.helper import HELPER, PLATFORM, mentions_oauth
from appcred.oauth.parsing import Broken, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePosixPath

    from appcred.documents.python import Call, Class, Function, Index, PythonDocument
    from appcred.integration import Integration

_DEEPEST: Final = 32
"""Strings in a string."""
_SEEN: Final = (HELPER, f"{PLATFORM}.", "homeassistant.config_entries.", "typing.", "abc.")
_ALWAYS: Final = ("application_credentials", "config_flow")


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


class Bound(NamedTuple):
    """An expression and the module whose names it means."""

    module: Module
    node: cst.BaseExpression


class IntegrationCode:
    """The code of one integration, as far as OAuth2 may concern it."""

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
