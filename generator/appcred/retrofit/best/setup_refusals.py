"""What of `async_setup` cannot go on where there may be no client in YAML, with the reasons.

What uses the client for more than its import cannot go where the import goes, and cannot stay
either, for its keys may be missing from now on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import always_exits, names, walk
from appcred.oauth.registration import is_docstring
from appcred.oauth.yaml import is_absence, is_notice, is_section, reads_section
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best.client_statements import (
    carriers,
    company,
    is_binding,
    names_key,
    taken,
    uses_client,
)
from appcred.retrofit.best.key_reads import readings
from appcred.retrofit.best.missing_section import is_log
from appcred.retrofit.best.other_statements import (
    has_default,
    importing_helpers,
    imports_credential,
    is_about,
)
from appcred.retrofit.best.reachability import for_missing, places
from appcred.rules.edit import stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.oauth.yaml import Setup
    from appcred.retrofit.best.reachability import Place
    from appcred.rules.edit import StopError


def refuse_import_flow(code: OAuthCode, found: Setup, keys: Sequence[str]) -> None:
    """Raise StopError where `async_setup` starts a flow with what YAML holds."""
    known = carriers(code, found, keys)
    for node in walk(found.function.node.body):
        if isinstance(node, cst.Call) and dotted(node.func).endswith(".flow.async_init"):
            given = list(node.args)
            if reads_section(found, given) or any(
                uses_client(code, found, each, keys, known) for each in given
            ):
                raise stop(
                    found.module,
                    node,
                    "an import flow is started with the YAML section, but without YAML there "
                    "is none",
                    "remove this import flow, and async_step_import if nothing else needs "
                    "it: the credential is imported, and the user signs in with it; then run "
                    "this again",
                )


def refuse_failing(code: OAuthCode, found: Setup) -> None:
    """Raise StopError where the set-up fails without YAML, and not just with a word to the user."""
    for each in found.body:
        if not isinstance(each, cst.If) or each is found.guard:
            continue
        if is_absence(code, found, each.test) and always_exits(each.body) and _fails(each.body):
            raise stop(
                found.module,
                each,
                "without YAML the set-up fails here, but it must now succeed",
                "return True here and run this again",
            )


def refuse_leaving(code: OAuthCode, found: Setup, keys: tuple[str, ...]) -> None:
    """Raise StopError where the rest of `async_setup` does not happen without a client in YAML."""
    importing = [s for s in found.body if imports_credential(code, found.module, s)]
    if not importing:
        return
    for each in walk(importing[0]):
        if (
            isinstance(each, cst.If)
            and each.orelse is None
            and imports_credential(code, found.module, each)
            and _stands_on_client(code, found, each.test, keys)
        ):
            refuse_more(code, found, each, keys)
    close = company(code, found, found.body, importing[0], keys)
    for position, statement in enumerate(found.body):
        well = decides(code, found, statement, keys)
        following = [
            each
            for each in found.body[position + 1 :]
            if each not in importing and each not in close and not is_about(code, found, each)
        ]
        if well is False or (well and following):
            raise stop(
                found.module,
                statement,
                "cannot tell what happens without a client in YAML",
                "put only the import of the client behind a test for its keys, and run this again",
            )


def refuse_more(code: OAuthCode, found: Setup, importing: cst.If, keys: tuple[str, ...]) -> None:
    """Raise StopError where an `if` that is about the client does more than import it."""
    branch: cst.If | cst.Else | None = importing
    while branch is not None:
        inside = cast("Sequence[Statement]", branch.body.body)
        held = [each for each in inside if imports_credential(code, found.module, each)]
        close = company(code, found, inside, held[0], keys) if held else []
        for each in inside:
            if each not in held and each not in close and not is_about(code, found, each):
                raise stop(
                    found.module,
                    each,
                    "this depends on the client in YAML, but there may be none",
                    "move it out of this test, with its own test for any YAML that it needs, "
                    "and run this again",
                )
        branch = branch.orelse if isinstance(branch, cst.If) else None


def refuse_helper(code: OAuthCode, module: Module, importing: cst.CSTNode) -> None:
    """Raise StopError where a function that `async_setup` calls for the import does more than it.

    The call goes behind a test as a whole, and what else the function does must not.
    """
    for helper, function in importing_helpers(code, module, importing):
        for each in beyond_import(code, helper, function.node.body):
            raise stop(
                helper,
                each,
                f"{function.name} imports the client, but also does this, which must happen "
                "without a client in YAML too",
                f"move it out of {function.name} to code that always runs, and run this again",
            )


def beyond_import(code: OAuthCode, module: Module, block: cst.BaseSuite) -> Iterator[Statement]:
    """Yield what a function does besides importing the client, naming things and telling of it."""
    for each in cast("Sequence[Statement]", block.body):
        if not isinstance(each, cst.SimpleStatementLine):
            inner = [part for part in walk(each) if isinstance(part, cst.BaseSuite)]
            if not inner or isinstance(each, (cst.FunctionDef, cst.ClassDef)):
                continue  # of no effect by itself
            for suite in inner:
                yield from beyond_import(code, module, suite)
        elif not (
            imports_credential(code, module, each)
            or is_notice(each)
            or is_docstring(each)
            or all(map(_is_mere, each.body))
        ):
            yield each


def _is_mere(small: cst.CSTNode) -> bool:
    """Whether a small statement leaves, tells the log, or gives a value to a local name."""
    if isinstance(small, (cst.Return, cst.Raise, cst.Pass, cst.Break, cst.Continue)):
        return not any(isinstance(node, cst.Call) for node in walk(small))
    if is_log(small):
        return True
    if any(isinstance(node, cst.Await) for node in walk(small)):
        return False
    if _changes_something(small):
        return False
    if isinstance(small, cst.Assign):
        return all(isinstance(target.target, (cst.Name, cst.Tuple)) for target in small.targets)
    return isinstance(small, (cst.Import, cst.ImportFrom)) or (
        isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name)
    )


_CHANGING: Final = frozenset(
    {"setdefault", "pop", "popitem", "update", "append", "extend", "insert", "add", "remove"}
)


def _changes_something(node: cst.CSTNode) -> bool:
    """Whether a value is had by what changes where it is from: `hass.data.setdefault(…)`."""
    return any(
        isinstance(each, cst.Call)
        and isinstance(each.func, cst.Attribute)
        and each.func.attr.value in _CHANGING
        for each in walk(node)
    )


def refuse_other_use(
    code: OAuthCode, found: Setup, statements: Sequence[Statement], keys: Sequence[str]
) -> None:
    """Raise StopError for the first statement that uses the client for more than a name or two."""
    known = carriers(code, found, keys)
    for each in statements:
        if uses_client(code, found, each, keys, known) and not is_binding(each):
            raise more_than_signing_in(code, found, each, keys)


def refuse_unguarded(code: OAuthCode, found: Setup, keys: Sequence[str]) -> None:
    """Raise StopError where `async_setup` needs what YAML may not hold, and does not look first."""
    described = schema(code)
    others = [] if described is None else [key for key in described.keys if key.name not in keys]
    with_value = {key.name for key in others if key.marker == "Required" or has_default(key)}
    known = carriers(code, found, keys)
    reading = {id(each.function.node) for each in readings(code, keys)}

    def finds_client(place: Place) -> bool:
        return any(
            isinstance(test, cst.ExceptHandler)
            or (not others and reads_section(found, [test]))
            or names_key(code, found, test, keys)
            or any(name.value in known for name in names(test))
            for test in place.tests
        )

    def finds_section(place: Place) -> bool:
        return any(
            isinstance(test, cst.ExceptHandler) or reads_section(found, [test])
            for test in place.tests
        )

    missed: list[tuple[int, bool, Place]] = []
    for place in places(found):
        node = place.node
        one = taken(code, found, node)
        about_client = (
            (one is not None and one.key in keys)
            or (isinstance(node, cst.Name) and node.value in known)
            or _hands_on(code, found, node, reading)
        )
        if about_client and not finds_client(place):
            line = place.statement
            if not isinstance(line, cst.SimpleStatementLine):
                rank = 1  # a test for it
            else:
                rank = 2 if is_binding(line) or is_notice(line) else 0
            certain = one is not None and one.method != "get"
            missed.append((rank, certain or rank == 0, place))
        elif one is not None and one.key not in (*keys, *with_value) and not one.method:
            if not finds_section(place):
                raise stop(
                    found.module,
                    node,
                    "this reads a key of YAML without a default, but there may be none",
                    "give it a default in CONFIG_SCHEMA, and run this again",
                )
        elif _is_in_config(code, found, node) and not finds_section(place):
            raise stop(
                found.module,
                node,
                "this reads the section in YAML, but there may be none",
                "assign the section to a name once, `conf = config.get(DOMAIN, {})`, read "
                "all keys from it, and run this again",
            )
    if any(certain for _, certain, _ in missed):
        # What is done with a name for the client says more than that it is given one.
        _, _, place = min(missed, key=lambda each: each[0])
        raise more_than_signing_in(code, found, place.node, keys, place.statement)


def more_than_signing_in(
    code: OAuthCode,
    found: Setup,
    node: cst.CSTNode,
    keys: Sequence[str],
    statement: cst.CSTNode | None = None,
) -> StopError:
    """Make the error for code that uses the client in YAML for anything but its import."""
    module = found.module
    inside = [taken(code, found, each) for each in walk(statement or node)]
    if any(one is not None and one.key in keys and one.method == "pop" for one in inside):
        return stop(
            module,
            node,
            "this removes the client from the section, which may have none",
            "write it as config[DOMAIN][CONF_CLIENT_ID], and run this again",
        )
    return stop(
        module,
        node,
        "async_setup uses the credentials of YAML for more than signing in, but without YAML "
        "there are none",
        "do this in async_setup_entry with the client_id and client_secret of the entry's "
        "implementation, or remove it; then run this again",
    )


def decides(
    code: OAuthCode, found: Setup, statement: cst.CSTNode, keys: Sequence[str]
) -> bool | None:
    """Whether a statement leaves where there is no client, and then, whether with True only."""
    blocks: list[cst.BaseSuite] = []
    if isinstance(statement, cst.If):
        if _stands_on_client(code, found, statement.test, keys):
            other = statement.orelse
            blocks = [statement.body, *([other.body] if isinstance(other, cst.Else) else [])]
    elif isinstance(statement, cst.Try):
        known = carriers(code, found, keys)
        if uses_client(code, found, statement.body, keys, known):
            blocks = [handler.body for handler in for_missing(statement)]
    leaving = [block for block in blocks if always_exits(block)]
    if not leaving:
        return None
    return not any(map(_fails, leaving))


def _fails(block: cst.BaseSuite) -> bool:
    """Whether a block raises, or returns anything but True."""
    return any(
        isinstance(each, cst.Raise)
        or (isinstance(each, cst.Return) and dotted(each.value) != "True")
        for each in walk(block, into_functions=False)
    )


def _stands_on_client(
    code: OAuthCode, found: Setup, test: cst.BaseExpression, keys: Sequence[str]
) -> bool:
    """Whether a test is about the client in YAML."""
    known = carriers(code, found, keys)
    named = any(name.value in known for name in names(test))
    return named or names_key(code, found, test, keys)


def _is_in_config(code: OAuthCode, found: Setup, node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Subscript)
        and dotted(node.value) == found.config
        and is_section(code, found.module, found.config, found.sections, node)
    )


def _hands_on(code: OAuthCode, found: Setup, node: cst.CSTNode, reading: set[int]) -> bool:
    """Whether a call gives the section to a function of the integration that needs the keys."""
    if not isinstance(node, cst.Call) or not reads_section(found, list(node.args)):
        return False
    called = code.called(found.module, node)
    return called is not None and id(called[1].node) in reading
