"""How a user's flow gets to the vendor, as far as that is certain from the source.

The first step is followed as a Home Assistant without entries would run it. What is not
understood on the way counts as something that the flow asks for by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import returned, walk
from appcred.oauth.importing import CREDENTIAL, credential_imports
from appcred.oauth.registration import Source, assignments, calls_of_own, is_docstring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member, Module

_USER: Final = "async_step_user"
_PICK: Final = "async_step_pick_implementation"
_URL: Final = "async_generate_authorize_url"
_HARMLESS: Final = frozenset(
    {
        CREDENTIAL,
        "self.async_set_unique_id",
        "self._abort_if_unique_id_configured",
        "self._async_abort_entries_match",
    }
)
"""What neither asks the user for anything nor ends the flow where there are no entries yet."""
_ENTRIES: Final = frozenset(
    {"self._async_current_entries", "self.hass.config_entries.async_entries"}
)


_SAID: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class SignIn:
    """A flow on its way to the vendor."""

    own_client: str | None
    """The id of a client that the flow imports itself."""
    from_start: bool
    """Whether its first step goes straight on to picking an implementation."""
    goes_out: bool
    """Whether Home Assistant's own code then sends the user to the vendor."""
    known_url: bool
    """Whether to the authorize URL as the credential's client, and only a query is added to it."""
    authorize_url: str | None
    """That URL, where it is written down."""


def sign_in(code: OAuthCode) -> SignIn | None:
    """Return what is known of it.

    None for several flows, for one whose classes cannot all be seen or that picks in its own way,
    and for one that imports a client of its own not for certain.
    """
    if len(code.handlers) != 1:
        return None
    (flow,) = code.handlers
    if code.methods(flow, _PICK) is not None or not code.is_whole(flow):
        return None
    alias = code.attribute(flow, _USER)  # async_step_user = async_step_other
    step = code.methods(flow, dotted(alias[1]) if alias is not None else _USER)
    walk_through = _Walk(code, flow)
    from_start = alias is None if step is None else walk_through.passes_on(step)
    brought = list(_own_clients(code, flow))
    if any(not from_start or node not in walk_through.passed for node, _ in brought):
        return None
    urls = {code.text(url.module, url.node) for url in code.urls if url.kind == "authorize_url"}
    own = code.implementations
    if any(_sets(code, one, "authorize_url") for one in own):
        urls = set()
    changed = [made for one in (flow, *own) if (made := code.methods(one, _URL)) is not None]
    return SignIn(
        own_client=brought[0][1] if brought else None,
        from_start=from_start,
        goes_out=code.methods(flow, "async_step_auth") is None
        # A redirect URI of its own may need what Home Assistant is configured with.
        and not any(code.methods(one, "redirect_uri") for one in own)
        and (from_start or not _needs_state(code, flow)),
        known_url=all(map(code.is_whole, own))
        and all(map(_adds_to_it, changed))
        and not any(_sets(code, one, "client_id") for one in own),
        authorize_url=urls.pop() if len(urls) == 1 else None,
    )


def _own_clients(code: OAuthCode, flow: Member) -> Iterator[tuple[cst.Call, str]]:
    """Yield where a flow imports a client of the integration's own whose ID is known, and that ID.

    A flow does so itself, or by a function of the integration.
    """
    classes = {each.node for each in code.own_classes(flow)}
    for found in credential_imports(code.integration):
        client_id = code.text(found.module, found.client_id.node)
        if found.source is not Source.CONSTANT or client_id is None:
            continue
        calls = [found.used.call]
        if found.function.owner is None:
            calls = [each.call for each in calls_of_own(code, found.module, found.function)]
        yield from ((call.node, client_id) for call in calls if call.owner in classes)


def _needs_state(code: OAuthCode, flow: Member) -> bool:
    """Whether what is sent along to the vendor may depend on the steps before."""
    method = code.methods(flow, "extra_authorize_data")
    return method is not None and any(
        isinstance(node, cst.Name) and node.value == "self" for node in walk(method.node.body)
    )


def _sets(code: OAuthCode, member: Member, name: str) -> bool:
    """Whether a class has what it is made with by another value than the one it was given."""
    if code.methods(member, name) is not None or code.attribute(member, name) is not None:
        return True
    return any(
        isinstance(node, cst.AssignTarget | cst.AnnAssign) and dotted(node.target) == f"self.{name}"
        for one in code.own_classes(member)
        for method in one.node.methods.values()
        for node in walk(method.node.body)
    )


def _adds_to_it(method: Function) -> bool:
    """Whether an override gives the URL of the one it overrides, with more behind it."""
    inherited = {
        dotted(target.target)
        for node in walk(method.node.body)
        if isinstance(node, cst.Assign) and _is_super(node.value, _URL)
        for target in node.targets
    }

    def begins(node: cst.CSTNode | None) -> bool:
        if isinstance(node, cst.FormattedString):
            first = node.parts[0] if node.parts else None
            return isinstance(first, cst.FormattedStringExpression) and begins(first.expression)
        if isinstance(node, cst.BinaryOperation):
            return isinstance(node.operator, cst.Add) and begins(node.left)
        return _is_super(node, _URL) or dotted(node) in inherited

    results = list(returned(method.node))
    return bool(results) and all(begins(result.value) for result in results)


