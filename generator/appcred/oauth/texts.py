"""Which texts the flow and the errors of an integration need, and which it has."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import returned, targets, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import PLACEHOLDER_HOOK, mentions_oauth
from appcred.oauth.local import candidates, texts
from appcred.oauth.names import Bound, Member, Used
from appcred.oauth.steps import helper_steps
from appcred.release import abort_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span


class Need(NamedTuple):
    """A text that some code asks for: its keys in the strings, and the place that does."""

    keys: tuple[str, ...]
    module: Module
    node: cst.CSTNode

    @property
    def key(self) -> str:
        """Its keys as Home Assistant writes them."""
        return ".".join(self.keys)


def value_at(strings: object, keys: tuple[str, ...]) -> object:
    """Return what strings have at some keys: a text or an object; None where nothing is there."""
    found = strings
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def has(strings: Mapping[str, object], keys: tuple[str, ...]) -> bool:
    """Whether the strings have a text, or an object, at those keys."""
    return value_at(strings, keys) not in ("", None)


@lru_cache(maxsize=8)
def needs(integration: Integration, span: Span) -> tuple[Need, ...]:
    """Return the texts that the code asks for at some release of a range, each once."""
    code = oauth_code(integration)
    found: dict[tuple[str, ...], Need] = {}
    for need in (*_flow(code, span), *_exceptions(code)):
        found.setdefault(need.keys, need)
    return tuple(found.values())


class Placeholder(NamedTuple):
    """A value for the description of the credentials dialog, and where the hook gives it."""

    name: str
    module: Module
    node: cst.CSTNode


def description(integration: Integration) -> str | None:
    """Return the description of the credentials dialog."""
    section = integration.strings.get("application_credentials")
    text = section.get("description") if isinstance(section, dict) else None
    return text if isinstance(text, str) else None


def placeholders(code: OAuthCode) -> tuple[Placeholder, ...] | None:
    """Return what the hook gives; None where that cannot be told, nothing where there is no hook.

    It can where the hook returns one dictionary whose keys are known.
    """
    hook = code.hook(PLACEHOLDER_HOOK)
    if code.platform is None or hook is None:
        return None if code.provides(PLACEHOLDER_HOOK) else ()
    given: list[Placeholder] = []
    for statement in returned(hook.node):
        name = statement.value
        if isinstance(name, cst.Name) and any(
            _fills(node, name.value) for node in walk(hook.node.body)
        ):
            return None  # filled in elsewhere, too
        for bound in candidates(code, code.platform, hook, name) or (None,):
            keys = None if bound is None else _keys(code, bound)
            if keys is None:
                return None
            given += keys
    return tuple(given) or None


def _fills(node: cst.CSTNode, name: str) -> bool:
    """Whether a node puts something into a dictionary of that name."""
    if isinstance(node, cst.AssignTarget):
        target = node.target
        return isinstance(target, cst.Subscript) and dotted(target.value) == name
    return isinstance(node, cst.Call) and dotted(node.func) in (
        f"{name}.update",
        f"{name}.setdefault",
    )


def _keys(code: OAuthCode, bound: Bound) -> list[Placeholder] | None:
    """Return the keys of a dictionary as it is written, None where some of them are unknown."""
    node = bound.node
    if isinstance(node, cst.Call) and bound.module.index.resolve(node.func) == "dict":
        names = [argument.keyword for argument in node.args]
        if None in names:
            return None
        return [Placeholder(n.value, bound.module, n) for n in names if n is not None]
    if not isinstance(node, cst.Dict):
        return None
    found = []
    for element in node.elements:
        key = code.text(bound.module, getattr(element, "key", None))
        if key is None:
            return None
        found.append(Placeholder(key, bound.module, element))
    return found


def named(text: str) -> tuple[str, ...]:
    """Return the placeholders that a text names, each once: of `{n, plural, one {x}}` it is `n`."""
    found: dict[str, None] = {}
    depth = 0
    for token in re.finditer(r"'[{}][^']*'|\{\s*(\w*)|\}", text):
        if token[0] == "}":
            depth = max(depth - 1, 0)
        elif token[0].startswith("{"):
            if not depth and token[1]:
                found[token[1]] = None
            depth += 1
    return tuple(found)


def _flow(code: OAuthCode, span: Span) -> Iterator[Need]:
    for flow in code.handlers:
        own = code.own_classes(flow)
        owners = {member.node: member for member in own}
        calls = [
            used
            for name in _ASKED
            for used in code.calls.get(name, ())
            if used.call.owner in owners
        ]
        name = flow.node.node.name
        steps = helper_steps(code, flow)
        if "pick_implementation" in steps:
            yield Need(("config", "step", "pick_implementation"), flow.module, name)
        for reason in abort_reasons().values():
            if reason.shared and reason.step in steps and reason.needs_text(span):
                yield Need(("config", "abort", reason.name), flow.module, name)
        yield from _aborts(code, calls, span)
        for used in calls:
            if used.call.name in ("self.async_show_form", "self.async_show_menu"):
                for text in texts(code, used, used.call.argument("step_id")) or ():
                    yield Need(("config", "step", text), used.module, used.call.node)
        for member in own:
            yield from _errors(code, member)


_ASKED = (
    "async_abort",
    "AbortFlow",
    "async_show_form",
    "async_show_menu",
    "_abort_if_unique_id_configured",
    "_abort_if_unique_id_mismatch",
    "_async_abort_entries_match",
    "async_update_reload_and_abort",
    "async_update_and_abort",
    "async_set_unique_id",
)
_DEFAULTS = {
    "_abort_if_unique_id_configured": ("error", "already_configured"),
    "_abort_if_unique_id_mismatch": ("reason", "unique_id_mismatch"),
    "_async_abort_entries_match": ("", "already_configured"),
}
_IN_PROGRESS = "already_in_progress"
"""What async_set_unique_id ends a flow with, where another one has the same unique id."""
_SUCCESS = {
    "reauth_successful": "async_step_reauth",
    "reconfigure_successful": "async_step_reconfigure",
}


def _aborts(code: OAuthCode, calls: list[Used], span: Span) -> Iterator[Need]:
    known = abort_reasons()
    for used in calls:
        name = used.call.name.rpartition(".")[2]
        if name in ("async_abort", "AbortFlow"):
            if used.call.argument("translation_domain") is not None:
                continue
            given = used.call.argument("reason", 0 if name == "AbortFlow" else None)
            for text in texts(code, used, given) or ():
                reason = known.get(text)
                # Without a translation_domain only the helper's own reasons are central ones.
                if reason is None or not reason.shared or reason.needs_text(span):
                    yield Need(("config", "abort", text), used.module, used.call.node)
        elif name == "async_set_unique_id":
            raises = used.call.argument("raise_on_progress", 1)
            if dotted(raises) != "False" and known[_IN_PROGRESS].needs_text(span):
                yield Need(("config", "abort", _IN_PROGRESS), used.module, used.call.node)
        elif name in _DEFAULTS:
            keyword, default = _DEFAULTS[name]
            given = used.call.argument(keyword) if keyword else None
            for text in (default,) if given is None else texts(code, used, given) or ():
                yield Need(("config", "abort", text), used.module, used.call.node)
        elif name in ("async_update_reload_and_abort", "async_update_and_abort"):
            given = used.call.argument("reason")
            if given is not None:
                for text in texts(code, used, given) or ():
                    yield Need(("config", "abort", text), used.module, used.call.node)
                continue
            for text, step in _SUCCESS.items():
                steps = any(step in flow.node.methods for flow in code.flows)
                if steps and known[text].needs_text(span):
                    yield Need(("config", "abort", text), used.module, used.call.node)


def _errors(code: OAuthCode, member: Member) -> Iterator[Need]:
    for function, value in _shown_errors(member):
        for bound in candidates(code, member.module, function, value) or ():
            text = code.text(*bound)
            if text:
                yield Need(("config", "error", text), member.module, value)


def errors_known(code: OAuthCode) -> bool:
    """Whether every error that a flow shows in a form is one whose text can be seen."""
    for flow in code.flows:
        for member in code.own_classes(flow):
            for function, value in _shown_errors(member):
                found = candidates(code, member.module, function, value)
                if found is None or any(code.text(*bound) is None for bound in found):
                    return False
    return True


@lru_cache(maxsize=16)
def _shown_errors(member: Member) -> tuple[tuple[Function, cst.BaseExpression], ...]:
    """Return what `_errors_of` yields; several rules ask for it."""
    return tuple(_errors_of(member))


def _errors_of(member: Member) -> Iterator[tuple[Function, cst.BaseExpression]]:
    """Yield the errors that a flow shows in a form: what goes into a dictionary `errors`.

    Where that is not written out, the expression that it all comes from.
    """
    for function in member.node.methods.values():
        for node in walk(function.node):
            if isinstance(node, (cst.Assign, cst.AnnAssign)):
                for target in targets(node):
                    if isinstance(target, cst.Subscript):
                        if dotted(target.value).rpartition(".")[2] == "errors":
                            yield from ((function, node.value),) if node.value else ()
                    elif dotted(target).rpartition(".")[2] == "errors":
                        yield from ((function, value) for value in _values(node.value))
            elif isinstance(node, cst.Arg) and node.keyword and node.keyword.value == "errors":
                yield from ((function, value) for value in _values(node.value))
            elif isinstance(node, cst.Call) and dotted(node.func).endswith("errors.update"):
                for argument in node.args:
                    yield from ((function, value) for value in _values(argument.value))


def _values(node: cst.BaseExpression | None) -> list[cst.BaseExpression]:
    if isinstance(node, cst.Dict):
        found: list[cst.BaseExpression] = []
        for element in node.elements:
            plain = isinstance(element, cst.DictElement)
            found += [element.value] if plain else _values(element.value)
        return found
    if isinstance(node, cst.BooleanOperation):  # errors or {}
        return [*_values(node.left), *_values(node.right)]
    if isinstance(node, cst.IfExp):
        return [*_values(node.body), *_values(node.orelse)]
    if node is None or dotted(node) == "None" or dotted(node).endswith("errors"):
        return []
    return [node]


def own_aborts(code: OAuthCode) -> Iterator[tuple[str, Used]]:
    """Yield the abort reasons that the integration's own code names, with their calls."""
    for name in ("async_abort", "AbortFlow", "_abort_if_unique_id_mismatch"):
        for used in code.flow_calls(name):
            given = used.call.argument("reason", 0 if name == "AbortFlow" else None)
            for text in texts(code, used, given) or ():
                yield text, used


