"""Where a value comes from, followed over the whole integration.

One evaluator: through local names, parameters and the calls that give them, attributes, properties,
imports, dictionaries and loops, back to YAML, a form, an entry, or a constant. What cannot be
followed is `unknown`, and one unknown among several alternatives stays one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import contains, names, returned, targets, text, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.names import Member
from appcred.oauth.registration import Value, calls_of_own
from appcred.oauth.yaml_schema import key_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from appcred.documents.python import Class, Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module


class Origin(StrEnum):
    """What a value is taken from."""

    YAML = "yaml"
    FORM = "form"
    ENTRY = "entry"
    """The data of a config entry."""
    CONSTANT = "constant"
    LIBRARY = "library"
    """A constant that a requirement brings."""
    IMPLEMENTATION = "implementation"
    """What the implementation of a config entry has."""
    NOTHING = "nothing"
    UNKNOWN = "unknown"


ENTRY_ID: Final = ".entry_id"
"""The key of an entry, which is no other key."""
ANY: Final = "*"
"""A key that is not known, or each element of a list."""


@dataclass(frozen=True, slots=True)
class Source:
    """One place that a value may come from, with its path of keys there."""

    origin: Origin
    path: tuple[str, ...] = ()
    value: Value | None = None
    """The expression that gives it, for a constant."""


_UNKNOWN: Final = (Source(Origin.UNKNOWN),)
_DATA: Final = ".data"
_DEEPEST: Final = 40
_LONGEST: Final = 3000
"""Expressions that one value is followed through."""
_ENTRY_FUNCTIONS: Final = frozenset(
    {"async_setup_entry", "async_migrate_entry", "async_unload_entry", "async_remove_entry"}
)
_ENTRY_GETTERS: Final = frozenset(
    {"_get_reauth_entry", "_get_reconfigure_entry", "async_get_entry", "async_get_known_entry"}
)
_EVERY_ENTRY: Final = ("async_entries", "async_loaded_entries", "_async_current_entries")
_SAME: Final = frozenset({"copy", "strip", "lower", "upper", "decode", "encode", "as_dict"})
_WRAPPERS: Final = frozenset(
    {"dict", "str", "deepcopy", "copy", "MappingProxyType", "list", "tuple"}
)
_DISCOVERY: Final = ("zeroconf", "dhcp", "ssdp", "usb", "mqtt", "hassio", "bluetooth", "homekit")


class Evaluator:
    """Follows values of one integration; remembers nothing but the code it looks into."""

    def __init__(self, code: OAuthCode) -> None:
        self.code = code
        self._open: set[tuple[int, tuple[str, ...]]] = set()
        self._steps = 0

    def of(self, value: Value, path: tuple[str, ...] = ()) -> tuple[Source, ...]:
        """Return every source of a value, or of what stands at a path of keys in it."""
        mark = (id(value.node), path)
        if mark in self._open or len(self._open) > _DEEPEST:
            return ()
        if not self._open:
            self._steps = 0
        self._steps += 1
        if self._steps > _LONGEST:
            return _UNKNOWN
        self._open.add(mark)
        try:
            return tuple(dict.fromkeys(self._of(value, path)))
        finally:
            self._open.discard(mark)

    def _of(self, value: Value, path: tuple[str, ...]) -> tuple[Source, ...]:
        node = value.node
        match node:
            case cst.Await():
                return self.of(self._at(value, node.expression), path)
            case cst.NamedExpr():
                return self.of(self._at(value, node.value), path)
            case cst.IfExp():
                return self._any(value, (node.body, node.orelse), path)
            case cst.BooleanOperation():
                return self._any(value, (node.left, node.right), path)
            case cst.Name():
                return self._name(value, node.value, path)
            case cst.Attribute():
                return self._attribute(value, node, path)
            case cst.Subscript():
                key = self._key(value, _index(node))
                return self.of(self._at(value, node.value), (key, *path))
            case cst.Call():
                return self._call(value, node, path)
            case cst.Dict():
                return self._dict(value, node, path)
            case cst.List() | cst.Tuple() | cst.Set():
                return self._any(value, [each.value for each in node.elements], path[1:])
            case cst.FormattedString() | cst.BinaryOperation() | cst.ConcatenatedString():
                return self._computed(value, path)
            case cst.SimpleString() | cst.Integer() | cst.Float():
                return () if path else (Source(Origin.CONSTANT, (), value),)
            case _:
                return _UNKNOWN

    def _at(self, value: Value, node: cst.BaseExpression) -> Value:
        return Value(value.module, value.function, node, value.given)

    def _any(
        self, value: Value, nodes: Iterable[cst.BaseExpression], path: tuple[str, ...]
    ) -> tuple[Source, ...]:
        return tuple(found for node in nodes for found in self.of(self._at(value, node), path))

    def _key(self, value: Value, node: cst.BaseExpression | None) -> str:
        """Return what a key certainly is, ANY if that is not known."""
        if node is None:
            return ANY
        if dotted(node).endswith(".entry_id"):
            return ENTRY_ID
        found = key_or_name(self.code, value.module, node)
        if found is None and isinstance(node, cst.Name) and value.function is not None:
            assigned = list(_assigned(value.function).get(node.value, ()))
            if len(assigned) == 1 and assigned[0] is not None:
                found = key_or_name(self.code, value.module, assigned[0])
        return ANY if found is None else found

    # --- names -----------------------------------------------------------------------------

    def _name(self, value: Value, name: str, path: tuple[str, ...]) -> tuple[Source, ...]:
        if name == "None":
            return () if path else (Source(Origin.NOTHING),)
        if name in ("True", "False"):
            return (Source(Origin.CONSTANT, (), value),)
        function, given = value.function, value.given
        while function is not None:
            bound = _assigned(function).get(name)
            parameter = name in parameters(function.node)
            if bound or parameter:
                found: list[Source] = []
                for node in bound or ():
                    if node is None:
                        found += _UNKNOWN
                    else:
                        at = Value(value.module, function, node, given)
                        found += self.of(at, path)
                for loop, keys in _loops(function).get(name, ()):
                    found += self.of(Value(value.module, function, loop, given), (*keys, *path))
                if parameter:
                    if name in given:
                        found += self.of(given[name], path)
                    else:
                        found += self._parameter(value.module, function, name, path)
                found += self._written(value, function, name, path)
                return tuple(found)
            loops = _loops(function).get(name)
            if loops:
                return tuple(
                    source
                    for loop, keys in loops
                    for source in self.of(
                        Value(value.module, function, loop, given), (*keys, *path)
                    )
                )
            function, given = function.outer, {}
        return self._global(value, path)

    def _written(
        self, value: Value, function: Function, name: str, path: tuple[str, ...]
    ) -> Iterator[Source]:
        """Yield what a function puts into a dictionary that it has under a name."""
        if not path:
            return
        for node in walk(function.node.body):
            for target in targets(node):
                if isinstance(target, cst.Subscript) and dotted(target.value) == name:
                    written = getattr(node, "value", None)
                    key = self._key(Value(value.module, function, target), _index(target))
                    if written is not None and key in (path[0], ANY):
                        yield from self.of(
                            Value(value.module, function, written, value.given), path[1:]
                        )

    def _global(self, value: Value, path: tuple[str, ...]) -> tuple[Source, ...]:
        module, node = value.module, value.node
        bound = self.code.value(module, node)
        if bound is not None and bound.node is not node:
            if path or not _is_computed(bound.node):
                return self.of(Value(bound.module, None, bound.node), path)
            return (Source(Origin.CONSTANT, (), value),)
        return (
            (Source(Origin.LIBRARY, path, value),) if self._is_library(module, node) else _UNKNOWN
        )

    def _is_library(self, module: Module, node: cst.CSTNode) -> bool:
        """Whether a name is imported from a requirement, by its own module or by another one."""
        name = module.index.resolve(node)
        if name.startswith("."):
            located = self.code.locate(module, name)
            if located is None:
                return False
            home, rest = located
            head, dot, last = rest.partition(".")
            name = home.index.imports.get(head, "") + dot + last
        elif "." not in name:
            return False
        return bool(name) and not name.startswith((".", "homeassistant."))

    # --- parameters ------------------------------------------------------------------------

    def _parameter(
        self, module: Module, function: Function, name: str, path: tuple[str, ...]
    ) -> tuple[Source, ...]:
        every = parameters(function.node)
        position = every.index(name)
        if function.owner is not None:
            return self._method_parameter(module, function, name, path)
        if function.outer is None and position == 1:
            if function.name in ("async_setup", "setup", "async_setup_platform"):
                return (Source(Origin.YAML, path),)
            if function.name in _ENTRY_FUNCTIONS:
                return _of_entry(path)
        found: list[Source] = []
        for used in calls_of_own(self.code, module, function):
            argument = used.call.argument(name, position)
            if argument is None:
                default = _default(function.node, name)
                found += (
                    self.of(Value(module, None, default), path) if default is not None else _UNKNOWN
                )
                continue
            found += self.of(Value(used.module, used.call.function, argument), path)
        if not found and _is_entry(function.node, name):
            return _of_entry(path)
        return tuple(found) or _UNKNOWN

    def _method_parameter(
        self, module: Module, function: Function, name: str, path: tuple[str, ...]
    ) -> tuple[Source, ...]:
        owner = function.owner
        every = parameters(function.node)
        position = every.index(name) - 1
        is_flow = any(flow.node is owner for flow in self.code.flows)
        if is_flow and function.name.startswith("async_step_"):
            step = function.name.removeprefix("async_step_")
            if step == "reauth":
                return _of_entry((_DATA, *path))
            if step in _DISCOVERY:
                return _UNKNOWN
            if step == "import":
                return (Source(Origin.YAML, path),)
            return (Source(Origin.FORM, path),)
        if _is_entry(function.node, name):
            return _of_entry(path)
        found: list[Source] = []
        is_init = function.name == "__init__"
        for own, document in self.code.integration.modules.items():
            word = owner.name if is_init and owner is not None else function.name
            other = self.code.module(own) if document.mentions(word) else None
            for call in other.index.calls if other is not None else ():
                if other is None or call.name.rpartition(".")[2] != word:
                    continue
                if is_init:
                    member = self.code.class_of(other, call.name, anywhere=True)
                    if member is None or member.node is not owner:
                        continue
                argument = call.argument(name, position)
                if argument is not None:
                    found += self.of(Value(other, call.function, argument), path)
        if not found:
            default = _default(function.node, name)
            if default is not None:
                return self.of(Value(module, None, default), path)
        return tuple(found) or _UNKNOWN

    # --- attributes ------------------------------------------------------------------------

    def _attribute(
        self, value: Value, node: cst.Attribute, path: tuple[str, ...]
    ) -> tuple[Source, ...]:
        name, base = node.attr.value, dotted(node.value)
        full = dotted(node)
        if base in ("self", "cls"):
            return self._of_self(value, name, path)
        if full in ("hass.data", "self.hass.data", "self._hass.data"):
            return self._stored(path)
        if name == "context" or full.endswith(".options"):
            return _UNKNOWN
        if name in ("data", "runtime_data"):
            found = self.of(self._at(value, node.value), (f".{name}", *path))
            if found and any(each.origin is not Origin.UNKNOWN for each in found):
                return found
        if base and not base.startswith("?"):
            bound = self.code.value(value.module, node)
            if bound is not None and bound.node is not node:
                return self.of(Value(bound.module, None, bound.node), path)
            head = base.partition(".")[0]
            imported = value.module.index.imports.get(head)
            if (
                imported is not None
                and not imported.startswith(".")
                and not self._local(value, head)
            ):
                return (Source(Origin.LIBRARY, path, value),)
        return self.of(self._at(value, node.value), (f".{name}", *path))

    def _local(self, value: Value, name: str) -> bool:
        function = value.function
        while function is not None:
            if name in _assigned(function) or name in parameters(function.node):
                return True
            function = function.outer
        return False

    def _of_self(self, value: Value, name: str, path: tuple[str, ...]) -> tuple[Source, ...]:
        owner = _owner(value.function)
        if owner is None:
            return _UNKNOWN
        settled = settled_before(value, f"self.{name}") if not path else None
        if settled is not None:
            return self.of(self._at(value, settled), ())
        member = Member(value.module, owner)
        found: list[Source] = []
        for own in self.code.own_classes(member):
            found += self._kept(own, name, path)
        if found:
            return tuple(found)
        if name in ("entry", "config_entry", "_entry", "_config_entry", "reauth_entry"):
            return _of_entry(path)
        return _UNKNOWN

    def _kept(self, own: Member, name: str, path: tuple[str, ...]) -> Iterator[Source]:
        """Yield what a class has under a name: assigned in any method, a property, of the class."""
        wanted = f"self.{name}"
        method = own.node.methods.get(name)
        if method is not None:
            for each in returned(method.node):
                if each.value is not None:
                    yield from self.of(Value(own.module, method, each.value), path)
            return
        for function in own.module.index.functions:
            if _owner(function) is not own.node:
                continue
            for node in walk(function.node.body, into_functions=False):
                written = getattr(node, "value", None)
                if not isinstance(written, cst.BaseExpression):
                    continue
                if isinstance(node, cst.Assign) and isinstance(written, (cst.Tuple, cst.List)):
                    yield from self._unpacked(own, function, node, wanted, path)
                for target in targets(node):
                    if dotted(target) == wanted:
                        empty = isinstance(written, cst.Dict) and not written.elements
                        if dotted(written) == "None" or empty:
                            continue
                        yield from self.of(Value(own.module, function, written), path)
                    elif (
                        path
                        and isinstance(target, cst.Subscript)
                        and dotted(target.value) == wanted
                    ):
                        key = self._key(Value(own.module, function, target), _index(target))
                        if key in (path[0], ANY):
                            yield from self.of(Value(own.module, function, written), path[1:])
                if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call) and path:
                    call = node.value
                    if dotted(call.func) == f"{wanted}.update" and call.args:
                        yield from self.of(Value(own.module, function, call.args[0].value), path)
        assigned = own.node.attributes.get(name)
        if assigned is not None and dotted(assigned) != "None":
            yield from self.of(Value(own.module, None, assigned), path)

    def _unpacked(
        self, own: Member, function: Function, node: cst.Assign, wanted: str, path: tuple[str, ...]
    ) -> Iterator[Source]:
        for each in node.targets:
            if isinstance(each.target, (cst.Tuple, cst.List)) and isinstance(
                node.value, (cst.Tuple, cst.List)
            ):
                for target, given in zip(each.target.elements, node.value.elements, strict=False):
                    if dotted(target.value) == wanted:
                        yield from self.of(Value(own.module, function, given.value), path)

    def _stored(self, path: tuple[str, ...]) -> tuple[Source, ...]:
        """Return what any module puts into `hass.data` at a path."""
        mark = (0, path)
        if mark in self._open:
            return ()
        self._open.add(mark)
        try:
            return (
                tuple(
                    source
                    for keys, value in self._writes
                    if _begins(path, keys)
                    for source in self.of(value, path[len(keys) :])
                )
                or _UNKNOWN
            )
        finally:
            self._open.discard(mark)

    @cached_property
    def _writes(self) -> tuple[tuple[tuple[str, ...], Value], ...]:
        """What is put into `hass.data`, each with its path of keys."""
        found: list[tuple[tuple[str, ...], Value]] = []
        for name, document in self.code.integration.modules.items():
            module = self.code.module(name) if document.mentions("hass.data") else None
            for function in module.index.functions if module is not None else ():
                for node in walk(function.node.body, into_functions=False):
                    if module is not None:
                        found += self._written_by(module, function, node)
        return tuple(found)

    def _written_by(
        self, module: Module, function: Function, node: cst.CSTNode
    ) -> Iterator[tuple[tuple[str, ...], Value]]:
        """Yield what one node puts into `hass.data`."""
        written = getattr(node, "value", None)
        for target in targets(node):
            keys = self._keys_below_data(Value(module, function, target))
            if keys and written is not None:
                yield keys, Value(module, function, written)
        if not isinstance(node, cst.Call) or not dotted(node.func).endswith(".setdefault"):
            return
        func = cst.ensure_type(node.func, cst.Attribute)
        above = self._keys_below_data(Value(module, function, func.value))
        if above is not None and len(node.args) == 2:
            key = self._key(Value(module, function, node), node.args[0].value)
            second = node.args[1].value
            if not (isinstance(second, cst.Dict) and not second.elements):
                yield (*above, key), Value(module, function, second)

    def _keys_below_data(self, value: Value) -> tuple[str, ...] | None:
        """Return the path of keys of `hass.data[…][…]`; None for anything else."""
        keys: list[str] = []
        node: cst.CSTNode = value.node
        for _ in range(8):
            if isinstance(node, cst.Subscript):
                keys.append(self._key(Value(value.module, value.function, node), _index(node)))
                node = node.value
            elif isinstance(node, cst.Call) and dotted(node.func).endswith(".setdefault"):
                keys.append(
                    self._key(Value(value.module, value.function, node), node.args[0].value)
                )
                node = cst.ensure_type(node.func, cst.Attribute).value
            elif isinstance(node, cst.Name) and value.function is not None:
                bound = _assigned(value.function).get(node.value, ())
                if len(bound) != 1 or bound[0] is None:
                    return None
                node = bound[0]
            else:
                break
        return tuple(reversed(keys)) if dotted(node).endswith("hass.data") else None

    # --- calls -----------------------------------------------------------------------------

    def _call(self, value: Value, node: cst.Call, path: tuple[str, ...]) -> tuple[Source, ...]:
        func = node.func
        name = dotted(func).rpartition(".")[2]
        if isinstance(func, cst.Attribute):
            if name in ("get", "pop", "setdefault") and node.args:
                key = self._key(value, node.args[0].value)
                found = list(self.of(self._at(value, func.value), (key, *path)))
                if len(node.args) > 1 and not path:
                    found += self.of(self._at(value, node.args[1].value), ())
                elif len(node.args) > 1 and not _is_empty(node.args[1].value):
                    found += self.of(self._at(value, node.args[1].value), path)
                return tuple(found)
            if name in _SAME:
                return self.of(self._at(value, func.value), path)
            if name in ("values", "items"):
                return self.of(self._at(value, func.value), (ANY, *path[1:]))
            if name in _ENTRY_GETTERS:
                return _of_entry(path)
            if name in _EVERY_ENTRY:
                return _of_entry(path[1:])
        if name == "async_get_config_entry_implementation" and path:
            return (Source(Origin.IMPLEMENTATION, path),)
        if name in _WRAPPERS and len(node.args) == 1 and not node.args[0].keyword:
            return self.of(self._at(value, node.args[0].value), path)
        if name == "dict" and node.args and path:
            for argument in node.args:
                if argument.keyword is not None and argument.keyword.value == path[0]:
                    return self.of(self._at(value, argument.value), path[1:])
        if name == "cast" and len(node.args) == 2:
            return self.of(self._at(value, node.args[1].value), path)
        called = self._called(value, node)
        if called is not None:
            return self._returned(value, node, called, path)
        own = self.code.class_of(value.module, value.module.index.resolve(func), anywhere=True)
        if own is not None and path and path[0].startswith("."):
            return self._of_object(value, node, own, path)
        resolved = value.module.index.resolve(func)
        bound = self.code.value(value.module, func)
        schema = bound.node if bound is not None else func
        if len(node.args) == 1 and isinstance(schema, cst.Call) and "Schema" in dotted(schema.func):
            return self.of(self._at(value, node.args[0].value), path)
        if not path and resolved.partition(".")[0] in ("os", "base64"):
            return (Source(Origin.CONSTANT, (), value),)
        return _UNKNOWN

    def _called(self, value: Value, node: cst.Call) -> tuple[Module, Function] | None:
        """Return the function or method of the integration that a call calls."""
        func = node.func
        if isinstance(func, cst.Attribute) and dotted(func.value) in ("self", "cls"):
            owner = _owner(value.function)
            method = (
                self.code.methods(Member(value.module, owner), func.attr.value)
                if owner is not None
                else None
            )
            if method is None:
                return None
            home = next(
                (
                    own.module
                    for own in self.code.own_classes(Member(value.module, owner))  # type: ignore[arg-type]
                    if method in own.node.methods.values()
                ),
                value.module,
            )
            return home, method
        return self.code.called(value.module, node)

    def _returned(
        self, value: Value, node: cst.Call, called: tuple[Module, Function], path: tuple[str, ...]
    ) -> tuple[Source, ...]:
        module, function = called
        every = parameters(function.node)
        if function.owner is not None:
            every = every[1:]
        given = dict(self.arguments(value, node, every))
        found = [
            source
            for each in returned(function.node)
            if each.value is not None
            for source in self.of(Value(module, function, each.value, given), path)
        ]
        return tuple(found) or _UNKNOWN

    def arguments(
        self, value: Value, node: cst.Call, every: list[str]
    ) -> Iterator[tuple[str, Value]]:
        """Yield what a call gives to each of some parameters."""
        position = 0
        for argument in node.args:
            if argument.star:
                return
            if argument.keyword is not None:
                yield argument.keyword.value, self._at(value, argument.value)
            elif position < len(every):
                yield every[position], self._at(value, argument.value)
                position += 1

    def _of_object(
        self, value: Value, node: cst.Call, own: Member, path: tuple[str, ...]
    ) -> tuple[Source, ...]:
        """Return what an object of a class of the integration has under a name."""
        name = path[0].removeprefix(".")
        init = self.code.methods(own, "__init__")
        if init is None:  # a dataclass: its fields, in their order
            given = dict(self.arguments(value, node, list(own.node.attributes)))
            if name in given:
                return self.of(given[name], path[1:])
            default = own.node.attributes.get(name)
            return (
                self.of(Value(own.module, None, default), path[1:])
                if default is not None
                else _UNKNOWN
            )
        given = dict(self.arguments(value, node, parameters(init.node)[1:]))
        for statement in walk(init.node.body, into_functions=False):
            written = getattr(statement, "value", None)
            if written is not None and f"self.{name}" in map(dotted, targets(statement)):
                return self.of(Value(own.module, init, written, given), path[1:])
        return _UNKNOWN

    # --- dictionaries and text -------------------------------------------------------------

    def _dict(self, value: Value, node: cst.Dict, path: tuple[str, ...]) -> tuple[Source, ...]:
        if not path:
            return _UNKNOWN
        spread: list[Source] = []
        every: list[Source] = []
        for element in reversed(node.elements):
            if isinstance(element, cst.DictElement):
                key = self._key(value, element.key)
                if key == path[0]:
                    return (*spread, *self.of(self._at(value, element.value), path[1:]))
                if ANY in (key, path[0]):
                    every += self.of(self._at(value, element.value), path[1:])
            elif isinstance(element, cst.StarredDictElement):
                spread += self.of(self._at(value, element.value), path)
        return (*spread, *every)

    def _computed(self, value: Value, path: tuple[str, ...]) -> tuple[Source, ...]:
        if path:
            return _UNKNOWN
        for name in names(value.node):
            found = self.of(self._at(value, name), ())
            if any(each.origin not in (Origin.CONSTANT, Origin.LIBRARY) for each in found):
                return (
                    tuple(
                        each
                        for each in found
                        if each.origin not in (Origin.CONSTANT, Origin.LIBRARY)
                    )
                    or _UNKNOWN
                )
        return (Source(Origin.CONSTANT, (), value),)


def key_or_name(code: OAuthCode, module: Module, node: cst.BaseExpression) -> str | None:
    """Return the string that a key is, or the name of a constant whose string is not known."""
    found = key_text(code, module, node) or text(node)
    if found is not None:
        return found
    name = module.index.resolve(node)
    return dotted(node) or None if name.isupper() and "." not in name else None


def parameters(function: cst.FunctionDef) -> list[str]:
    """Return the names of a function's parameters, those behind a star too."""
    found = function.params
    return [
        each.name.value for each in (*found.posonly_params, *found.params, *found.kwonly_params)
    ]


