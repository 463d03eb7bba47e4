"""Subclasses of Home Assistant's implementation take what a credential brings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.imports import WIDTH, Import
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, filled, statements
from appcred.documents.walk import contains, names, returned, walk
from appcred.emission import RETROFIT, render
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import AUTH, LOCAL, PLATFORM
from appcred.oauth.names import Member
from appcred.oauth.registration import Kind, Value, assignments, is_docstring, super_call
from appcred.retrofit.best.class_uses import refuse_other_uses
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Initialiser, Registration


_TODO: Final = (
    "derive it from AuthImplementation; let __init__ take (hass, auth_domain, credential, "
    "authorization_server), pass them on, and only store values on self; replace its other "
    "arguments with constants; register {name}(hass, DOMAIN, ClientCredential(client_id, "
    "client_secret), AuthorizationServer(authorize_url, token_url)), and run this again"
)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What becomes of the class of an implementation."""

    module: str
    class_name: str
    gone: bool
    """Whether it did nothing but give a name; the plain implementation then does the same."""
    without_name: bool
    """Whether its `name` goes, for the credential has the name from then on."""
    name: Value | None
    """What the class called its one implementation."""
    kept: bool = False
    """Whether its `__init__` stays, and takes what the hook hands it."""


def conversion(code: OAuthCode, registration: Registration) -> Conversion | None:
    """Decide about the class of a registration; None where there is none of its own.

    Raises StopError if the class needs more than a credential brings.
    """
    member = registration.own_class
    if member is None:
        return None
    chain = own_chain(code, member)
    kept: dict[str, Value] = {}
    stays = False
    for initialiser in registration.initialisers:
        named = initialiser.attributes is not None and all(
            _names(member, attribute) and all(_only_named(each, attribute) for each in chain)
            for attribute in initialiser.attributes
        )
        if not named and _can_stay(code, registration, initialiser):
            stays = True
            continue
        if not named or initialiser.attributes is None:
            raise stop(
                initialiser.owner.module,
                initialiser.function.node,
                f"{initialiser.owner.name}.__init__ does more than pass its arguments on",
                _TODO.format(name=initialiser.owner.name),
            )
        kept |= initialiser.attributes
    refuse_other_uses(code, registration, chain)
    _refuse_own_domain(code, registration, member)
    name = _name(code, member, kept)
    if kept and registration.kind is Kind.PKCE_SUBCLASS:
        raise stop(
            member.module,
            member.node.node,
            f"{member.name} gets its name where it is created",
            "let it take (hass, auth_domain, credential), and return it from "
            "async_get_auth_implementation in application_credentials.py",
        )
    only_name = (
        len(chain) == 1
        and not stays
        and name is not None
        and all(
            is_passive(statement)
            or (
                isinstance(statement, cst.FunctionDef)
                and statement.name.value in ("__init__", "name")
            )
            or _is_name(statement)
            for statement in member.node.node.body.body
        )
    )
    # A kept name is gone with `__init__`; any other would be that of every credential.
    without_name = bool(kept) or name is not None
    return Conversion(member.module.name, member.name, only_name, without_name, name, stays)


def _refuse_own_domain(code: OAuthCode, registration: Registration, member: Member) -> None:
    """Raise StopError if a class gives another domain than it was made with.

    Entries store what it gives, and credentials are looked up by what they were made with.
    """
    made_with = code.text(registration.domain.module, registration.domain.node)
    for each in own_chain(code, member):
        method = each.node.methods.get("domain")
        given = [each.node.attributes.get("domain")]
        if method is not None:
            given = [one.value for one in returned(method.node)]
        where = method.node if method is not None else given[0]
        if where is None:
            continue
        if made_with is None or [code.text(each.module, one) for one in given] != [made_with]:
            raise stop(
                each.module,
                where,
                f"{each.name} returns its own domain, which entries store",
                "create it with that domain, remove this, and run this again; if each client "
                "has its own domain, import it under that domain by hand",
            )
        return


