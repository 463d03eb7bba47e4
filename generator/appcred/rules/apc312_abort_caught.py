"""The flow's own `except` clause catches the error that ends the flow.

`_abort_if_unique_id_configured`, `_abort_if_unique_id_mismatch` and `_async_abort_entries_match`
end the flow by raising `AbortFlow`, which is a `HomeAssistantError`. In a `try` with
`except Exception` they do not end it: the flow goes on, so the same account is added a second time,
or the user is shown another reason, such as *unknown error*.

Call them after the `try`, or catch `AbortFlow` before that clause and raise it again.

Source: AbortFlow in homeassistant/data_entry_flow.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import Finding, Severity
from appcred.oauth.call_graph import callees, method_of
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import first_catching
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.errors import Handler
    from appcred.release import Span

RULE = Rule("APC312", "abort-caught", Severity.ERROR)

_FLOW = """\
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        try:
            account = await fetch_account(data["token"])
            await self.async_set_unique_id(account)
            self._abort_if_unique_id_configured()
        {}:
            return self.async_abort(reason="unknown")
        return self.async_create_entry(title=account, data=data)
"""
_HELPER = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        try:
            await self._async_look_up(data["token"])
        except:
            LOGGER.exception("No account")
        return self.async_create_entry(title="Example", data=data)

    async def _async_look_up(self, token):
        await self.async_set_unique_id(await fetch_account(token))
        self._abort_if_unique_id_configured()
"""

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("except ClientError")}),
    Example(
        {
            "config_flow.py": _FLOW.format(
                "except AbortFlow:\n            raise\n        except Exception"
            )
        }
    ),
    Example(
        {
            "config_flow.py": _FLOW.format(
                "except Exception as err:\n            if isinstance(err, AbortFlow):\n"
                "                raise\n            self.failed = True\n        if self.failed"
            )
        }
    ),
    Example({"config_flow.py": _FLOW.format("except Exception")}, at=("config_flow.py:11:9",)),
    Example(
        {"config_flow.py": _FLOW.format("except (ClientError, HomeAssistantError) as err")},
        at=("config_flow.py:11:9",),
    ),
    Example({"config_flow.py": _HELPER}, at=("config_flow.py:8:9",)),
)

_ABORTS: Final = (
    "_abort_if_unique_id_configured",
    "_abort_if_unique_id_mismatch",
    "_async_abort_entries_match",
)
_CATCHES: Final = frozenset(
    {"Exception", "BaseException", "HomeAssistantError", "FlowError", "AbortFlow"}
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Follow the error from where it is raised to the first clause that catches it."""
    code = oauth_code(integration)
    seen: set[int] = set()
    for flow in code.handlers:
        for one in code.own_classes(flow):
            if b"except" not in one.module.document.content:
                continue
            for method in one.node.methods:
                for here in callees(code, method_of(one.module, one.node, method), objects=False):
                    for call in here.calls():
                        name = call.name.rpartition(".")[2]
                        if name not in _ABORTS:
                            continue
                        met = here.handlers(code, call.guards)
                        handler = first_catching(met, _CATCHES)
                        if handler is None or id(handler.node) in seen or not _loses_it(handler):
                            continue
                        seen.add(id(handler.node))
                        yield RULE.at(
                            handler.module,
                            handler.node,
                            f"{name} cannot end the flow here, because except "
                            f"{', '.join(sorted(handler.short & _CATCHES))} catches its AbortFlow; "
                            "call it after the try",
                        )


def _loses_it(handler: Handler) -> bool:
    """Whether a clause makes something else of the error, whatever it was."""
    return (
        "AbortFlow" not in handler.short
        and not handler.is_passed_on()
        and not handler.mentions("AbortFlow", "isinstance")
        and not handler.hands_on()
    )