def _default(function: cst.FunctionDef, name: str) -> cst.BaseExpression | None:
    found = function.params
    for each in (*found.posonly_params, *found.params, *found.kwonly_params):
        if each.name.value == name:
            return each.default
    return None


def _is_entry(function: cst.FunctionDef, name: str) -> bool:
    """Whether a parameter is a config entry, by its annotation or its name."""
    for each in (*function.params.posonly_params, *function.params.params):
        if each.name.value == name:
            annotation = each.annotation.annotation if each.annotation is not None else None
            word = dotted(annotation.value if isinstance(annotation, cst.Subscript) else annotation)
            return word.endswith("ConfigEntry") or name in ("entry", "config_entry")
    return False


def _of_entry(path: tuple[str, ...]) -> tuple[Source, ...]:
    if path and path[0] == _DATA:
        return (Source(Origin.ENTRY, path[1:]),)
    return _UNKNOWN


def _begins(path: tuple[str, ...], keys: tuple[str, ...]) -> bool:
    """Whether a path leads through what was written at some keys."""
    return len(keys) <= len(path) and all(
        one == other or ANY in (one, other) for one, other in zip(keys, path, strict=False)
    )


def _is_empty(node: cst.BaseExpression) -> bool:
    return dotted(node) == "None" or (isinstance(node, cst.Dict) and not node.elements)