def _can_stay(code: OAuthCode, registration: Registration, one: Initialiser) -> bool:
    """Whether an `__init__` can do all it does with what the implementation hook hands it."""
    onward = super_call(one.function.node)
    if len(registration.initialisers) > 1 or onward is None:
        return False
    if takes_a_credential(code, one.owner, one.function.node):
        return all(
            contains(line, onward) or is_docstring(line) or _only_binds(line)
            for line in one.function.node.body.body
        )
    if not code.is_a(one.owner, LOCAL):
        return False
    if any(assignments(one.function.node, name) for name in handed(one.function.node)):
        return False
    parameters = {each.name.value for each in _every_parameter(one.function.node)}
    unknown = parameters - handed(one.function.node).keys() - {"self"}
    return all(
        (
            isinstance(line, cst.SimpleStatementLine)
            and len(line.body) == 1
            and isinstance(line.body[0], cst.Expr)
            and line.body[0].value is onward
        )
        or is_docstring(line)
        or (_only_binds(line) and not any(name.value in unknown for name in names(line)))
        for line in one.function.node.body.body
    )


def takes_a_credential(code: OAuthCode, owner: Member, function: cst.FunctionDef) -> bool:
    """Whether an `__init__` takes and hands on what the implementation hook has already."""
    onward = super_call(function)
    if onward is None or not code.is_a(owner, AUTH):
        return False
    taken = [each.name.value for each in _every_parameter(function)][1:]
    return len(taken) == len(_HOOK) and taken == [
        dotted(argument.value)
        for argument, name in zip(onward.args, _HOOK, strict=False)
        if argument.keyword is None or argument.keyword.value == name
    ]


def _only_binds(line: cst.CSTNode) -> bool:
    """Whether a statement binds names or attributes, and nothing else.

    The hook makes an implementation each time that one is asked for; a registration made it once.
    """
    return isinstance(line, cst.SimpleStatementLine) and all(
        isinstance(small, (cst.Assign, cst.AnnAssign)) for small in line.body
    )


def _every_parameter(function: cst.FunctionDef) -> list[cst.Param]:
    params = function.params
    stars = [s for s in (params.star_arg, params.star_kwarg) if isinstance(s, cst.Param)]
    return [*params.posonly_params, *params.params, *params.kwonly_params, *stars]


_HOOK: Final = ("hass", "auth_domain", "credential", "authorization_server")
"""What AuthImplementation takes, in its order."""

_HANDED: Final = {
    "hass": "hass",
    "domain": "auth_domain",
    "client_id": "credential.client_id",
    "client_secret": "credential.client_secret",
    "authorize_url": "authorization_server.authorize_url",
    "token_url": "authorization_server.token_url",
}
"""What LocalOAuth2Implementation takes, in its order, and where AuthImplementation has it from."""


def handed(function: cst.FunctionDef) -> dict[str, cst.BaseExpression]:
    """Return what the parameters of an `__init__` are, in terms of those of AuthImplementation."""
    found: dict[str, cst.BaseExpression] = {}
    onward = super_call(function)
    positions = list(_HANDED)
    for position, argument in enumerate(onward.args if onward is not None else ()):
        name = argument.keyword.value if argument.keyword is not None else None
        if name is None and position < len(positions):
            name = positions[position]
        if name in _HANDED and isinstance(argument.value, cst.Name):
            found[argument.value.value] = cst.parse_expression(_HANDED[name])
    return found


def as_plain(registration: Registration, plan: Conversion | None) -> Registration:
    """Return a registration as it is once a class that only gave a name is gone."""
    if plan is None or not plan.gone:
        return registration
    kind = Kind.PKCE if registration.kind is Kind.PKCE_SUBCLASS else Kind.PLAIN
    return replace(registration, kind=kind, own_class=None)


