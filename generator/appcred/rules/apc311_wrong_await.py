"""A coroutine of the flow or the session is not awaited, or another value is awaited.

A coroutine that is called and not awaited does not run. After `self.async_set_unique_id(…)` without
`await`, the flow has no unique ID: the same account can be added twice, and only the log says
*coroutine was never awaited*. A token that `async_ensure_token_valid()` should have refreshed stays
the old one. A step that returns such a coroutine ends the flow with an error.

The other way round, `await` in front of a plain function, such as `self.async_create_entry(…)` or
`async_register_implementation(…)`, raises a `TypeError` after the function has done its work.

Fix: adds or removes `await`. Not offered outside an `async def`.

Source: homeassistant/config_entries.py, homeassistant/data_entry_flow.py and
homeassistant/helpers/config_entry_oauth2_flow.py, where each is `async def` or a `@callback`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, FixKind, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HELPER, PLATFORM
from appcred.oauth.names import Member, Used
from appcred.rules.rule import Example, Rule, replaced, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.documents.python import Call
    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule(
    "APC311",
    "wrong-await",
    Severity.ERROR,
    FixKind.SAFE,
    reveals=("APC302", "APC303", "APC305", "APC401", "APC402", "APC403", "APC604"),
)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        {}self.async_set_unique_id(data["account"])
        self._abort_if_unique_id_configured()
        return {}self.async_create_entry(title="Example", data=data)
"""
_SESSION = """\
from homeassistant.helpers import config_entry_oauth2_flow as flow


async def async_setup_entry(hass, entry):
    implementation = {}flow.async_get_config_entry_implementation(hass, entry)
    session = flow.OAuth2Session(hass, entry, implementation)
    {}session.async_ensure_token_valid()
    return True
"""
_THREAD = _SESSION.format("await ", "await ").replace(
    "session.async_ensure_token_valid()",
    "hass.async_add_executor_job({}session.async_ensure_token_valid{})",
)
_REGISTERED = """\
from homeassistant.helpers.config_entry_oauth2_flow import async_register_implementation


async def async_setup(hass, config):
    {}async_register_implementation(hass, "example", implementation)
    return True
"""
_STEP = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_reauth(self, entry_data):
        return {}self.async_step_user()
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("await ", "")}),
    Example({"__init__.py": _SESSION.format("await ", "await ")}),
    Example({"__init__.py": _REGISTERED.format("")}),
    Example({"config_flow.py": _STEP.format("await ")}),
    Example({"config_flow.py": _STEP.format("").replace("async def", "def")}),
    Example({"__init__.py": _SESSION.format("await ", "task = ")}),
    Example({"__init__.py": _THREAD.format("lambda: ", "()")}, at=("__init__.py:7:11",)),
    Example({"__init__.py": _THREAD.format("", "")}, at=("__init__.py:7:11",)),
    Example(
        {"config_flow.py": _FLOW.format("", "")},
        at=("config_flow.py:6:9",),
        after={"config_flow.py": _FLOW.format("await ", "")},
    ),
    Example(
        {"config_flow.py": _FLOW.format("await ", "await ")},
        at=("config_flow.py:8:22",),
        after={"config_flow.py": _FLOW.format("await ", "")},
    ),
    Example(
        {"__init__.py": _SESSION.format("await ", "")},
        at=("__init__.py:7:5",),
        after={"__init__.py": _SESSION.format("await ", "await ")},
    ),
    Example(
        {"__init__.py": _SESSION.format("", "await ")},
        at=("__init__.py:5:22",),
        after={"__init__.py": _SESSION.format("await ", "await ")},
    ),
    Example(
        {"__init__.py": _REGISTERED.format("await ")},
        at=("__init__.py:5:11",),
        after={"__init__.py": _REGISTERED.format("")},
    ),
    Example(
        {"config_flow.py": _STEP.format("")},
        at=("config_flow.py:6:16",),
        after={"config_flow.py": _STEP.format("await ")},
    ),
)

_FLOW_COROUTINES: Final = frozenset(
    {
        *("async_set_unique_id", "async_oauth_create_entry"),
        "_async_handle_discovery_without_unique_id",
    }
)
_FLOW_PLAIN: Final = frozenset(
    {
        *("async_create_entry", "async_abort", "async_show_form", "async_show_menu"),
        *("async_external_step", "async_external_step_done", "async_update_reload_and_abort"),
        *(
            "async_update_and_abort",
            "_abort_if_unique_id_configured",
            "_abort_if_unique_id_mismatch",
        ),
        *("_async_current_entries", "_async_abort_entries_match", "_async_in_progress"),
        *("_get_reauth_entry", "_get_reconfigure_entry"),
    }
)
"""Methods of the flow that the helper leaves as they are; an own one of the name is looked at."""
_COROUTINES: Final = frozenset(
    {
        f"{HELPER}.async_get_config_entry_implementation",
        f"{HELPER}.async_get_implementations",
        f"{HELPER}.async_oauth2_request",
        f"{PLATFORM}.async_import_client_credential",
    }
)
_PLAIN: Final = frozenset(
    {f"{HELPER}.async_register_implementation", f"{HELPER}.async_add_implementation_provider"}
)
_SESSION_COROUTINE: Final = "async_ensure_token_valid"
_STEP_NAME: Final = "async_step_"


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at each call of one of them, and what becomes of what it returns."""
    code = oauth_code(integration)
    for used, is_missing in _faulty_calls(code):
        name = used.call.name.rpartition(".")[2]
        function = used.call.function
        asynchronous = function is not None and function.node.asynchronous is not None
        if is_missing:
            message = f"{name} does not run, because its coroutine is not awaited; write await"
            fixable = asynchronous
        else:
            message = f"{name} returns a value that cannot be awaited, so this fails; remove await"
            fixable = True
        yield RULE.at(used.module, used.call.node, message, fixable=fixable)
    for used, name in _in_a_thread(code):
        message = f"{name} does not run in a thread, because it is a coroutine; await it instead"
        yield RULE.at(used.module, used.call.node, message, fixable=False)


def fix(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Put `await` in, or take it out."""
    code = oauth_code(integration)
    for used, is_missing in _faulty_calls(code):
        call = used.call.node
        if (used.module.path, *used.module.document.position(call)) != (
            finding.path,
            finding.line,
            finding.column,
        ):
            continue
        if is_missing:
            return replaced(integration, used.module, call, cst.Await(call))
        around = next(
            node
            for node in walk(used.module.document.module)
            if isinstance(node, cst.Await) and node.expression is call
        )
        bare = call.with_changes(lpar=[*around.lpar, *call.lpar], rpar=[*call.rpar, *around.rpar])
        return replaced(integration, used.module, around, bare)
    return stale_finding(finding)