def _is_computed(node: cst.BaseExpression) -> bool:
    return isinstance(node, (cst.Call, cst.Subscript))


def _index(node: cst.Subscript) -> cst.BaseExpression | None:
    if len(node.slice) != 1:
        return None
    part = node.slice[0].slice
    return part.value if isinstance(part, cst.Index) else None


def _owner(function: Function | None) -> Class | None:
    """Return the class whose method a function is, or stands in."""
    while function is not None and function.owner is None:
        function = function.outer
    return function.owner if function is not None else None


def settled_before(value: Value, name: str = "") -> cst.BaseExpression | None:
    """Return what an attribute has where it is read, if its own function gave it that before."""
    if value.function is None:
        return None
    given = _given_first(value.function).get(name or dotted(value.node))
    if not given:
        return None
    for position, statement in enumerate(value.function.node.body.body):
        if contains(statement, value.node):
            return next((node for at, node in reversed(given) if at < position), None)
    return None


@lru_cache(maxsize=512)
def _given_first(function: Function) -> Mapping[str, list[tuple[int, cst.BaseExpression]]]:
    """Return what the statements of a body itself assign to attributes, each with its position."""
    found: dict[str, list[tuple[int, cst.BaseExpression]]] = {}
    for position, line in enumerate(function.node.body.body):
        if isinstance(line, cst.SimpleStatementLine):
            for small in line.body:
                if isinstance(small, cst.Assign) and len(small.targets) == 1:
                    name = dotted(small.targets[0].target)
                    if name.startswith("self."):
                        found.setdefault(name, []).append((position, small.value))
    return found


