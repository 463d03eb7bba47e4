"""A section of `configuration.yaml` that imports one client, to try that import with.

Only where it is certain that the schema takes it; and, for a test, that setting the integration up
with it reaches nothing outside Home Assistant.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source
from appcred.oauth.yaml import key_of, setup
from appcred.oauth.yaml_schema import key_text, schema

if TYPE_CHECKING:
    from appcred.documents.python import Function
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][\w-]*")
_STRINGS: Final = frozenset({"str", "homeassistant.helpers.config_validation.string"})
_VALIDATION: Final = ("voluptuous.", "probatio.")
_LIBRARIES: Final = (*_VALIDATION, "logging.")
_STARTS: Final = tuple(
    f"hass.{name}"
    for name in ("async_create", "async_add", "async_run", "config_entries", "create_task", "loop")
)
"""What lets something run on its own, or starts a flow."""


_SAID: Final = ("debug", "info", "warning", "error")


class Part(Enum):
    """What a value of the section is of the client."""

    CLIENT_ID = auto()
    CLIENT_SECRET = auto()


@dataclass(frozen=True, slots=True)
class SampleValue:
    """One value of the section, by the keys that lead to it; without a `part` any string does."""

    path: tuple[str, ...]
    part: Part | None


@dataclass(frozen=True, slots=True)
class SampleSection:
    """A section that imports one client; or why there can be none, in words that go on `for`."""

    values: tuple[SampleValue, ...] = ()
    reason: str | None = None


def section(code: OAuthCode) -> SampleSection | None:
    """Return a section for a test of the import from YAML; None where there is no such import."""
    found = taken(code)
    if found is None or found.reason is not None:
        return found
    running = setup(code)
    if running is None or not _Quiet(code).is_quiet(running.module, running.function):
        return SampleSection(reason="async_setup may also make requests or change files")
    return found


def taken(code: OAuthCode) -> SampleSection | None:
    """Return a section that the schema takes for the import from YAML; None without such import."""
    imports = credential_imports(code.integration)
    found = [each for each in imports if each.source in (Source.YAML, Source.LIST)]
    unclear = [
        each
        for each in imports
        if each.source is Source.UNKNOWN and each.function.name == "async_setup"
    ]
    if not found and not unclear:
        return None
    described = schema(code)
    if unclear or len(found) != 1 or described is None:
        return SampleSection(reason="cannot tell which YAML section to use")
    (one,) = found
    keys = {key_of(code, one.client_id): Part.CLIENT_ID}
    if one.client_secret is not None:
        keys.setdefault(key_of(code, one.client_secret), Part.CLIENT_SECRET)
    client = {key: part for key, part in keys.items() if key is not None}
    values = _Sampler(code, described.module, client).of(described.inner)
    if values is None or Part.CLIENT_ID not in {value.part for value in values}:
        return SampleSection(
            reason="the YAML section needs more than a client, or a client in a certain form"
        )
    return SampleSection(values)


class _Sampler:
    """Finds a value that a validator takes."""

    def __init__(self, code: OAuthCode, module: Module, client: dict[str, Part]) -> None:
        self.code, self.module, self.client = code, module, client

    def of(self, node: cst.BaseExpression, name: str = "") -> tuple[SampleValue, ...] | None:
        """Return what a validator takes for the key of that name, None if that is uncertain."""
        bound = self.code.value(self.module, node)
        if bound is not None and bound.module is self.module:
            node = bound.node
        if isinstance(node, cst.Dict):
            return self._of_mapping(node)
        if isinstance(node, cst.List):
            inner = self.of(node.elements[0].value, name) if len(node.elements) == 1 else None
            return inner and tuple(SampleValue(("0", *each.path), each.part) for each in inner)
        if self._is_string(node):
            return (SampleValue((), self.client.get(name)),)
        if not isinstance(node, cst.Call) or not self._is_library(node, "Schema", "All"):
            return None
        parts = [argument.value for argument in node.args if argument.keyword is None]
        if all(self._is_string(part) or self._is_length(part) for part in parts):
            return (SampleValue((), self.client.get(name)),)
        # Beside a container: what makes one of a single value, and deprecations.
        rest = [part for part in parts if not self._is_beside(part)]
        return self.of(rest[0], name) if len(rest) == 1 else None

    def _of_mapping(self, node: cst.Dict) -> tuple[SampleValue, ...] | None:
        found: list[SampleValue] = []
        for element in node.elements:
            if not isinstance(element, cst.DictElement):
                return None
            key, marker = element.key, "Optional"
            if isinstance(key, cst.Call) and key.args:
                marker = dotted(key.func).rpartition(".")[2]
                key = key.args[0].value
            name = key_text(self.code, self.module, key)
            if name is None or not _PLAIN_KEY.fullmatch(name):
                return None
            if name not in self.client and marker != "Required":
                if marker != "Optional":
                    return None  # which of them go together is not gone into
                continue
            inner = self.of(element.value, name)
            if inner is None:
                return None
            found += [SampleValue((name, *each.path), each.part) for each in inner]
        return tuple(found)

    def _is_string(self, node: cst.BaseExpression) -> bool:
        return self.module.index.resolve(node) in _STRINGS

    def _is_library(self, node: cst.BaseExpression, *wanted: str) -> bool:
        if not isinstance(node, cst.Call):
            return False
        name = self.module.index.resolve(node.func)
        return name.startswith(_VALIDATION) and name.rpartition(".")[2] in wanted

    def _is_length(self, node: cst.BaseExpression) -> bool:
        """Whether a validator asks for no more than that there is something."""
        return self._is_library(node, "Length") and all(
            dotted(argument.keyword) == "min" and getattr(argument.value, "value", "") in ("0", "1")
            for argument in cst.ensure_type(node, cst.Call).args
        )

    def _is_beside(self, node: cst.BaseExpression) -> bool:
        if self._is_library(node, "Unique", "Length"):
            return self._is_library(node, "Unique") or self._is_length(node)
        name = dotted(node.func if isinstance(node, cst.Call) else node).rpartition(".")[2]
        return name in ("deprecated", "removed", "ensure_list")


class _Quiet:
    """Says whether running a function stays inside Home Assistant."""

    def __init__(self, code: OAuthCode) -> None:
        self.code = code

    def is_quiet(self, module: Module, function: Function, depth: int = 0) -> bool:
        """Look at every call in it, functions of the integration's own included."""
        nodes = list(walk(function.node.body, into_functions=False))
        waiting = (cst.With, cst.For, cst.CompFor)
        if depth > 4 or any(isinstance(n, waiting) and n.asynchronous is not None for n in nodes):
            return False  # `async with session.get(...)` and its like
        awaited = {node.expression for node in nodes if isinstance(node, cst.Await)}
        return all(
            self._is_quiet_call(module, call.name, depth, awaited=call.node in awaited)
            for call in module.index.calls
            if call.function is function
        )

    def _is_quiet_call(self, module: Module, name: str, depth: int, *, awaited: bool) -> bool:
        if name.startswith("homeassistant."):
            return True
        if name.rpartition(".")[2] in _SAID:
            return True
        home, rest = self.code.locate(module, name) or (module, name)
        own = home.index.function(rest)
        if own is not None:
            return self.is_quiet(home, own, depth + 1)
        if awaited or name.startswith("."):
            return False
        if any(
            name == full or name.startswith(f"{full}.") for full in module.index.imports.values()
        ):
            return name.startswith(_LIBRARIES)
        if name.startswith("hass."):
            return not name.startswith(_STARTS)
        # A method of what is at hand, or what Python itself has.
        return "." in name or name == "CONFIG_SCHEMA" or hasattr(builtins, name)
