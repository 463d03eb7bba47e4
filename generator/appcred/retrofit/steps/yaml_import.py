"""The import of a client in YAML, in one block at the head of `async_setup`.

It stands under a test for the section and the client's keys, so that whatever else `async_setup`
does need not know of it. The registration is taken out elsewhere.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.imports import WIDTH, Import
from appcred.documents.python import dotted
from appcred.documents.rewriting import filled, statement_of, statements, with_leading
from appcred.documents.walk import contains, names, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.helper import PLATFORM
from appcred.oauth.registration import (
    Source,
    Value,
    assignments,
    calls_of_own,
    is_docstring,
    named,
)
from appcred.oauth.yaml import called_from, is_notice, key_of, setup
from appcred.oauth.yaml_schema import key_text, schema
from appcred.retrofit.best.entries import key_name
from appcred.retrofit.best.expressions import commented, comments_inside, comments_of, moved
from appcred.retrofit.best.key_reads import find_key_reads
from appcred.retrofit.best.registration import IMPORT, domain_expression
from appcred.retrofit.steps.with_yaml import WithYaml, does_something
from appcred.rules.edit import Edit, StopError, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Registration
    from appcred.oauth.yaml import Setup
    from appcred.retrofit.best.expressions import Comments

Notice = tuple[str, dict[str, cst.BaseExpression], tuple[Import, ...]]
"""What is said after an import: its text, what stands for the names in it, and the imports."""

_DEEPEST: Final = 6
"""How many functions a registration is followed through, up to `async_setup`."""

_WRITE_CLIENT: Final = (
    "write it as config[DOMAIN][…] or a constant where it is registered, and run this again, "
    "or import it by hand, with async_import_client_credential in place of the registration"
)
_WRITE_NAME: Final = (
    "compute it in the property `name` from self.client_id, or write it there as a constant, "
    "and run this again"
)


def loop_around(registration: Registration) -> cst.For | None:
    """Return the loop over a list of clients that a registration stands in."""
    return next(
        (
            node
            for node in walk(registration.function.node.body, into_functions=False)
            if isinstance(node, cst.For) and contains(node.body, registration.used.call.node)
        ),
        None,
    )


def import_from_yaml(
    integration: Integration,
    registration: Registration,
    keys: tuple[str, ...],
    notice: Callable[[Module], Notice],
    name: Value | None = None,
) -> Integration:
    """Import the client of a registration at the head of `async_setup`, where YAML has one.

    `notice` is the text for the user behind it. Raises StopError where `async_setup` cannot
    await, or where the client is computed from what is not at hand there.
    """
    edit = Edit(integration)
    code = edit.code
    found = setup(code)
    if found is None:
        raise stop(
            registration.module,
            registration.used.call.node,
            "cannot tell the parameters of async_setup, which has to import this client",
            "write it as `async def async_setup(hass, config)`, and run this again",
        )
    module = found.module
    writer = _Writer(edit, registration, found)
    said, what, imports = notice(module)
    edit.need(module, *imports, Import(PLATFORM, IMPORT), Import(PLATFORM, "ClientCredential"))
    values: dict[str, cst.BaseExpression] = {
        "HASS": cst.Name(found.function.node.params.params[0].name.value),
        "DOMAIN": writer.domain,
        "CLIENT_ID": writer.part(registration.client_id, keys),
        "CLIENT_SECRET": cst.SimpleString('""')
        if registration.client_secret is None
        else writer.part(registration.client_secret, keys),
    }
    if name is not None:
        values["NAME"] = writer.inlined(name, "the name of this client", _WRITE_NAME)
    if code.text(registration.domain.module, registration.domain.node) != integration.domain:
        values["AUTH_DOMAIN"] = writer.inlined(registration.domain)
    tree = module.document.module
    text = render(RETROFIT, "import_credential", "AUTH_DOMAIN" in values, name is not None)
    comments = {
        values[part]: comments_of(value)
        for part, value in (
            ("CLIENT_ID", registration.client_id),
            ("CLIENT_SECRET", registration.client_secret),
        )
        if value is not None
    }
    new = [commented(filled(each, values), comments) for each in statements(tree, text)]
    new[0] = with_leading(new[0], _homeless(code, registration, comments.values()))
    loop = loop_around(registration) if registration.source is Source.LIST else None
    if loop is not None:
        clients = cst.Subscript(
            writer.section, [cst.SubscriptElement(cst.Index(writer.key(keys[0])))]
        )
        new = [cst.For(loop.target.deep_clone(), clients, cst.IndentedBlock(new))]
    new += [filled(each, {**values, **what}) for each in statements(tree, said)]
    test = writer.test(keys, [*writer.conditions(keys)])
    notices = _notices_behind(found, registration)
    block = cst.If(test, cst.IndentedBlock([*new, *notices]))
    body = cst.ensure_type(found.function.node.body, cst.IndentedBlock)
    start = 1 if is_docstring(body.body[0]) else 0
    lines = [*body.body[:start], block, *body.body[start:]]
    edit.replace(
        module, body, body.with_changes(body=[each for each in lines if each not in notices])
    )
    return edit.done()


def _notices_behind(found: Setup, registration: Registration) -> list[Statement]:
    """Return the words to the user right behind a registration, which are said with YAML alone."""
    body = cast("Sequence[Statement]", found.function.node.body.body)
    call = registration.used.call.node
    at = next((i for i, line in enumerate(body) if contains(line, call)), len(body))
    if at == len(body) or not isinstance(body[at], cst.SimpleStatementLine):
        return []
    return [
        line
        for line in itertools.takewhile(is_notice, body[at + 1 :])
        if not any(assignments(found.function.node, name.value) for name in names(line))
    ]


class _Writer:
    """Writes what a registration was given as `async_setup` has it."""

    def __init__(self, edit: Edit, registration: Registration, found: Setup) -> None:
        self.edit, self.registration, self.found = edit, registration, found
        self.domain, needed = domain_expression(edit.code, found.module)
        if needed is not None:
            edit.need(found.module, needed)
        element = cst.SubscriptElement(cst.Index(self.domain))
        self.section = cst.Subscript(cst.Name(found.config), [element])

    def key(self, key: str) -> cst.BaseExpression:
        """Return how the module of `async_setup` writes a key."""
        module = self.found.module
        for reading in find_key_reads(self.edit.code, (key,)):
            node = reading.node
            if reading.module is module:
                written = (
                    cst.ensure_type(node.slice[0].slice, cst.Index).value
                    if isinstance(node, cst.Subscript)
                    else cst.ensure_type(node, cst.Call).args[0].value
                )
                return written.deep_clone()
        return key_name(self.edit, module, key)

    def part(self, value: Value, keys: tuple[str, ...]) -> cst.BaseExpression:
        """Return the expression for the id or the secret."""
        key = key_of(self.edit.code, value)
        if key is None or key not in keys:
            return self.inlined(value)
        node = named(value.function, value.node)
        if isinstance(node, cst.Call) and dotted(node.func).endswith(".pop"):
            raise stop(
                value.module,
                value.node,
                "this removes the client from the section, which may have none",
                "write it as config[DOMAIN][CONF_CLIENT_ID], and run this again",
            )
        read: cst.BaseExpression
        if self._may_be_empty(key):
            given = [cst.Arg(self.key(key)), cst.Arg(cst.SimpleString('""'))]
            read = cst.Call(cst.Attribute(self.section.deep_clone(), cst.Name("get")), given)
        else:
            element = cst.SubscriptElement(cst.Index(self.key(key)))
            read = cst.Subscript(self.section.deep_clone(), [element])
        if isinstance(node, cst.Call) and dotted(node.func).endswith(".strip"):
            return cst.Call(cst.Attribute(read, cst.Name("strip")), node.args)
        return read

    def inlined(
        self, value: Value, what: str = "this client", todo: str = _WRITE_CLIENT
    ) -> cst.BaseExpression:
        """Return an expression with the local names in it written out."""
        target = loop_around(self.registration)
        looped = {each.value for each in names(target.target)} if target is not None else set()
        values: dict[str, cst.BaseExpression] = {}
        for name in names(value.node):
            bound = assignments(value.function.node, name.value) if value.function else []
            if name.value in values or (name.value in looped and not bound):
                continue
            if name.value == self.found.config and value.function is self.found.function:
                continue
            if name.value in value.given:
                values[name.value] = self.inlined(value.given[name.value], what, todo)
            elif len(bound) == 1 and not contains(bound[0], name):
                inner = Value(value.module, value.function, bound[0], value.given)
                values[name.value] = self.inlined(inner, what, todo)
            else:
                alone = Value(value.module, value.function, name)
                moving = moved(self.edit.code, alone, self.found.module.name, what, todo)
                self.edit.need(self.found.module, *moving.imports)
                values[name.value] = moving.node
        return filled(value.node.deep_clone(), values)

    def conditions(self, keys: tuple[str, ...]) -> Iterator[cst.BaseExpression]:
        """Yield what else decides whether the client is registered.

        Raises StopError where that is not known at the head of `async_setup`.
        """
        code, registration = self.edit.code, self.registration
        loop = loop_around(registration)
        at: list[tuple[Module, Function, cst.CSTNode]] = []
        module, function = registration.module, registration.function
        node: cst.CSTNode = registration.used.call.node
        while function is not self.found.function and len(at) < _DEEPEST:
            at.append((module, function, node))
            if function.outer is not None:
                node, function = function.node, function.outer
                continue
            callers = list(calls_of_own(code, module, function))
            if len(callers) != 1 or callers[0].call.function is None:
                break
            module, node, function = (
                callers[0].module,
                callers[0].call.node,
                callers[0].call.function,
            )
        at.append((module, function, node))
        here = self.found
        for module, function, node in reversed(at):
            if function is not here.function and function.outer is not here.function:
                call = next((c for _, f, c in at if f is here.function), None)
                if not isinstance(call, cst.Call):
                    return
                here = called_from(here, code, call, (module, function))
            elif function.outer is here.function:
                here = replace(here, function=function)
            inner = [(None, True)] if loop is not None and contains(loop.body, node) else []
            for test, wanted in WithYaml(code, here, keys).conditions(node):
                if (test, wanted) in inner and registration.source is Source.LIST:
                    inner = []  # the loop over the clients
                    continue
                yield self._condition(here, test, wanted=wanted)

    def _condition(
        self, here: Setup, test: cst.BaseExpression | None, *, wanted: bool
    ) -> cst.BaseExpression:
        registration = self.registration
        unknown = stop(
            here.module,
            test or registration.used.call.node,
            "this decides whether the client is registered, but the import would not check it",
            "register the client under a test for its keys in YAML alone, and run this again",
        )
        if test is None or does_something(test):
            raise unknown
        try:
            new = self.inlined(Value(here.module, here.function, test))
        except StopError as error:
            raise unknown from error
        module = here.module.index
        known = {self.found.config, *module.constants, *module.imports}
        if any(name.value not in known for name in names(new)):
            raise unknown
        return new if wanted else _opposite(new)

    def test(self, keys: tuple[str, ...], more: list[cst.BaseExpression]) -> cst.BaseExpression:
        """Return the condition that YAML has a client, and that some more holds."""
        described = schema(self.edit.code)
        config = cst.Name(self.found.config)
        section: cst.BaseExpression = self.section
        held: list[cst.BaseExpression] = [_is_in(self.domain, config)]
        if described is None:  # nothing keeps the section from being empty
            values = {"CONFIG": config, "DOMAIN": self.domain}
            section = filled(cst.parse_expression("(CONFIG.get(DOMAIN) or {})"), values)
            held = []
        certain = described is not None and all(
            key.name in keys and key.marker == "Required" for key in described.keys
        )
        asked = self._asked()
        for key in keys:
            if self._may_be_empty(key):
                continue
            if key in asked:
                got = cst.Attribute(section.deep_clone(), cst.Name("get"))
                held.append(cst.Call(got, [cst.Arg(self.key(key))]))
            elif not certain:
                held.append(_is_in(self.key(key), section.deep_clone()))
        return _all_of([*held, *more], self.found.module)

    def _asked(self) -> set[str | None]:
        """Return the keys whose value is tested, and not only whether they are there."""
        code, function = self.edit.code, self.registration.function
        tested = [
            operand
            for node in walk(function.node.body)
            if isinstance(node, (cst.If, cst.IfExp))
            for operand in _operands(node.test)
        ]
        return {key_of(code, Value(self.registration.module, function, each)) for each in tested}

    def _may_be_empty(self, key: str) -> bool:
        """Whether a key is that of a secret which YAML may lack, and the code does not ask for."""
        secret, code = self.registration.client_secret, self.edit.code
        if secret is None or secret.function is None or key_of(code, secret) != key:
            return False
        node = named(secret.function, secret.node)
        if not isinstance(node, cst.Call) or not dotted(node.func).endswith(".get"):
            return False
        if len(node.args) > 1:
            return code.text(secret.module, node.args[1].value) == "" or not self._is_asked(key)
        described = schema(code)
        found = described.key(key) if described is not None else None
        optional = found is None or found.marker not in ("Required", "Inclusive")
        return optional and not self._is_asked(key)

    def _is_asked(self, key: str) -> bool:
        """Whether the code asks whether there is a secret, before it uses the client."""
        secret = self.registration.client_secret
        if secret is None or secret.function is None:
            return False
        name = secret.node.value if isinstance(secret.node, cst.Name) else None
        return any(
            (isinstance(each, cst.Name) and each.value == name)
            or (
                isinstance(each, cst.BaseExpression)
                and key_text(self.edit.code, secret.module, each) == key
            )
            for node in walk(secret.function.node.body)
            if isinstance(node, (cst.If, cst.IfExp))
            for each in walk(node.test)
        )


def _all_of(tests: list[cst.BaseExpression], module: Module) -> cst.BaseExpression:
    """Join tests, on lines of their own where they are too long for one."""
    tree = module.document.module
    unit = tree.default_indent
    tests = [*map(_bracketed, tests)] if len(tests) > 1 else tests
    places = {f"TEST{number}": test for number, test in enumerate(tests)}
    text = " and ".join(map(tree.code_for_node, tests))
    if len(f"{unit}if {text}:") <= WIDTH:
        return filled(cst.parse_expression(" and ".join(places)), places)
    joined = f"\n{unit}and ".join(places)
    (line,) = statements(tree, f"if (\n    {joined}\n):\n    pass\n".replace(unit, "    "))
    return filled(cst.ensure_type(line, cst.If).test, places)


def _opposite(test: cst.BaseExpression) -> cst.BaseExpression:
    """Return the opposite of a test, as a person would write it."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return test.expression
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        operator = {cst.In: cst.NotIn, cst.Is: cst.IsNot}.get(type(target.operator))
        if operator is not None:
            return test.with_changes(comparisons=[target.with_changes(operator=operator())])
    return cst.UnaryOperation(cst.Not(), _bracketed(test))