@lru_cache(maxsize=512)
def _assigned(function: Function) -> Mapping[str, list[cst.BaseExpression | None]]:
    """Return what is assigned to each local name; None for what is taken apart or caught."""
    found: dict[str, list[cst.BaseExpression | None]] = {}
    for node in walk(function.node.body, into_functions=False):
        if isinstance(node, cst.Assign):
            for each in node.targets:
                _pair(each.target, node.value, found)
        elif isinstance(node, (cst.AnnAssign, cst.NamedExpr)) and node.value is not None:
            _pair(node.target, node.value, found)
        elif isinstance(node, cst.AugAssign):
            found.setdefault(dotted(node.target), []).append(None)
        elif isinstance(node, cst.AsName):
            found.setdefault(dotted(node.name), []).append(None)
    return found


def _pair(
    target: cst.BaseExpression,
    value: cst.BaseExpression,
    found: dict[str, list[cst.BaseExpression | None]],
) -> None:
    if isinstance(target, cst.Name):
        found.setdefault(target.value, []).append(value)
    elif isinstance(target, (cst.Tuple, cst.List)):
        given: list[cst.BaseExpression | None] = [None] * len(target.elements)
        if isinstance(value, (cst.Tuple, cst.List)) and len(value.elements) == len(given):
            given = [each.value for each in value.elements]
        for element, each in zip(target.elements, given, strict=True):
            if each is None:
                found.setdefault(dotted(element.value), []).append(None)
            else:
                _pair(element.value, each, found)


