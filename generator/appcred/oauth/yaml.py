"""What an integration reads from `configuration.yaml`: the schema of its section, and its use.

Facts only. The schema is read where it is written as a `Schema` with the domain as a key; other
spellings give None. In `async_setup`, a *section* is any expression that means the integration's
part of the configuration: `config[DOMAIN]`, `config.get(DOMAIN, {})`, and names bound to those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import names, walk
from appcred.oauth.registration import Value, assignments, calls_of_own, is_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import Module, OAuthCode

_CONF: Final = "homeassistant.const.CONF_"
_MARKERS: Final = frozenset({"Required", "Optional", "Inclusive", "Exclusive"})


@dataclass(frozen=True, eq=False, slots=True)
class Key:
    """One key of the schema: its name, where that is a known string, and how it is marked."""

    name: str | None
    element: cst.DictElement
    marker: str | None
    """`Required`, `Optional`, … or None for a bare key."""


@dataclass(frozen=True, eq=False, slots=True)
class Schema:
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
    """What stands at that key."""
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
        section = element.value
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
            any(argument.keyword and argument.keyword.value == "extra" for argument in outer.args),
        )
    return None


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


# --- its use in async_setup --------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class Setup:
    """`async_setup` by its statements."""

    module: Module
    function: Function
    config: str
    """The parameter that is the whole configuration."""
    sections: frozenset[str]
    """Local names that mean the integration's section."""
    guard: cst.If | None
    """The statement that returns early where there is no such section."""
    handled: cst.If | None
    """One that returns early too, but does something for that case."""
    body: tuple[Statement, ...]
    """All statements, without the docstring and the last `return True`."""
    last: Statement | None
    """That `return True`."""


def setup(code: OAuthCode) -> Setup | None:
    """Return `async_setup`, if the integration has one that is a coroutine with two parameters."""
    module = code.module("")
    function = module.index.function("async_setup") if module is not None else None
    if module is None or function is None or function.node.asynchronous is None:
        return None
    parameters = function.node.params.params
    if len(parameters) != 2 or not isinstance(function.node.body, cst.IndentedBlock):
        return None
    config = parameters[1].name.value
    sections: set[str] = set()
    for node in walk(function.node.body, into_functions=False):
        target, value = _binding(node)
        if target and value is not None and is_section(code, module, config, sections, value):
            sections.add(target)
    sections = {
        name
        for name in sections
        if all(
            is_section(code, module, config, sections, each)
            for each in assignments(function.node, name)
        )
    }
    statements = cast("Sequence[Statement]", function.node.body.body)
    body = [s for s in statements if not is_docstring(s)]
    last = body.pop() if body and _returns_true(body[-1]) else None
    found = Setup(module, function, config, frozenset(sections), None, None, tuple(body), last)
    returning = [s for s in body if isinstance(s, cst.If) and leaves_without(code, found, s)]
    guard = next((s for s in returning if is_guard(s)), None)
    handled = next((s for s in returning if not is_guard(s)), None)
    return Setup(module, function, config, found.sections, guard, handled, tuple(body), last)


def _binding(node: cst.CSTNode) -> tuple[str, cst.BaseExpression | None]:
    if isinstance(node, cst.Assign) and len(node.targets) == 1:
        return dotted(node.targets[0].target), node.value
    if isinstance(node, (cst.AnnAssign, cst.NamedExpr)):
        return dotted(node.target), node.value
    return "", None


def is_section(
    code: OAuthCode,
    module: Module,
    config: str,
    sections: set[str] | frozenset[str],
    node: cst.BaseExpression,
) -> bool:
    """Say whether an expression means the integration's section of the configuration."""
    domain = code.integration.domain
    if isinstance(node, cst.Name):
        return node.value in sections
    if isinstance(node, cst.NamedExpr):
        return is_section(code, module, config, sections, node.value)
    if isinstance(node, cst.Subscript) and dotted(node.value) == config:
        return code.text(module, index_of(node)) == domain
    if isinstance(node, cst.Call) and dotted(node.func) == f"{config}.get" and node.args:
        return code.text(module, node.args[0].value) == domain
    if isinstance(node, cst.BooleanOperation):
        return is_section(code, module, config, sections, node.left)
    return False


def index_of(node: cst.Subscript) -> cst.BaseExpression | None:
    """Return the one plain index of a subscript."""
    if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        return node.slice[0].slice.value
    return None