def own_chain(code: OAuthCode, member: Member) -> list[Member]:
    """Return a class and the integration's own classes it is made from."""
    return [member, *(each for each in code.ancestry(member) if not isinstance(each, str))]


def _names(member: Member, attribute: str) -> bool:
    """Whether an attribute is what the class's `name` gives."""
    method = member.node.methods.get("name")
    return method is not None and any(
        each.value is not None and dotted(each.value) == f"self.{attribute}"
        for each in returned(method.node)
    )


def _only_named(member: Member, attribute: str) -> bool:
    """Whether an attribute is used by nothing but `__init__` and `name`."""
    return not any(
        dotted(node) == f"self.{attribute}"
        for name, method in member.node.methods.items()
        if name not in ("__init__", "name")
        for node in walk(method.node)
        if isinstance(node, cst.Attribute)
    )


def _name(code: OAuthCode, member: Member, kept: dict[str, Value]) -> Value | None:
    """Return what a class's `name` property certainly gives."""
    method = code.methods(member, "name")
    if method is None:
        module, node = code.attribute(member, "name") or (member.module, None)
        return Value(module, None, node) if node and code.text(module, node) is not None else None
    results = [each.value for each in returned(method.node)]
    if len(results) != 1 or results[0] is None:
        return None
    attribute = dotted(results[0]).removeprefix("self.")
    if attribute in kept:
        return kept[attribute]
    if code.text(member.module, results[0]) is not None:
        return Value(member.module, None, results[0])
    return None


def has_name_of_its_own(code: OAuthCode, member: Member) -> bool:
    """Whether a class works its `name` out, so that no credential can have it."""
    named = code.methods(member, "name") or code.attribute(member, "name")
    return named is not None and _name(code, member, {}) is None


def is_passive(statement: cst.CSTNode) -> bool:
    """Whether a statement is a docstring or `pass`."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, cst.Pass)
        or (isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString))
        for small in statement.body
    )


def convert_class(integration: Integration, plan: Conversion) -> Integration:
    """Let a subclass take what the implementation hook hands it.

    Its base becomes AuthImplementation, and an `__init__` that only hands on goes.
    """
    edit = Edit(integration)
    found = edit.code.module(plan.module)
    node = found.index.class_(plan.class_name) if found is not None else None
    if found is None or node is None:
        return integration
    for member in own_chain(edit.code, Member(found, node)):
        for name in ("__init__", "name") if plan.without_name else ("__init__",):
            method = member.node.methods.get(name)
            if method is not None and name == "__init__" and plan.kept:
                if takes_a_credential(edit.code, member, method.node):
                    continue
                edit.replace(member.module, method.node, _initialiser(edit, member.module, method))
            elif method is not None:
                edit.replace(member.module, method.node, REMOVED)
        if plan.without_name:
            for statement in member.node.node.body.body:
                if _is_name(statement):
                    edit.replace(member.module, statement, REMOVED)
        for argument in member.node.node.bases:
            if member.module.index.resolve(argument.value) == LOCAL:
                edit.replace(member.module, argument.value, cst.Name("AuthImplementation"))
                edit.need(member.module, Import(PLATFORM, "AuthImplementation"))
    return _on_one_line(edit.done(), plan.module, plan.class_name)


def _is_name(statement: cst.CSTNode) -> bool:
    """Whether a statement of a class is `name = …`, and no more."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    if isinstance(small, cst.Assign):
        return [dotted(target.target) for target in small.targets] == ["name"]
    return isinstance(small, cst.AnnAssign) and dotted(small.target) == "name"


