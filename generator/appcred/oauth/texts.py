"""Which texts the flow and the errors of an integration need, and which it has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import returned, walk
from appcred.oauth.code import PLACEHOLDER_HOOK, Member, oauth_code
from appcred.release import abort_reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.integration import Integration
    from appcred.oauth.code import Module, OAuthCode, Used
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


def has(strings: Mapping[str, object], keys: tuple[str, ...]) -> bool:
    """Say whether the strings have a text, or an object, at those keys."""
    found: object = strings
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return False
        found = found[key]
    return found not in ("", None)


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
        value = statement.value
        if isinstance(value, cst.Name):
            value = next(
                (
                    node.value
                    for node in walk(hook.node.body)
                    if isinstance(node, (cst.Assign, cst.AnnAssign))
                    and any(dotted(target) == value.value for target in _targets(node))
                ),
                value,
            )
            if any(
                isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Subscript)
                for node in walk(hook.node.body)
            ):
                return None  # filled in elsewhere, too
        if not isinstance(value, cst.Dict):
            return None
        for element in value.elements:
            key = code.text(code.platform, getattr(element, "key", None))
            if key is None:
                return None
            given.append(Placeholder(key, element))
    return tuple(given) or None


def _targets(node: cst.Assign | cst.AnnAssign) -> list[cst.BaseExpression]:
    if isinstance(node, cst.AnnAssign):
        return [node.target]
    return [target.target for target in node.targets]


def _flow(code: OAuthCode, span: Span) -> Iterator[Need]:
    for flow in code.handlers:
        own = [flow, *(base for base in code.ancestry(flow) if isinstance(base, Member))]
        owners = {member.node: member for member in own}
        calls = [
            used
            for name in _ASKED
            for used in code.calls.get(name, ())
            if used.call.owner in owners
        ]
        name = flow.node.node.name
        if code.methods(flow, "async_step_pick_implementation") is None:
            yield Need(("config", "step", "pick_implementation"), flow.module, name)
        for reason in abort_reasons().values():
            if reason.shared and reason.needs_text(span):
                yield Need(("config", "abort", reason.name), flow.module, name)
        yield from _aborts(code, calls, span)
        for used in calls:
            step = used.call.argument("step_id")
            text = code.text(used.module, step)
            if used.call.name in ("self.async_show_form", "self.async_show_menu") and text:
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
)
_DEFAULTS = {
    "_abort_if_unique_id_configured": ("error", "already_configured"),
    "_abort_if_unique_id_mismatch": ("reason", "unique_id_mismatch"),
    "_async_abort_entries_match": ("", "already_configured"),
}
_SUCCESS = {
    "reauth_successful": "async_step_reauth",
    "reconfigure_successful": "async_step_reconfigure",
}


def _aborts(code: OAuthCode, calls: list[Used], span: Span) -> Iterator[Need]:
    known = abort_reasons()
    for used in calls:
        name = used.call.name.rpartition(".")[2]
        if name in ("async_abort", "AbortFlow"):
            given = used.call.argument("reason", 0 if name == "AbortFlow" else None)
            text = code.text(used.module, given)
            if text is None or used.call.argument("translation_domain") is not None:
                continue
            reason = known.get(text)
            # Without a translation_domain only the helper's own reasons are looked up centrally.
            if reason is not None and reason.shared and not reason.needs_text(span):
                continue
            yield Need(("config", "abort", text), used.module, used.call.node)
        elif name in _DEFAULTS:
            keyword, default = _DEFAULTS[name]
            given = used.call.argument(keyword) if keyword else None
            text = default if given is None else code.text(used.module, given)
            if text is not None:
                yield Need(("config", "abort", text), used.module, used.call.node)
        elif name in ("async_update_reload_and_abort", "async_update_and_abort"):
            given = used.call.argument("reason")
            if given is not None:
                text = code.text(used.module, given)
                if text is not None:
                    yield Need(("config", "abort", text), used.module, used.call.node)
                continue
            for text, step in _SUCCESS.items():
                steps = any(step in flow.node.methods for flow in code.flows)
                if steps and known[text].needs_text(span):
                    yield Need(("config", "abort", text), used.module, used.call.node)


def _errors(code: OAuthCode, member: Member) -> Iterator[Need]:
    for value in _shown_errors(member):
        text = code.text(member.module, value)
        if text:
            yield Need(("config", "error", text), member.module, value)


def errors_known(code: OAuthCode) -> bool:
    """Say whether every error that a flow shows in a form is one whose text can be seen."""
    return all(
        code.text(flow.module, value) is not None
        or (isinstance(value, cst.Name) and value.value not in flow.module.index.imports)
        for flow in code.flows
        for value in _shown_errors(flow)
    )


def _shown_errors(member: Member) -> Iterator[cst.BaseExpression]:
    """Yield the errors that a flow shows in a form: what goes into a dictionary `errors`."""
    for node in walk(member.node.node):
        if isinstance(node, cst.Assign):
            for target in node.targets:
                if isinstance(target.target, cst.Subscript):
                    if dotted(target.target.value).rpartition(".")[2] == "errors":
                        yield node.value
                elif dotted(target.target).rpartition(".")[2] == "errors":
                    yield from _values(node.value)
        elif isinstance(node, cst.Arg) and node.keyword and node.keyword.value == "errors":
            yield from _values(node.value)


def _values(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    if not isinstance(node, cst.Dict):
        return []
    return [element.value for element in node.elements if isinstance(element, cst.DictElement)]


def own_aborts(code: OAuthCode) -> Iterator[tuple[str, Used]]:
    """Yield the abort reasons that the integration's own code names, with their calls."""
    for name in ("async_abort", "AbortFlow", "_abort_if_unique_id_mismatch"):
        for used in code.flow_calls(name):
            given = used.call.argument("reason", 0 if name == "AbortFlow" else None)
            text = code.text(used.module, given)
            if text is not None:
                yield text, used


def _exceptions(code: OAuthCode) -> Iterator[Need]:
    """Yield the texts of errors that are raised with a translation of the integration's own."""
    for module in code.modules:
        for call in module.index.calls:
            key = code.text(module, call.argument("translation_key"))
            domain = call.argument("translation_domain")
            if key is None or domain is None or not call.name:
                continue
            last = call.name.rpartition(".")[2]
            own = code.text(module, domain) == code.integration.domain
            if own and last[:1].isupper():
                yield Need(("exceptions", key, "message"), module, call.node)
