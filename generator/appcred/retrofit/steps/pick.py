"""A flow that names its one implementation itself takes the one that its user picks.

Credentials have auth domains that the code does not know: a user's own beside an imported one, and
the client of each entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import as_statement
from appcred.documents.walk import is_log, text, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Value
from appcred.oauth.sources import Origin, evaluator, key_or_name
from appcred.retrofit.steps.form import is_after_pick
from appcred.rules.edit import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member

PICK: Final = "async_step_pick_implementation"
STORED: Final = "auth_implementation"
_CHOSEN: Final = "implementation"
_AUTH: Final = "async_step_auth"


def names_its_implementation(integration: Integration) -> bool:
    """Whether a flow names the implementation that it goes on with, or that its entries store."""
    code = oauth_code(integration)
    return any(
        next(_named_picks(code, flow), None) or next(_named_entries(code, flow), None)
        for flow in code.flows
    )


def take_picked(integration: Integration) -> Integration:
    """Let each flow go on with the implementation that is picked, and entries store that one."""
    edit = Edit(integration)
    for flow in edit.code.flows:
        for method, call in _named_picks(edit.code, flow):
            edit.replace(flow.module, call, picked(method, call))
        for node in _named_entries(edit.code, flow):
            stored = cst.parse_expression("self.flow_impl.domain")
            edit.replace(flow.module, node, node.with_changes(value=stored))
    return edit.done()


def picked(method: Function, call: cst.Call | None = None) -> cst.Call:
    """Return a call of the pick: a new sign-in goes on with what its entry stores."""
    if method.name.startswith("async_step_reauth"):
        made = cst.parse_expression(
            f"self.{PICK}(\n    "
            f'{{"{_CHOSEN}": self.hass.config_entries.async_get_entry(\n        '
            f'self.context["entry_id"]\n    ).data["{STORED}"]}}\n)'
        )
    else:
        made = cst.parse_expression(f"self.{PICK}()")
    new = cst.ensure_type(made, cst.Call)
    return new if call is None else new.with_changes(func=call.func)


def _named_picks(code: OAuthCode, flow: Member) -> Iterator[tuple[Function, cst.Call]]:
    """Yield each call of the pick that is told which implementation to take."""
    of = evaluator(code.integration).of
    for method in flow.node.methods.values():
        for node in walk(method.node.body):
            if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
                continue
            if node.func.attr.value != PICK or len(node.args) != 1 or method.name == PICK:
                continue
            given = Value(flow.module, method, node.args[0].value)
            found = of(given, (_CHOSEN,))
            fixed = bool(found) and all(each.origin is Origin.CONSTANT for each in found)
            if fixed or _takes_domain(code, flow, given.node):
                yield method, node


def _takes_domain(code: OAuthCode, flow: Member, node: cst.CSTNode) -> bool:
    """Whether a dictionary names the domain of an implementation that is at hand."""
    return isinstance(node, cst.Dict) and any(
        isinstance(each, cst.DictElement)
        and key_or_name(code, flow.module, each.key) == _CHOSEN
        and dotted(each.value).endswith(".domain")
        for each in node.elements
    )


def _named_entries(code: OAuthCode, flow: Member) -> Iterator[cst.DictElement]:
    """Yield what stores a fixed implementation in an entry, where nothing else gives one."""
    for method in flow.node.methods.values():
        if not is_after_pick(code, flow, method):
            continue
        for node in walk(method.node.body):
            if not isinstance(node, cst.Dict):
                continue
            spread = False
            for each in node.elements:
                spread = spread or isinstance(each, cst.StarredDictElement)
                if (
                    isinstance(each, cst.DictElement)
                    and not spread
                    and key_or_name(code, flow.module, each.key) == STORED
                    and code.text(flow.module, each.value) is not None
                ):
                    yield each


def goes_on(function: Function, statement: Statement) -> bool:
    """Whether a step that sets its implementation goes on with Home Assistant's own steps."""
    if not function.name.startswith("async_step_"):
        return True
    ways = {PICK, _AUTH, "super"}
    return any(
        isinstance(node, cst.Call) and dotted(node.func).rpartition(".")[2] in ways
        for line in _behind(function, statement)
        for node in walk(line)
    )


def opening(
    classes: Sequence[Member], function: Function, statement: Statement
) -> Sequence[Statement]:
    """Return the statements behind one that do what `async_step_auth` does: they open the page.

    Empty where they do more, or where the flow has an `async_step_auth` of its own.
    """
    lines = _behind(function, statement)
    opens = any(_is_opened(node) for line in lines for node in walk(line))
    if not opens or any(_AUTH in each.node.methods for each in classes):
        return ()
    return lines if all(map(_only_opens, lines)) else ()


def _behind(function: Function, statement: Statement) -> Sequence[Statement]:
    """Return the statements behind one, in its own block."""
    for block in walk(function.node):
        if isinstance(block, cst.IndentedBlock) and statement in block.body:
            return [as_statement(each) for each in block.body[block.body.index(statement) + 1 :]]
    return ()


def _is_opened(node: cst.CSTNode) -> bool:
    """Whether a node is `self.async_external_step(step_id="auth", …)`."""
    return (
        isinstance(node, cst.Call)
        and dotted(node.func) == "self.async_external_step"
        and any(
            dotted(each.keyword) == "step_id" and text(each.value) == "auth" for each in node.args
        )
    )


def _only_opens(statement: cst.CSTNode) -> bool:
    """Whether a statement logs, works out the URL, opens its page, or gives up where that fails."""
    if isinstance(statement, cst.Try):
        blocks = [statement.body, *(handler.body for handler in statement.handlers)]
        plain = statement.orelse is None and statement.finalbody is None
        return plain and all(_only_opens(line) for block in blocks for line in block.body)
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    for small in statement.body:
        value = getattr(small, "value", None)
        called = dotted(value.func) if isinstance(value, cst.Call) else ""
        if isinstance(small, cst.Expr):
            fits = is_log(small.value)
        elif isinstance(small, cst.Return):
            fits = _is_opened(small.value or small) or called == "self.async_abort"
        else:
            asked = value.expression if isinstance(value, cst.Await) else None
            made = dotted(asked.func) if isinstance(asked, cst.Call) else ""
            fits = made.endswith("async_generate_authorize_url")
        if not fits:
            return False
    return True
