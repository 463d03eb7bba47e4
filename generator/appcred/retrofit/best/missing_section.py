"""What `async_setup` does because there is no YAML, which is no reason for it any more.

The client comes from the user's application credentials then. What acts on the lack of YAML is
work for a person; a word in the log that complains about it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.yaml import base_of, is_absence, is_presence, leaving, reads_section
from appcred.retrofit.best.client_statements import names_key, taken
from appcred.rules.edit import stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup


class Absent(NamedTuple):
    """A block of `async_setup` that runs only where there is no section, or no client in it."""

    statement: cst.If | cst.Try
    block: cst.BaseSuite


def absents(code: OAuthCode, found: Setup, keys: Sequence[str]) -> Iterator[Absent]:
    """Yield such blocks: of a test for absence, the `else` of one for presence, of a guard."""
    for node in walk(found.function.node.body, into_functions=False):
        if isinstance(node, cst.If):
            if is_absence(code, found, node.test):
                yield Absent(node, node.body)
            elif isinstance(node.orelse, cst.Else) and _present(code, found, node.test, keys):
                yield Absent(node, node.orelse.body)
        elif node is found.tried:
            yield Absent(found.tried, found.tried.handlers[0].body)


def _present(code: OAuthCode, found: Setup, test: cst.BaseExpression, keys: Sequence[str]) -> bool:
    """Whether a test is true only where there is a section, or a client in it."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return any(_present(code, found, each, keys) for each in (test.left, test.right))
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        target = test.comparisons[0]
        if isinstance(target.operator, cst.In) and reads_section(found, [target.comparator]):
            return names_key(code, found, test.left, keys) or is_presence(code, found, test)
    return is_presence(code, found, test)


def refuse_absent(code: OAuthCode, found: Setup, keys: tuple[str, ...]) -> None:
    """Raise StopError where the lack of YAML has more of a consequence than a word in the log."""
    for statement, block in absents(code, found, keys):
        if statement in (found.guard, found.tried) and leaving(block) is False:
            continue  # it goes as a whole
        for each in cast("Sequence[Statement]", block.body):
            small = each.body if isinstance(each, cst.SimpleStatementLine) else [each]
            if not all(_is_nothing(one) or _is_default(code, found, keys, one) for one in small):
                raise stop(
                    found.module,
                    each,
                    "this treats missing YAML as an error, which it is no longer: the "
                    "client comes from the user's application credentials",
                    "remove it, or do it in all cases if it does not need YAML; then run "
                    "this again",
                )


_LOGS: Final = (".debug", ".info", ".warning", ".error", ".critical")


def is_log(node: cst.CSTNode, names: tuple[str, ...] = _LOGS) -> bool:
    """Whether a small statement is a line for the log."""
    return (
        isinstance(node, cst.Expr)
        and isinstance(node.value, cst.Call)
        and dotted(node.value.func).lower().endswith(names)
    )


def is_complaint(node: cst.CSTNode) -> bool:
    """Whether a statement tells the log that something is wrong, and does nothing else."""
    return (
        isinstance(node, cst.SimpleStatementLine)
        and len(node.body) == 1
        and is_log(node.body[0], (".warning", ".error", ".critical"))
    )


def _is_nothing(small: cst.CSTNode) -> bool:
    """Whether a small statement leaves, tells the log, or makes an empty place in hass.data."""
    if isinstance(small, cst.Pass) or is_log(small):
        return True
    if isinstance(small, cst.Return):
        return dotted(small.value) == "True"
    if isinstance(small, cst.Assign):
        base = base_of(small.targets[0].target)
        return _is_empty(small.value) and (
            isinstance(base, cst.Name) or dotted(base).endswith("hass.data")
        )
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
        call = small.value
        given = [argument.value for argument in call.args]
        return dotted(call.func).endswith("hass.data.setdefault") and all(
            _is_empty(each) for each in given[1:]
        )
    return False


def _is_empty(value: cst.BaseExpression) -> bool:
    if isinstance(value, (cst.Dict, cst.List, cst.Tuple)):
        return not value.elements
    return (
        isinstance(value, cst.Call)
        and dotted(value.func) in ("dict", "list", "set")
        and not value.args
    )


def _is_default(code: OAuthCode, found: Setup, keys: Sequence[str], small: cst.CSTNode) -> bool:
    """Whether something is given what it has without YAML, and with YAML from another key."""
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return False
    if any(isinstance(each, (cst.Call, cst.Await)) for each in walk(small.value)):
        return False
    return any(
        isinstance(other, cst.Assign)
        and len(other.targets) == 1
        and other.targets[0].target.deep_equals(small.targets[0].target)
        and any(
            one is not None and one.key not in keys
            for one in (taken(code, found, each) for each in walk(other.value))
        )
        for other in walk(found.function.node.body, into_functions=False)
    )
