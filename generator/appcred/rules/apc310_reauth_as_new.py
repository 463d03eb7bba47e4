"""A reauthentication is treated as a new sign-in.

The flow has a step `reauth` or `reconfigure`, but after the sign-in it does not check which of them
it runs for, so it continues as for a new entry. An account with an entry ends with *already
configured*, and the entry never gets its new token. Any other account, or every account if the flow
knows none, reaches `async_create_entry`, which Home Assistant refuses in such a flow since 2025.11:
the user reads *unknown error*. Older releases created a second entry.

A flow that finds its entry by one unique ID for all accounts has the opposite fault: adding a
second account replaces the first, and the user reads that reauthentication was successful.

If `async_step_user` aborts as soon as there is an entry, and the step continues with it, a
reauthentication never succeeds.

The two steps are checked separately.

Check `self.source`, compare with `_abort_if_unique_id_mismatch`, and update
`self._get_reauth_entry()`.

Source: ConfigFlow.async_create_entry in homeassistant/config_entries.py of 2025.10 and 2025.11.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import always_exits, text, walk
from appcred.finding import Finding, Severity
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HELPER
from appcred.oauth.identity import ENTRY_UPDATES, one_for_all
from appcred.oauth.names import Member
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

    from appcred.documents.python import Function
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module, Used
    from appcred.release import Span

RULE = Rule("APC310", "reauth-as-new", Severity.ERROR)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_reauth(self, entry_data):
        return await self.async_step_user()

"""
_FINISH = """\
    async def async_oauth_create_entry(self, data):
        if entry := await self.async_set_unique_id({}):
            self.hass.config_entries.async_update_entry(entry, data=data)
            return self.async_abort(reason="reauth_successful")
        return self.async_create_entry(title="Example", data=data)
"""
_TOLD = """\
    async def async_oauth_create_entry(self, data):
        if self.source == "reauth":
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
        return self.async_create_entry(title="Example", data=data)
"""
_CONFIGURED = """\
    async def async_oauth_create_entry(self, data):
        await self.async_set_unique_id(data["account"])
        self._abort_if_unique_id_configured({})
        return self.async_create_entry(title="Example", data=data)
"""
_RECONFIGURE = """\
    async def async_step_reconfigure(self, user_input=None):
        return await self.async_step_user()

    async def async_oauth_create_entry(self, data):
        await self.async_set_unique_id(data["account"])
        if self.source == {}:
            self._abort_if_unique_id_mismatch()
            return self.async_update_and_abort(self._get_reconfigure_entry(), data=data)
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title="Example", data=data)
"""
_ONE = """\
    async def async_step_user(self, user_input=None):
        if self._async_current_entries():
            return self.async_abort(reason="single_instance_allowed")
        return await super().async_step_user(user_input)

"""
_OTHER_ONLY = _FLOW + _RECONFIGURE.format("SOURCE_RECONFIGURE")
_BOTH = _FLOW + _RECONFIGURE.replace("==", "in").format("(SOURCE_REAUTH, SOURCE_RECONFIGURE)")
_SINGLE = json.dumps({**EXAMPLE_MANIFEST, "single_config_entry": True})

EXAMPLES = (
    Example({"config_flow.py": _FLOW + _TOLD}),
    Example({"config_flow.py": _BOTH}),
    Example({"config_flow.py": _OTHER_ONLY.replace("step_reauth", "step_other")}),
    Example({"config_flow.py": _OTHER_ONLY}, at=("config_flow.py:11:15",)),
    Example({"config_flow.py": _FLOW}, at=("config_flow.py:5:15",)),
    Example({"config_flow.py": _FLOW + _CONFIGURED.format("")}, at=("config_flow.py:8:15",)),
    Example({"config_flow.py": _FLOW + _FINISH.format("uid")}, at=("config_flow.py:8:15",)),
    Example({"config_flow.py": _FLOW + _FINISH.format('"example"')}, at=("config_flow.py:8:15",)),
    Example({"config_flow.py": _FLOW + _FINISH.format('"example"'), MANIFEST: _SINGLE}),
    Example(
        {"config_flow.py": _FLOW + _ONE + _FINISH.format('"example"')}, at=("config_flow.py:9:9",)
    ),
    Example(
        {
            "config_flow.py": _FLOW.replace("step_user", "step_pick_implementation")
            + _ONE
            + _FINISH.format('"example"')
        }
    ),
)