def _bracketed(test: cst.BaseExpression) -> cst.BaseExpression:
    if isinstance(test, cst.BooleanOperation):
        return test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return test


def _operands(test: cst.BaseExpression) -> Iterable[cst.BaseExpression]:
    """Yield what a test asks the truth of."""
    if isinstance(test, cst.BooleanOperation):
        yield from _operands(test.left)
        yield from _operands(test.right)
    elif isinstance(test, cst.UnaryOperation):
        yield from _operands(test.expression)
    elif isinstance(test, cst.NamedExpr):
        yield test.value
    else:
        yield test


def _is_in(item: cst.BaseExpression, container: cst.BaseExpression) -> cst.Comparison:
    return cst.Comparison(item.deep_clone(), [cst.ComparisonTarget(cst.In(), container)])


def _only_around(registration: Registration) -> Iterator[cst.If]:
    """Yield the tests that stand around a registration and nothing else, the outermost first."""
    for node in walk(registration.function.node.body, into_functions=False):
        if isinstance(node, cst.If) and isinstance(node.body, cst.IndentedBlock):
            lines = [each for each in node.body.body if not is_notice(each)]
            if len(lines) == 1 and contains(lines[0], registration.used.call.node):
                yield node


def _homeless(
    code: OAuthCode, registration: Registration, placed: Iterable[Comments]
) -> list[cst.EmptyLine]:
    """Return lines for the comments in a registration whose arguments are nowhere any more."""
    there = {comment.value for each in placed for comment in each}
    if code.platform is not None:  # where the URLs are, with theirs
        there |= {each.value for each in comments_inside(code.platform.document.module)}
    tree, call = registration.module.document.module, registration.used.call.node
    places = [call]
    if isinstance(made := registration.constructed.node, cst.Call):
        places += [made] if registration.constructed.module is registration.module else []
    lines: dict[int, cst.EmptyLine] = {}
    for node in [*_only_around(registration), *(statement_of(tree, each) for each in places)]:
        found: list[cst.Comment | None] = []
        if isinstance(node, cst.SimpleStatementLine):
            found = [each for small in node.body for each in comments_inside(small)]
            found.append(node.trailing_whitespace.comment)
        elif isinstance(node, cst.If) and isinstance(node.body, cst.IndentedBlock):
            found = [node.body.header.comment]
        lines |= {id(line): line for line in (node.leading_lines if node else ()) if line.comment}
        for each in found:
            if each is not None and each.value not in there:
                lines[id(each)] = cst.EmptyLine(comment=each)
    return list(lines.values())