def _is_super(node: cst.CSTNode | None, name: str) -> bool:
    """Whether an expression awaits a method of `super()`."""
    if not isinstance(node, cst.Await) or not isinstance(node.expression, cst.Call):
        return False
    function = node.expression.func
    return (
        isinstance(function, cst.Attribute)
        and function.attr.value == name
        and isinstance(function.value, cst.Call)
        and dotted(function.value.func) == "super"
    )


class _Walk:
    """Goes through a first step as it is run where there are no entries yet."""

    def __init__(self, code: OAuthCode, flow: Member) -> None:
        self.code, self.flow = code, flow
        self.imports = {node for node, _ in _own_clients(code, flow)}
        self.passed: set[cst.Call] = set()
        """The calls on the way."""

    def passes_on(self, step: Function) -> bool:
        """Whether a step of the flow certainly ends in picking an implementation."""
        return bool(self._run_all(step, 0))

    def _run_all(self, method: Function, depth: int) -> bool | None:
        """Run a method of the flow: True where it passes on, None where it comes to its end."""
        own = self.code.own_classes(self.flow)
        owner = next((member for member in own if member.node is method.owner), None)
        if owner is None or depth > 4 or not isinstance(method.node.body, cst.IndentedBlock):
            return False
        return self._run(owner, method, method.node.body.body, depth)

    def _run(
        self, owner: Member, step: Function, body: Sequence[cst.BaseStatement], depth: int
    ) -> bool | None:
        """Run statements: True where they pass on, None where they come to their end."""
        for statement in body:
            if is_docstring(statement):
                continue
            if isinstance(statement, cst.If):
                truth = self._truth(owner.module, step, statement.test)
                if truth is None:
                    return False
                branch = statement.body if truth else statement.orelse
                if isinstance(branch, cst.Else):
                    branch = branch.body
                inner: Sequence[cst.BaseStatement] = ()
                if isinstance(branch, cst.If):
                    inner = (branch,)
                elif isinstance(branch, cst.IndentedBlock):
                    inner = branch.body
                elif branch is not None:
                    return False
                ended = self._run(owner, step, inner, depth)
                if ended is not None:
                    return ended
                continue
            if not isinstance(statement, cst.SimpleStatementLine):
                return False
            for small in statement.body:
                if isinstance(small, cst.Return):
                    return self._goes_on(owner, step, small.value, depth)
                if isinstance(small, cst.Raise) or not self._is_harmless(owner, small, depth):
                    return False
        return None

    def _goes_on(
        self, owner: Member, step: Function, value: cst.BaseExpression | None, depth: int
    ) -> bool:
        if not isinstance(value, cst.Await) or not isinstance(value.expression, cst.Call):
            return False
        call = value.expression
        given = [parameter.name.value for parameter in step.node.params.params][1:]
        if any(dotted(a.value) not in (*given, "None") or a.star for a in call.args):
            return False
        if _is_super(value, _USER):
            bases = self.code.own_classes(owner)[1:]
            return step.name == _USER and not any(_USER in base.node.methods for base in bases)
        name = dotted(call.func)
        if name == f"self.{_PICK}":
            return True
        following = self._method(name)
        return following is not None and bool(self._run_all(following, depth + 1))

    def _method(self, name: str) -> Function | None:
        """Return the flow's own method that `self.name` is."""
        head, _, rest = name.partition(".")
        return self.code.methods(self.flow, rest) if head == "self" else None

    def _is_harmless(self, owner: Member, small: cst.CSTNode, depth: int) -> bool:
        """Whether a statement neither asks for anything nor ends the flow."""
        calls = [node for node in walk(small) if isinstance(node, cst.Call)]
        self.passed.update(calls)
        for call in calls:
            name = owner.module.index.resolve(call.func)
            if call in self.imports or name in _HARMLESS or name in _ENTRIES:
                continue
            if name.rpartition(".")[2] in _SAID:
                continue
            method = self._method(name)
            if method is None or self._run_all(method, depth + 1) is not None:
                return False
        return True

    def _truth(self, module: Module, step: Function, node: cst.BaseExpression) -> bool | None:
        """Return what a condition is where there are no entries and nothing was asked for."""

        def truth(part: cst.BaseExpression) -> bool | None:
            return self._truth(module, step, part)

        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            inner = truth(node.expression)
            return None if inner is None else not inner
        if isinstance(node, cst.BooleanOperation):
            found = [truth(node.left), truth(node.right)]
            deciding = isinstance(node.operator, cst.Or)
            if deciding in found:
                return deciding
            return None if None in found else not deciding
        asked = {parameter.name.value for parameter in step.node.params.params[1:2]}
        if isinstance(node, cst.Comparison) and dotted(node.left) in asked:
            (target, *more) = node.comparisons
            if more or dotted(target.comparator) != "None":
                return None
            return {cst.Is: True, cst.IsNot: False}.get(type(target.operator))
        if isinstance(node, cst.Call):
            return False if module.index.resolve(node.func) in _ENTRIES else None
        if isinstance(node, cst.NamedExpr):
            return truth(node.value)
        if isinstance(node, cst.Name):
            if node.value in asked:
                return False
            bound = assignments(step.node, node.value)
            return truth(bound[0]) if len(bound) == 1 else None
        return None