_KINDS: Final = {"reauth": "reconfigure", "reconfigure": "reauth"}
"""What a login is renewed for, each with the other one."""
_STEPS: Final = tuple(f"async_step_{kind}" for kind in _KINDS)
_TELLS: Final = re.compile(r"source|context|init_data|mismatch|reauth|reconfigure")
"""Attributes that say what a flow runs for; the steps' own names aside."""
_LOGINS: Final = ("async_step_user", "async_step_pick_implementation", "async_step_auth")
_COMPARES: Final = ("_async_current_entries", "async_entries", "_async_abort_entries_match")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look for a flow with such a step and nothing that tells it from the others."""
    code = oauth_code(integration)
    for flow in code.handlers:
        bases = [*code.ancestry(flow)]
        if any(isinstance(base, str) and not base.startswith(HELPER) for base in bases):
            continue  # some other class may tell
        own = [flow, *(base for base in bases if isinstance(base, Member))]
        yield from islice(
            (
                found
                for kind in _KINDS
                if (found := _renewal_finding(code, flow, own, kind)) is not None
            ),
            1,
        )


def _renewal_finding(
    code: OAuthCode, flow: Member, own: Sequence[Member], kind: str
) -> Finding | None:
    """Say what is wrong with the logins that a flow renews for one of the two."""
    step = code.methods(flow, f"async_step_{kind}")
    if step is None:
        return None
    apart = {id(node) for member in own for node in _nodes_for(member.node.node, _KINDS[kind])}
    nodes = (node for member in own for node in walk(member.node.node))
    if any(_tells(node) and id(node) not in apart for node in nodes):
        return None
    methods = [
        method
        for member in own
        for name, method in member.node.methods.items()
        if name.startswith(_STEPS)
    ]
    logging_in = [method for method in methods if method.name.startswith(f"async_step_{kind}")]
    if any(map(_stores_state, methods)) or not any(map(_logs_in, logging_in)):
        return None
    barred = _barred(own)
    if barred is not None and any(_logs_in(method, _LOGINS[:1]) for method in logging_in):
        return RULE.at(*barred, _ENDS)
    finish = code.methods(flow, "async_oauth_create_entry")
    place = finish or step
    said = (_NONE, Severity.ERROR) if finish is None else _ending(code, finish, apart)
    if said is None or (barred is not None and said[0] == _PLACE):
        return None
    at = next(m.module for m in own if m.node.methods.get(place.name) is place)
    return RULE.at(at, place.node.name, said[0], severity=said[1])


def _barred(own: Sequence[Member]) -> tuple[Module, cst.CSTNode] | None:
    """Return where the step in which a user starts ends as soon as there is an entry."""
    for member in own:
        step = member.node.methods.get("async_step_user")
        for statement in step.node.body.body if step is not None else ():
            if not isinstance(statement, cst.If) or not isinstance(statement.test, cst.Call):
                continue
            asked = dotted(statement.test.func).rpartition(".")[2]
            if asked in _COMPARES[:2] and always_exits(statement.body):
                return member.module, statement
        if step is not None:
            return None
    return None


def _nodes_for(node: cst.CSTNode, kind: str) -> Iterator[cst.CSTNode]:
    """Yield what is for renewals of that kind only: its steps, and where the source is that."""
    for each in walk(node):
        if isinstance(each, cst.If) and _is_source(each.test, kind):
            yield from walk(each.test)
            yield from walk(each.body)
        elif isinstance(each, cst.FunctionDef) and each.name.value.startswith(f"async_step_{kind}"):
            yield from walk(each)


def _is_source(test: cst.BaseExpression, kind: str) -> bool:
    """Whether a condition is `self.source == SOURCE_…` and nothing else."""
    if not isinstance(test, cst.Comparison) or dotted(test.left) != "self.source":
        return False
    (first, *more) = test.comparisons
    named = dotted(first.comparator).rpartition(".")[2] == f"SOURCE_{kind.upper()}"
    return (
        not more
        and isinstance(first.operator, cst.Equal)
        and (named or text(first.comparator) == kind)
    )


_ENDS: Final = (
    "a reauthentication is aborted here, because an entry exists; check self.source first"
)
_NONE: Final = (
    "a reauthentication creates an entry, which is an error since 2025.11; check self.source"
)
_NEVER: Final = (
    "a reauthentication ends with already_configured and loses its token; check self.source"
)
_OTHER: Final = (
    "a reauthentication with another account creates an entry, which is an error since "
    "2025.11; call _abort_if_unique_id_mismatch"
)
_PLACE: Final = (
    "adding a second account replaces the first; check self.source, and use the account's unique ID"
)


def _ending(code: OAuthCode, finish: Function, apart: Set[int]) -> tuple[str, Severity] | None:
    """Say what becomes of a renewed login, None where that cannot be told.

    `apart` are the ids of the nodes that are not for it.
    """

    def calls(*names: str) -> list[Used]:
        here = [used for used in code.flow_calls(*names) if used.call.function is finish]
        return [used for used in here if id(used.call.node) not in apart]

    if calls(*_COMPARES) or not calls("async_create_entry", "async_oauth_create_entry"):
        return None
    updates = calls(*ENTRY_UPDATES)
    configured = calls("_abort_if_unique_id_configured")
    if any(used.call.argument("updates", 0) is not None for used in configured):
        updates += configured
    identified = calls("async_set_unique_id")
    if not updates:
        return (_NEVER if identified and configured else _NONE), Severity.ERROR
    if not identified:
        return None
    if all(one_for_all(code, used) for used in identified):
        single = code.integration.manifest.get("single_config_entry") is True
        return None if single else (_PLACE, Severity.WARNING)
    return _OTHER, Severity.WARNING


def _tells(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Attribute):
        name = node.attr.value
        return not name.startswith(_STEPS) and _TELLS.search(name) is not None
    return isinstance(node, cst.Name) and node.value in ("SOURCE_REAUTH", "SOURCE_RECONFIGURE")


def _stores_state(method: Function) -> bool:
    """Whether a step for renewing leaves something behind that others may look at."""
    return any(
        isinstance(node, (cst.AssignTarget, cst.AnnAssign))
        and dotted(node.target).startswith("self.")
        for node in walk(method.node.body)
    )


def _logs_in(method: Function, logins: Sequence[str] = _LOGINS) -> bool:
    """Whether a step for renewing goes on to the login, or to some steps of it."""
    return any(
        isinstance(node, cst.Attribute) and node.attr.value in logins
        for node in walk(method.node.body)
    )
