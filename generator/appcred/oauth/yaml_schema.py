"""The schema of an integration's section of `configuration.yaml`, and the keys in it.

It is read where it is written as a `Schema` with the domain as a key; other spellings give None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import names

if TYPE_CHECKING:
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

_CONF: Final = "homeassistant.const.CONF_"
_MARKERS: Final = frozenset({"Required", "Optional", "Inclusive", "Exclusive"})


class Key(NamedTuple):
    """One key of the schema: its name, where that is a known string, and how it is marked."""

    name: str | None
    element: cst.DictElement
    marker: str | None
    """`Required`, `Optional`, … or None for a bare key."""


class Schema(NamedTuple):
    """The schema of the integration's section, and of the whole around it."""

    module: Module
    outer: cst.Call
    """The call of `Schema` that CONFIG_SCHEMA is."""
    outer_all: cst.Call | None
    """The `All` right inside, if there is one."""
    mapping: cst.Dict
    """The one with the domain as a key."""
    section_key: cst.BaseExpression
    """The domain, as that key is written."""
    section: cst.BaseExpression
    """What stands at that key, or what a name of the module is that stands there."""
    section_all: cst.Call | None
    inner: cst.Dict
    """The keys of the section."""
    keys: tuple[Key, ...]
    allows_extra: bool

    @property
    def library(self) -> cst.BaseExpression:
        """`vol`, or whatever the validation library goes by."""
        return cst.ensure_type(self.outer.func, cst.Attribute).value

    def key(self, name: str) -> Key | None:
        """Return a key by its name."""
        return next((key for key in self.keys if key.name == name), None)


def schema(code: OAuthCode) -> Schema | None:
    """Return CONFIG_SCHEMA, where it is written in a way that is understood."""
    module = code.module("")
    if module is None:
        return None
    outer = module.index.constants.get("CONFIG_SCHEMA")
    if not isinstance(outer, cst.Call) or _last(outer) != "Schema" or not outer.args:
        return None
    if not isinstance(outer.func, cst.Attribute):
        return None  # a bare `Schema` does not say by what name the rest of its library is known
    inside, outer_all = _through_all(outer.args[0].value)
    if not isinstance(inside, cst.Dict):
        return None
    domain = code.integration.domain
    for element in inside.elements:
        if not isinstance(element, cst.DictElement):
            continue
        key, _ = _marked(element.key)
        if code.text(module, key) != domain:
            continue
        section = _written_out(module, element.value)
        content, section_all = _through_all(section)
        if isinstance(content, cst.Call) and _last(content) == "Schema" and content.args:
            content = content.args[0].value
        if not isinstance(content, cst.Dict):
            return None
        keys = []
        for item in content.elements:
            if not isinstance(item, cst.DictElement):
                return None
            bare, marker = _marked(item.key)
            keys.append(Key(key_text(code, module, bare), item, marker))
        return Schema(
            module,
            outer,
            outer_all,
            inside,
            key,
            section,
            section_all,
            content,
            tuple(keys),
            _allows_extra(outer, inside),
        )
    return None


def _allows_extra(outer: cst.Call, mapping: cst.Dict) -> bool:
    """Whether a Schema allows further keys, as far as that can be told."""
    keys = (getattr(element, "key", None) for element in mapping.elements)
    if any(dotted(key).rpartition(".")[2] == "Extra" for key in keys):
        return True
    plain = 0
    for argument in outer.args:
        name = argument.keyword.value if argument.keyword is not None else None
        third = name is None and plain == 2  # Schema(schema, required, extra)
        plain += name is None
        if argument.star:
            return True
        if name == "extra" or third:
            return dotted(argument.value).rpartition(".")[2] != "PREVENT_EXTRA"
    return False


def _written_out(module: Module, node: cst.BaseExpression) -> cst.BaseExpression:
    """Follow a name to what it is at module level, if nothing else uses it."""
    if not isinstance(node, cst.Name):
        return node
    uses = sum(name.value == node.value for name in names(module.document.module))
    return module.index.constants.get(node.value, node) if uses == 2 else node


def _last(call: cst.Call) -> str:
    return dotted(call.func).rpartition(".")[2]


def _through_all(
    node: cst.BaseExpression,
) -> tuple[cst.BaseExpression, cst.Call | None]:
    """Look into an `All`: at what is a dictionary or a Schema in it."""
    if isinstance(node, cst.Call) and _last(node) == "All":
        for argument in node.args:
            value = argument.value
            if isinstance(value, cst.Dict) or (
                isinstance(value, cst.Call) and _last(value) == "Schema"
            ):
                return value, node
    return node, None


def _marked(key: cst.BaseExpression) -> tuple[cst.BaseExpression, str | None]:
    if isinstance(key, cst.Call) and _last(key) in _MARKERS and key.args:
        return key.args[0].value, _last(key)
    return key, None


def key_text(code: OAuthCode, module: Module, node: cst.BaseExpression | None) -> str | None:
    """Return the key an expression certainly is, Home Assistant's own `CONF_…` included.

    Those are named after their value, CONF_CLIENT_ID is "client_id": homeassistant/const.py.
    """
    text = code.text(module, node)
    if text is None and node is not None:
        name = module.index.resolve(node)
        located = code.locate(module, name)
        if located is not None and not name.startswith("homeassistant."):
            home, rest = located  # which may import the constant itself
            name = home.index.imports.get(rest, name)
        if name.startswith(_CONF):
            return name.removeprefix(_CONF).lower()
    return text
