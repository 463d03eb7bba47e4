"""What an integration is set up with from YAML, made to let a config entry stand alone.

Before it has config entries, Home Assistant runs its `async_setup` or `setup` only where YAML has
a section for it. With an entry it is run in any case: what reads the section has to leave early
without one, and the schema may not insist on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import Statement, rewritten, statements, with_leading
from appcred.documents.walk import names, walk
from appcred.finding import ManualWork
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import is_docstring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module

SETUPS: Final = ("async_setup", "setup")
"""The functions that Home Assistant sets up from YAML with; it takes the first that is there."""

_HARMLESS: Final = ("async_load_platform", "load_platform", "bool", "dict", "len", "str")
"""Functions that get all of the configuration and along without a section in it."""
_CALLERS: Final = ("async_add_executor_job", "partial")
"""Functions that are given another one, and its arguments."""


def setup_function(module: Module | None) -> Function | None:
    """Return the function of an `__init__.py` that Home Assistant sets up from YAML with."""
    if module is None:
        return None
    found = (module.index.function(name) for name in SETUPS)
    return next((function for function in found if function is not None), None)


def standing_alone(integration: Integration) -> Integration:
    """Return an integration whose set-up from YAML leaves early without YAML.

    One that does so already, or reads nothing of its own, stays as it is.
    """
    code = oauth_code(integration)
    module = code.module("")
    if module is None:
        return integration
    tree, reads = module.document.module, _yaml_setup(module)
    changes: dict[cst.CSTNode, cst.CSTNode] = {
        call.func.attr: cst.Name("Optional")
        for call in _insists(code, module)
        if isinstance(call.func, cst.Attribute)
    }
    if reads is not None and _needs_section(code, reads):
        own = code.text(module, cst.Name("DOMAIN")) == integration.domain
        domain = "DOMAIN" if own else f'"{integration.domain}"'
        guard = statements(tree, f"if {domain} not in {reads.config}:\n    return True\n")
        changes[reads.body] = with_first(reads.body, guard)
    if not changes:
        return integration
    return integration.with_file(module.path, rewritten(tree, changes).bytes)


def unclear(integration: Integration) -> Iterator[ManualWork]:
    """Say where it is not understood whether an entry can stand alone."""
    code = oauth_code(integration)
    module = code.module("")
    if module is None:
        return
    for call in _insists(code, module):
        if not isinstance(call.func, cst.Attribute):
            yield ManualWork(
                module.path,
                module.document.position(call).line,
                "the schema refuses a configuration without this section, but users with an "
                "entry alone have none",
                "make the section optional: write vol.Optional in place of vol.Required",
            )
    reads, function = _yaml_setup(module), setup_function(module)
    if reads is None or function is None or _needs_section(code, reads):
        return
    for each, reached in _followed(code, reads):
        for call in _handed_on(each, reached):
            if _callee(code, each, call) is not None:
                continue
            what = each.module.document.module.code_for_node(call.func)
            yield ManualWork(
                each.module.path,
                each.module.document.position(call).line,
                f"{what} gets the whole configuration, which may now have no section for "
                "this integration",
                f"make it work without the section, or begin {function.name} of __init__.py "
                f"with `if DOMAIN not in {reads.config}: return True`",
            )


def with_first(body: cst.IndentedBlock, first: Sequence[Statement]) -> cst.IndentedBlock:
    """Return a function's body with statements at its beginning, below its docstring."""
    start = 1 if body.body and is_docstring(body.body[0]) else 0
    before, after = body.body[:start], body.body[start:]
    if after and isinstance(after[0], (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
        above = after[0].leading_lines
        blank = () if above and above[0].comment is None else (cst.EmptyLine(indent=False),)
        after = [with_leading(after[0], [*blank, *above]), *after[1:]]
    return body.with_changes(body=[*before, *first, *after])


# --- the section that is read ------------------------------------------------------------------


class _YamlSetup(NamedTuple):
    """A function's body, and the name that the configuration has in it."""

    module: Module
    body: cst.IndentedBlock
    config: str


def _yaml_setup(module: Module | None) -> _YamlSetup | None:
    """Return what sets up from YAML, None if there is nothing, or nothing of the usual form."""
    function = setup_function(module)
    if module is None or function is None or not isinstance(function.node.body, cst.IndentedBlock):
        return None
    parameters = function.node.params.params
    if len(parameters) != 2:
        return None
    return _YamlSetup(module, function.node.body, parameters[1].name.value)


def _followed(code: OAuthCode, start: _YamlSetup) -> Iterator[tuple[_YamlSetup, list[cst.CSTNode]]]:
    """Yield the functions that get all of the configuration, each with what is reached in it."""
    pending, seen = [start], set[cst.CSTNode]()
    while pending:
        reads = pending.pop()
        if reads.body in seen:
            continue
        seen.add(reads.body)
        reached = list(_unguarded(reads.body.body, reads.config))
        yield reads, reached
        for call in _handed_on(reads, reached):
            found = _callee(code, reads, call)
            pending += [found] if found is not None else []


def _needs_section(code: OAuthCode, start: _YamlSetup) -> bool:
    """Whether a set-up function fails without a section in YAML.

    It does where it takes a key out of the configuration, itself or in a function of the
    integration's that it hands the configuration to.
    """
    return any(
        _is_section_lookup(node, reads.config)
        for reads, reached in _followed(code, start)
        for node in reached
    )


def _is_section_lookup(node: cst.CSTNode, config: str) -> bool:
    return isinstance(node, cst.Subscript) and dotted(node.value) == config


def _asks(node: cst.CSTNode, config: str) -> bool:
    """Whether a condition is about what the configuration has, without taking it out."""
    used = any(name.value == config for name in names(node))
    return used and not any(_is_section_lookup(each, config) for each in walk(node))


def _unguarded(block: Sequence[cst.CSTNode], config: str) -> Iterator[cst.CSTNode]:
    """Yield what is reached whether or not the configuration has something."""
    for statement in block:
        if isinstance(statement, cst.If) and _asks(statement.test, config):
            if _ends_with_return(statement.body):
                return
            if isinstance(statement.orelse, cst.If):
                yield from _unguarded([statement.orelse], config)
            elif statement.orelse is not None:
                yield from _unguarded(statement.orelse.body.body, config)
        elif isinstance(statement, cst.Try) and _expects_nothing(statement):
            yield from _unguarded([*statement.handlers], config)
        else:
            yield from _reached(statement, config)


def _expects_nothing(statement: cst.Try) -> bool:
    """Whether a missing key is caught."""
    return any(
        handler.type is None or any(name.value == "KeyError" for name in names(handler.type))
        for handler in statement.handlers
    )


def _reached(node: cst.CSTNode, config: str) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        if isinstance(child, (cst.IndentedBlock, cst.SimpleStatementSuite)):
            yield from _unguarded(child.body, config)
        elif isinstance(child, cst.If):  # an elif
            yield from _unguarded([child], config)
        elif isinstance(child, cst.IfExp) and _asks(child.test, config):
            yield from _reached(child.orelse, config)
        elif isinstance(child, cst.BooleanOperation) and _asks(child.left, config):
            yield from _reached(child.left, config)
        else:
            yield from _reached(child, config)


def _ends_with_return(suite: cst.BaseSuite) -> bool:
    last = suite.body[-1] if suite.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    return isinstance(last, cst.Return)


def _handed_on(reads: _YamlSetup, reached: Iterable[cst.CSTNode]) -> Iterator[cst.Call]:
    """Yield the calls that get all of the configuration."""
    for node in reached:
        if not isinstance(node, cst.Call):
            continue
        name = reads.module.index.resolve(node.func)
        logs = name.partition(".")[0].lower().endswith("logger")
        if logs or name.startswith("homeassistant.") or name.rpartition(".")[2] in _HARMLESS:
            continue
        if any(dotted(argument.value) == reads.config for argument in node.args):
            yield node


def _callee(code: OAuthCode, reads: _YamlSetup, call: cst.Call) -> _YamlSetup | None:
    """Return the integration's own function that gets the configuration from a call."""
    name: cst.BaseExpression = call.func
    arguments = [*call.args]
    if dotted(name).rpartition(".")[2] in _CALLERS and arguments:
        name = arguments.pop(0).value
    found = code.locate(reads.module, reads.module.index.resolve(name))
    function = found[0].index.function(found[1]) if found is not None else None
    if found is None or function is None or not isinstance(function.node.body, cst.IndentedBlock):
        return None
    named = [parameter.name.value for parameter in function.node.params.params]
    for place, argument in enumerate(arguments):
        if dotted(argument.value) == reads.config:
            wanted = (
                argument.keyword.value
                if argument.keyword is not None
                else "".join(named[place : place + 1])
            )
            return _YamlSetup(found[0], function.node.body, wanted) if wanted in named else None
    return None


# --- the schema --------------------------------------------------------------------------------


def _insists(code: OAuthCode, module: Module) -> Iterator[cst.Call]:
    """Yield where a schema refuses a configuration without the section."""
    schema = module.index.constants.get("CONFIG_SCHEMA")
    for node in walk(schema) if schema is not None else ():
        if (
            isinstance(node, cst.Call)
            and node.args
            and module.index.resolve(node.func).rpartition(".")[2] == "Required"
            and code.text(module, node.args[0].value) == code.integration.domain
        ):
            yield node