def _returns_true(statement: cst.CSTNode) -> bool:
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and len(statement.body) == 1
        and isinstance(statement.body[0], cst.Return)
        and dotted(statement.body[0].value) == "True"
    )


def leaves_without(code: OAuthCode, found: Setup, statement: cst.If) -> bool:
    """Say whether a statement leaves, with True, where the section is missing."""
    return (
        statement.orelse is None
        and isinstance(statement.body, cst.IndentedBlock)
        and _returns_true(statement.body.body[-1])
        and is_absence(code, found, statement.test)
    )


def is_guard(statement: cst.If) -> bool:
    """Say whether such a statement does nothing else, but for a word to the user."""
    return all(is_notice(each) for each in statement.body.body[:-1])


def is_notice(statement: cst.CSTNode) -> bool:
    """Say whether a statement only tells the user something."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        return False
    name = dotted(small.value.func).lower()
    return name.endswith((".warning", ".debug", ".info", "async_create_issue"))


def speaks_of_yaml(module: Module, statement: cst.CSTNode) -> bool:
    """Say whether a word to the user is about credentials, or about what YAML may hold."""
    text = module.document.module.code_for_node(statement).lower()
    return "yaml" in text and ("deprecated" in text or "credential" in text)


def is_alias(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Say whether a statement only names the section."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = small.targets[0].target
    elif isinstance(small, cst.AnnAssign) and small.value is not None:
        target = small.target
    else:
        return False
    # `hass.data["x"] = config[DOMAIN]` is no mere name: somebody else may read it there
    return (
        isinstance(target, cst.Name)
        and small.value is not None
        and is_section(code, found.module, found.config, found.sections, small.value)
    )


def is_absence(code: OAuthCode, found: Setup, test: cst.BaseExpression) -> bool:
    """Say whether a test is true exactly where the integration's section is missing or empty."""

    def section(node: cst.BaseExpression) -> bool:
        return is_section(code, found.module, found.config, found.sections, node)

    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return section(test.expression) or is_presence(code, found, test.expression)
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.NotIn):
            domain = code.text(found.module, test.left) == code.integration.domain
            return domain and dotted(target.comparator) == found.config
        if isinstance(target.operator, cst.Is):
            return section(test.left) and dotted(target.comparator) == "None"
    return False


def is_presence(code: OAuthCode, found: Setup, test: cst.BaseExpression) -> bool:
    """Say whether a test is `DOMAIN in config`."""
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.In):
            domain = code.text(found.module, test.left) == code.integration.domain
            return domain and dotted(target.comparator) == found.config
    return False


def reads_section(found: Setup, nodes: Sequence[cst.CSTNode]) -> bool:
    """Say whether statements need the configuration, or a name that means a part of it."""
    wanted = {found.config, *found.sections}
    return any(name.value in wanted for node in nodes for name in names(node))


def key_text(code: OAuthCode, module: Module, node: cst.BaseExpression | None) -> str | None:
    """Return the key an expression certainly is, Home Assistant's own `CONF_…` included.

    Those are named after their value, CONF_CLIENT_ID is "client_id": homeassistant/const.py.
    """
    text = code.text(module, node)
    if text is None and node is not None:
        name = module.index.resolve(node)
        if name.startswith(_CONF):
            return name.removeprefix(_CONF).lower()
    return text


def key_of(code: OAuthCode, value: Value) -> str | None:
    """Return the key under which a value stands in YAML, in an entry or in a form.

    A parameter of a helper is followed to what its callers give, if that is one key.
    """
    node = value.node
    if isinstance(node, cst.Name) and value.function is not None:
        bound = assignments(value.function.node, node.value)
        if len(bound) == 1:
            node = bound[0]
        elif not bound:
            given = set(_from_callers(code, value, node.value))
            return given.pop() if len(given) == 1 else None
    if isinstance(node, cst.Subscript):
        return key_text(code, value.module, index_of(node))
    if isinstance(node, cst.Call) and dotted(node.func).endswith((".get", ".pop")) and node.args:
        return key_text(code, value.module, node.args[0].value)
    return None


def _from_callers(code: OAuthCode, value: Value, name: str) -> Iterator[str | None]:
    function = value.function
    if function is None or function.owner is not None or function.outer is not None:
        return
    parameters = [parameter.name.value for parameter in function.node.params.params]
    if name not in parameters:
        return
    for used in calls_of_own(code, value.module, function):
        argument = used.call.argument(name, parameters.index(name))
        if argument is None:
            yield None
        else:
            yield key_of(code, Value(used.module, used.call.function, argument))