def _initialiser(edit: Edit, module: Module, method: Function) -> cst.FunctionDef:
    """Return an `__init__` that takes what the hook hands it, and else does what it did."""
    old = method.node
    annotated = any(each.annotation is not None for each in old.params.params)
    text = render(RETROFIT, "initialiser", annotated)
    new = cst.ensure_type(statements(module.document.module, text)[0], cst.FunctionDef)
    values = {name: node for name, node in handed(old).items() if dotted(node) != name}
    onward, call = super_call(old), super_call(new)
    lines: list[cst.CSTNode] = []
    for line in cast("Sequence[Statement]", old.body.body):
        if onward is not None and call is not None and contains(line, onward):
            lines.append(line.deep_replace(onward, call))
        else:
            lines.append(filled(line, values))
    if annotated:
        edit.need(
            module,
            Import("homeassistant.core", "HomeAssistant"),
            Import(PLATFORM, "AuthorizationServer"),
            Import(PLATFORM, "ClientCredential"),
        )
    return new.with_changes(
        body=_without_unused(old.body.with_changes(body=lines)),
        leading_lines=old.leading_lines,
        decorators=old.decorators,
        returns=new.returns if annotated else old.returns,
    )


def _without_unused(body: cst.BaseSuite) -> cst.BaseSuite:
    """Drop local names that nothing reads, now that `super` is handed other things."""
    while True:
        read = [name.value for name in names(body)]
        kept = [
            line
            for line in body.body
            if not (
                isinstance(line, cst.SimpleStatementLine)
                and len(line.body) == 1
                and isinstance(line.body[0], cst.Assign)
                and len(line.body[0].targets) == 1
                and isinstance(target := line.body[0].targets[0].target, cst.Name)
                and read.count(target.value) == 1
            )
        ]
        if len(kept) == len(body.body):
            return body
        body = body.with_changes(body=kept)


def _on_one_line(integration: Integration, module: str, name: str) -> Integration:
    """Write a class's bases on one line, where the shorter base has made room for that."""
    edit = Edit(integration)
    found = edit.code.module(module)
    node = found.index.class_(name) if found is not None else None
    if found is None or node is None:
        return integration
    definition = node.node
    opening = definition.lpar
    if not isinstance(opening, cst.LeftParen) or not isinstance(
        opening.whitespace_after, cst.ParenthesizedWhitespace
    ):
        return integration
    texts = [found.document.module.code_for_node(each.value) for each in definition.bases]
    line = f"class {name}({', '.join(texts)}):"
    header = found.document.module.code_for_node(
        definition.with_changes(body=cst.SimpleStatementSuite([]))
    )
    if definition.keywords or len(line) > WIDTH or "#" in header:
        return integration
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    last = len(texts) - 1
    bases = [
        each.with_changes(
            comma=cst.MaybeSentinel.DEFAULT if i == last else comma,
            whitespace_after_arg=cst.SimpleWhitespace(""),
        )
        for i, each in enumerate(definition.bases)
    ]
    flat = definition.with_changes(lpar=cst.LeftParen(), rpar=cst.RightParen(), bases=bases)
    edit.replace(found, definition, flat)
    return edit.done()


def apply_conversion(integration: Integration, plan: Conversion | None) -> Integration:
    """Remove the class of an implementation, or let it take a credential, as it was planned."""
    if plan is None:
        return integration
    return remove_class(integration, plan) if plan.gone else convert_class(integration, plan)


def remove_class(integration: Integration, plan: Conversion) -> Integration:
    """Remove a class that nothing uses any more, and its file if nothing else is in it."""
    code = oauth_code(integration)
    found = code.module(plan.module)
    node = found.index.class_(plan.class_name) if found is not None else None
    if found is None or node is None:
        return integration
    others = (code.module(each) for each in integration.modules)
    if any(
        plan.class_name in other.index.imports
        for other in others
        if other is not None and other is not found
    ):
        return convert_class(integration, plan)
    rest = [
        statement
        for statement in found.document.module.body
        if statement is not node.node and not is_passive(statement) and not _is_import(statement)
    ]
    if not rest and plan.module:
        return integration.with_file(found.path, None)
    edit = Edit(integration)
    edit.replace(found, node.node, REMOVED)
    return edit.done()


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, (cst.Import, cst.ImportFrom)) for small in statement.body
    )
