"""What `async_setup` does with the integration's section of `configuration.yaml`.

Facts only. A *section* is any expression that means the integration's part of the configuration:
`config[DOMAIN]`, `config.get(DOMAIN, {})`, and names bound to those.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import names, walk
from appcred.oauth.registration import Value, assignments, calls_of_own, is_docstring
from appcred.oauth.yaml_schema import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

    Called = tuple[Module, Function]


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
    tried: cst.Try | None
    """A `try` that takes the section, and returns early where that is missing."""
    body: tuple[Statement, ...]
    """All statements, without the docstring and the last `return True`."""
    last: Statement | None
    """That `return True`."""


def setup(code: OAuthCode) -> Setup | None:
    """Return `async_setup`, if it is a coroutine that can be called with two arguments."""
    module = code.module("")
    function = module.index.function("async_setup") if module is not None else None
    if module is None or function is None or function.node.asynchronous is None:
        return None
    parameters = function.node.params.params
    needed = [each for each in parameters if each.default is None]
    if len(parameters) < 2 or len(needed) > 2:
        return None
    if not isinstance(function.node.body, cst.IndentedBlock):
        return None
    config = parameters[1].name.value
    sections = _sections(code, module, function, config, set())
    statements = cast("Sequence[Statement]", function.node.body.body)
    body = [s for s in statements if not is_docstring(s)]
    last = body.pop() if body and _returns_true(body[-1]) else None
    found = Setup(module, function, config, sections, None, None, None, tuple(body), last)
    returning = [s for s in body if isinstance(s, cst.If) and leaves_without(code, found, s)]
    guard = next((s for s in returning if is_guard(s)), None)
    handled = next((s for s in returning if not is_guard(s)), None)
    tries = (s for s in body if isinstance(s, cst.Try) and _tries_section(code, found, s))
    return replace(found, guard=guard, handled=handled, tried=next(tries, None))


def called_from(caller: Setup, code: OAuthCode, call: cst.Call, called: Called) -> Setup:
    """Return a function that is handed the configuration or the section, in the same terms."""
    module, function = called
    config, known = "", set()
    for position, parameter in enumerate(function.node.params.params):
        name = parameter.name.value
        given = [a.value for a in call.args if a.keyword is not None and a.keyword.value == name]
        plain = [a.value for a in call.args if a.keyword is None]
        for each in given or plain[position : position + 1]:
            if dotted(each) == caller.config:
                config = name
            elif is_section(code, caller.module, caller.config, caller.sections, each):
                known.add(name)
    sections = _sections(code, module, function, config, known)
    return Setup(module, function, config, sections, None, None, None, (), None)


def _sections(
    code: OAuthCode, module: Module, function: Function, config: str, known: set[str]
) -> frozenset[str]:
    """Return the local names of a function that mean the section, beside those that are known."""
    found = set(known)
    for node in walk(function.node.body, into_functions=False):
        target, value = _binding(node)
        if target and value is not None and is_section(code, module, config, found, value):
            found.add(target)
    return frozenset(
        name
        for name in found
        if all(
            is_section(code, module, config, found, each)
            for each in assignments(function.node, name)
        )
    )


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
    """Whether an expression means the integration's section of the configuration."""
    domain = code.integration.domain
    if isinstance(node, cst.Name):
        return node.value in sections
    if isinstance(node, cst.NamedExpr):
        return is_section(code, module, config, sections, node.value)
    if isinstance(node, cst.Subscript) and dotted(node.value) == config:
        return code.text(module, index_of(node)) == domain
    if isinstance(node, cst.Call) and dotted(node.func) == f"{config}.get" and node.args:
        return code.text(module, node.args[0].value) == domain
    if isinstance(node, cst.BooleanOperation) and isinstance(node.operator, cst.Or):
        return is_section(code, module, config, sections, node.left)
    return False


def index_of(node: cst.Subscript) -> cst.BaseExpression | None:
    """Return the one plain index of a subscript."""
    if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        return node.slice[0].slice.value
    return None