def _faulty_calls(code: OAuthCode) -> Iterator[tuple[Used, bool]]:
    """Yield the calls, and whether an await is missing; else there is one too many."""
    flows = {id(one.node): flow for flow in code.handlers for one in code.own_classes(flow)}
    for module in code.modules:
        for call in module.index.calls:
            flow = flows.get(id(call.owner))
            kind = _is_coroutine(code, call, flow)
            used = Used(module, call)
            if kind is False and call.is_awaited:
                yield used, False
            elif kind and not call.is_awaited and _goes_wrong(used, flow):
                yield used, True


def _in_a_thread(code: OAuthCode) -> Iterator[tuple[Used, str]]:
    """Yield the calls that hand a coroutine function of the session to a thread, and its name."""
    own = any(_SESSION_COROUTINE in member.node.methods for member in code.classes)
    for used in () if own else code.calls.get("async_add_executor_job", ()):
        given = used.call.node.args[0].value if used.call.node.args else None
        if isinstance(given, cst.Lambda) and isinstance(given.body, cst.Call):
            given = given.body.func
        name = dotted(given).rpartition(".")[2]
        if name == _SESSION_COROUTINE:
            yield used, name


def _is_coroutine(code: OAuthCode, call: Call, flow: Member | None) -> bool | None:
    """Whether a call gives a coroutine; None where that is not known."""
    of, _, name = call.name.rpartition(".")
    if call.name in _COROUTINES or call.name in _PLAIN:
        return call.name in _COROUTINES
    if name == _SESSION_COROUTINE and not call.node.args and of:
        own = [m for m in code.classes if name in m.node.methods]
        return True if not own else None
    if flow is None or of not in ("self", "?"):
        return None
    if of == "self" and (method := code.methods(flow, name)) is not None:
        if any(dotted(each.decorator) != "override" for each in method.node.decorators):
            return None
        return True if method.node.asynchronous is not None else None
    if of == "?" and not _is_super(call.node.func):
        return None
    if not code.is_whole(flow):
        return None
    if name in _FLOW_COROUTINES or (name.startswith(_STEP_NAME) and name in _STEPS):
        return True
    return False if name in _FLOW_PLAIN else None


_STEPS: Final = frozenset(
    f"{_STEP_NAME}{step}"
    for step in ("user", "pick_implementation", "auth", "creation", "authorize_rejected")
)
"""The steps of the helper."""


_AWAITING: Final = r"task|gather|wait|future|shield|coroutine|job|append|run"
"""What is in the names of functions that await what they are given."""


def _is_super(func: cst.BaseExpression) -> bool:
    return (
        isinstance(func, cst.Attribute)
        and isinstance(func.value, cst.Call)
        and dotted(func.value.func) == "super"
    )


def _goes_wrong(used: Used, flow: Member | None) -> bool:
    """Whether a coroutine that is not awaited here is never awaited at all."""
    if used.call.is_dropped:
        return True
    function = used.call.function
    if function is None or function.node.asynchronous is None:
        return False
    if _is_returned(used):
        return flow is not None and (
            function.name.startswith(_STEP_NAME) or function.name == "async_oauth_create_entry"
        )
    bound = [
        target.target.value
        for node in walk(function.node.body)
        if isinstance(node, cst.Assign) and node.value is used.call.node
        for target in node.targets
        if isinstance(target.target, cst.Name)
    ]
    return len(bound) == 1 and _is_used_as_value(used, bound[0])


def _is_returned(used: Used) -> bool:
    function = used.call.function
    return function is not None and any(
        isinstance(node, cst.Return) and node.value is used.call.node
        for node in walk(function.node.body)
    )


def _is_used_as_value(used: Used, name: str) -> bool:
    """Whether a local name is used as what the coroutine would give, and is never awaited."""
    function = used.call.function
    if function is None:
        return False
    as_value = False
    for node in walk(function.node.body):
        if isinstance(node, cst.Await) and dotted(node.expression) == name:
            return False
        if isinstance(node, cst.Attribute) and dotted(node.value) == name:
            as_value = True
        if isinstance(node, cst.If) and any(dotted(each) == name for each in walk(node.test)):
            as_value = True
        if isinstance(node, cst.Call) and any(dotted(a.value) == name for a in node.args):
            if re.search(_AWAITING, dotted(node.func)):
                return False
            as_value = True
    return as_value