@lru_cache(maxsize=512)
def _loops(
    function: Function,
) -> Mapping[str, list[tuple[cst.BaseExpression, tuple[str, ...]]]]:
    """Return what each name of a loop goes over, and the keys that lead from that to the name."""
    found: dict[str, list[tuple[cst.BaseExpression, tuple[str, ...]]]] = {}
    for node in walk(function.node.body, into_functions=False):
        if isinstance(node, (cst.For, cst.CompFor)):
            target = node.target
            if isinstance(target, cst.Name):
                found.setdefault(target.value, []).append((node.iter, (ANY,)))
            elif isinstance(target, (cst.Tuple, cst.List)) and len(target.elements) == 2:
                last = dotted(target.elements[1].value)
                if dotted(getattr(node.iter, "func", None)).endswith(".items"):
                    found.setdefault(last, []).append((node.iter, (ANY,)))
    return found


@lru_cache(maxsize=8)
def evaluator(integration: Integration) -> Evaluator:
    """Return the evaluator of an integration; made once for each value."""
    return Evaluator(oauth_code(integration))


def is_server_of_entry(integration: Integration, *urls: Value) -> bool:
    """Whether the server that these URLs lead to differs from entry to entry.

    Application credentials have one server for all, so they cannot replace such a registration.
    """
    found = [source.origin for url in urls for source in evaluator(integration).of(url)]
    return Origin.ENTRY in found or Origin.FORM in found