_TRANSLATED: Final = re.compile(
    rb"""translation_domain\s*=(?:\s*([\w.]+),(?:\s*translation_key\s*=\s*["'](\w+)["']\s*[,)])?)?"""
)
"""Where an error is given a domain, its name, and its key, where that comes next and is a text."""
_KEY: Final = rb"""translation_key\s*=\s*(?:["'](\w+)["']\s*[,)]|(?=[^\s=]))"""
_NEAR: Final = 300
"""Bytes before and after its domain within which an error's key stands, where it is not next."""
_NO_ERRORS: Final = ("Description", "Entity", "Info", "Issue")
_TAKEN: Final = rb"(?m)^from (homeassistant[\w.]*) import (\([^)]*\)|[^\n(]*)"
"""Names from Home Assistant, a domain among them."""


def _is_there(
    content: bytes, asked: re.Match[bytes], there: Mapping[str, Any], domain: str
) -> bool:
    """Whether the key that is asked for, or all keys near, are written out and have their texts.

    Or the texts are those of another integration, whose domain is imported from Home Assistant.
    """
    own = b"homeassistant.components.%b." % domain.encode()
    for source, names in re.findall(_TAKEN, content) if asked[1] else ():
        # The last word of each: of `DOMAIN as OTHER` the name that it has here.
        local = {each.split()[-1] for each in names.strip(b"()").split(b",") if each.split()}
        if asked[1] in local:
            return not (source + b".").startswith(own)
    near = content[max(0, asked.start() - _NEAR) : asked.start() + _NEAR]
    keys = [asked[2]] if asked[2] else [found[1] for found in re.finditer(_KEY, near)]
    return bool(keys) and all(
        key is not None and has(there, ("exceptions", key.decode(), "message")) for key in keys
    )


def _exceptions(code: OAuthCode) -> Iterator[Need]:
    """Yield the texts of errors that are raised with a translation of the integration's own.

    Where all that a module without OAuth2 asks for is there, it is left out.
    """
    there = code.integration.strings
    for name, document in code.integration.modules.items():
        content = document.content
        asked = [*_TRANSLATED.finditer(content)]
        if not asked:
            continue
        if not mentions_oauth(content) and all(
            _is_there(content, one, there, code.integration.domain) for one in asked
        ):
            continue  # nothing it asks for is missing: most modules need not be parsed for that
        module = code.module(name)
        if module is None:
            continue
        for call in module.index.calls:
            domain = call.argument("translation_domain")
            if domain is None or not call.name:
                continue
            last = call.name.rpartition(".")[2]
            own = code.text(module, domain) == code.integration.domain
            if own and last[:1].isupper() and not last.endswith(_NO_ERRORS):
                key = call.argument("translation_key")
                for text in texts(code, Used(module, call), key) or ():
                    yield Need(("exceptions", text, "message"), module, call.node)
