"""Where an integration reads a client's id or secret, in any of its modules.

A migration takes them away from where they were kept. Who reads them there need not know anything
about OAuth: a sensor that sends the id as its API key has not a word of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.registration import assignments
from appcred.oauth.yaml import index_of, key_of
from appcred.oauth.yaml_schema import key_text
from appcred.rules.edit import stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from appcred.documents.python import Function
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Value


IN_YAML: Final = ("YAML", "config[DOMAIN][CONF_CLIENT_ID]")
"""Where a key of YAML stands, and how it is written there."""


def required_key(code: OAuthCode, value: Value, place: str, written: str) -> str:
    """Return the key under which a part of a client is kept; raise StopError if none can be told.

    `place` is what keeps it, and `written` how its key is read there.
    """
    key = key_of(code, value)
    if key is None:
        raise stop(
            value.module,
            value.node,
            f"cannot tell which key of {place} this is",
            f"write it as {written}, and run this again",
        )
    return key


class KeyRead(NamedTuple):
    """One place that takes a key out of something: `base[key]`, `base.get(key)`."""

    module: Module
    function: Function
    node: cst.BaseExpression
    base: cst.BaseExpression
    key: str

    @property
    def line(self) -> int:
        """The line it stands in."""
        return self.module.document.position(self.node).line


def find_key_reads(code: OAuthCode, keys: Iterable[str]) -> Iterator[KeyRead]:
    """Yield every place in a function that reads one of some keys, whatever it reads it from."""
    wanted = frozenset(keys)
    words = _words(code, wanted)
    for name, document in code.integration.modules.items():
        module = code.module(name) if document.mentions(*words) else None
        if module is None:
            continue
        for function in module.index.functions:
            for node in _own(module, function):
                base, key = _base_and_key(node)
                text = key_text(code, module, key) if key is not None else None
                if base is not None and text is not None and text in wanted:
                    yield KeyRead(module, function, node, base, text)


def _words(code: OAuthCode, keys: frozenset[str]) -> set[str]:
    """Return the words that a module must have one of to name a key."""
    words = {*keys, *(f"CONF_{key.upper()}" for key in keys)}
    for name in ("const", *(module.name for module in code.modules)):
        module = code.module(name)
        if module is not None:
            constants = module.index.constants
            words |= {each for each in constants if key_text(code, module, cst.Name(each)) in keys}
    return words


def _own(module: Module, function: Function) -> Iterator[cst.BaseExpression]:
    """Yield what is read in a function itself, lambdas included, but not what is assigned to."""
    apart = {
        id(node)
        for other in module.index.functions
        if other.outer is function
        for node in walk(other.node)
    }
    for node in walk(function.node.body):
        if isinstance(node, cst.Assign):
            apart |= {id(target.target) for target in node.targets}
        elif isinstance(node, (cst.AnnAssign, cst.AugAssign, cst.Del)):
            apart.add(id(node.target))
        elif isinstance(node, (cst.Subscript, cst.Call)) and id(node) not in apart:
            yield node


def _base_and_key(
    node: cst.BaseExpression,
) -> tuple[cst.BaseExpression | None, cst.BaseExpression | None]:
    """Return what a node takes a key out of, and the key."""
    if isinstance(node, cst.Subscript):
        return node.value, index_of(node)
    if (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in ("get", "pop")
        and node.args
    ):
        return node.func.value, node.args[0].value
    return None, None


def behind(function: Function | None, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return what an expression is a part or a copy of, through local names that have one value."""
    for _ in range(8):
        if isinstance(node, cst.Subscript):
            node = node.value
        elif isinstance(node, cst.Call) and dotted(node.func) == "dict" and len(node.args) == 1:
            node = node.args[0].value
        elif (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value in ("get", "copy", "setdefault")
        ):
            node = node.func.value
        elif isinstance(node, cst.Name) and function is not None:
            bound = assignments(function.node, node.value)
            if len(bound) != 1:
                break
            node = bound[0]
        else:
            break
    return node


def is_stashed(value: Value) -> bool:
    """Whether a value was kept in `hass.data` for the place where it is read."""
    return dotted(behind(value.function, value.node)).endswith("hass.data")


def implementation_before(reading: KeyRead) -> str | None:
    """Return the name of the entry's implementation where it is read, if it is known by then."""
    function: Function | None = reading.function
    while function is not None:
        node = holder(reading.module, function)
        if node is not None and reading.module.document.position(node).line < reading.line:
            return dotted(node.targets[0].target)
        function = function.outer
    return None


def holder(module: Module, function: Function) -> cst.Assign | None:
    """Return the statement of a function that gets the entry's implementation, if one does."""
    for node in walk(function.node.body, into_functions=False):
        if isinstance(node, cst.Assign) and len(node.targets) == 1:
            inner = node.value.expression if isinstance(node.value, cst.Await) else node.value
            if isinstance(inner, cst.Call) and module.index.resolve(inner.func).endswith(
                ".async_get_config_entry_implementation"
            ):
                return node
    return None