def base_of(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return what a chain of subscripts, which may be none, begins with."""
    while isinstance(node, cst.Subscript):
        node = node.value
    return node


def _returns_true(statement: cst.CSTNode) -> bool:
    return (
        isinstance(statement, cst.SimpleStatementLine)
        and len(statement.body) == 1
        and isinstance(statement.body[0], cst.Return)
        and dotted(statement.body[0].value) == "True"
    )


def leaving(block: cst.BaseSuite) -> bool | None:
    """Return what a block that does nothing else, but for a word to the user, returns.

    None for one that does something else, or does not end in `return True` or `return False`.
    """
    small = [
        each
        for line in block.body
        for each in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
    ]
    *others, last = small
    errors = (".error", ".critical")  # a word to the user too, where there is no section
    if not isinstance(last, cst.Return) or not all(_tells(each, *errors) for each in others):
        return None
    return {"True": True, "False": False}.get(dotted(last.value))


def leaves_without(code: OAuthCode, found: Setup, statement: cst.If) -> bool:
    """Whether a statement leaves where the section is missing.

    With False it may do so only with a word to the user: then the set-up fails without YAML.
    """
    if statement.orelse is not None or not is_absence(code, found, statement.test):
        return False
    last = statement.body.body[-1]
    return leaving(statement.body) is not None or _returns_true(last)


def is_guard(statement: cst.If) -> bool:
    """Whether such a statement does nothing else, but for a word to the user."""
    return leaving(statement.body) is not None


def _tries_section(code: OAuthCode, found: Setup, statement: cst.Try) -> bool:
    """Whether a `try` only names `config[DOMAIN]`, and leaves where that raises KeyError."""
    if statement.orelse is not None or statement.finalbody is not None:
        return False
    if len(statement.handlers) != 1 or len(statement.body.body) != 1:
        return False
    (handler,), (inner,) = statement.handlers, statement.body.body
    if dotted(handler.type) != "KeyError" or leaving(handler.body) is None:
        return False
    if not isinstance(inner, cst.SimpleStatementLine) or len(inner.body) != 1:
        return False
    target, value = _binding(inner.body[0])
    return (
        target in found.sections
        and isinstance(value, cst.Subscript)
        and is_section(code, found.module, found.config, found.sections, value)
    )


def is_notice(statement: cst.CSTNode) -> bool:
    """Whether a statement only tells the user something."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    return _tells(statement.body[0])


_TELLING: Final = (
    *(".warning", ".debug", ".info", "async_create_issue"),
    *("persistent_notification.async_create", "persistent_notification.create"),
)


def _tells(small: cst.CSTNode, *more: str) -> bool:
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        return False
    return dotted(small.value.func).lower().endswith((*_TELLING, *more))


def speaks_of_yaml(module: Module, statement: cst.CSTNode) -> bool:
    """Whether a word to the user is about credentials, or about what YAML may hold."""
    text = module.document.module.code_for_node(statement).lower()
    return "yaml" in text and ("deprecated" in text or "credential" in text)


def is_alias(code: OAuthCode, found: Setup, statement: Statement) -> bool:
    """Whether a statement only names the section."""
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
    """Whether a test is true exactly where the section is missing or empty.

    It may go on to test for the client in the section: `… or CONF_CLIENT_ID not in config[DOMAIN]`.
    """

    def section(node: cst.BaseExpression) -> bool:
        return is_section(code, found.module, found.config, found.sections, node)

    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.Or):
        return is_absence(code, found, test.left) and (
            is_absence(code, found, test.right) or _is_lack_of_client(code, found, test.right)
        )
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return section(test.expression) or _is_in_config(code, found, test.expression)
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.NotIn):
            domain = code.text(found.module, test.left) == code.integration.domain
            return domain and dotted(target.comparator) == found.config
        if isinstance(target.operator, cst.Is):
            return section(test.left) and dotted(target.comparator) == "None"
    return False


def _is_in_config(code: OAuthCode, found: Setup, test: cst.BaseExpression) -> bool:
    """Whether a test is `DOMAIN in config`."""
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.In):
            domain = code.text(found.module, test.left) == code.integration.domain
            return domain and dotted(target.comparator) == found.config
    return False


def _is_lack_of_client(code: OAuthCode, found: Setup, test: cst.BaseExpression) -> bool:
    """Whether a test is `CONF_CLIENT_ID not in` the section."""
    if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
        return False
    target = test.comparisons[0]
    return (
        isinstance(target.operator, cst.NotIn)
        and key_text(code, found.module, test.left) in ("client_id", "client_secret")
        and is_section(code, found.module, found.config, found.sections, target.comparator)
    )


def reads_section(found: Setup, nodes: Sequence[cst.CSTNode]) -> bool:
    """Whether statements need the configuration, or a name that means a part of it."""
    wanted = {found.config, *found.sections}
    return any(name.value in wanted for node in nodes for name in names(node))


def key_of(code: OAuthCode, value: Value, depth: int = 0) -> str | None:
    """Return the key under which a value stands in YAML, in an entry or in a form.

    A local name is followed to its one value, a parameter of a helper to what its callers give,
    if that is one key.
    """
    node = value.node
    if isinstance(node, cst.Name) and value.function is not None:
        bound = assignments(value.function.node, node.value)
        if len(bound) == 1 and depth < 8:
            return key_of(code, Value(value.module, value.function, bound[0]), depth + 1)
        if not bound:
            given = set(_from_callers(code, value, node.value))
            return given.pop() if len(given) == 1 else None
    if isinstance(node, cst.Subscript):
        return key_text(code, value.module, index_of(node))
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        if node.func.attr.value in ("get", "pop") and node.args:
            return key_text(code, value.module, node.args[0].value)
        if node.func.attr.value == "strip":
            return key_of(code, Value(value.module, value.function, node.func.value), depth + 1)
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
