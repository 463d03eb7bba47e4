"""Reauthentication drops what the entry holds beside the token.

The flow creates the entry with more than Home Assistant's own data (`{**data, ...}`), but on
reauth or reconfigure passes the bare `data=data`, which replaces everything. The further keys are
gone after the first renewed login, and what reads them fails. Where no code reads them back from
the entry, it is information. Pass `data_updates=data`, which merges (since 2024.11), or
`data={**entry.data, **data}`.

Source: ConfigFlow.async_update_reload_and_abort in homeassistant/config_entries.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.rules.form import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC307", "data-loses-keys", Severity.ERROR)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        if self.source == "reauth":
            return self.async_update_reload_and_abort(self._get_reauth_entry(), {})
        return self.async_create_entry(title="Example", data={})
"""
_READS = "def region(entry):\n    return entry.data['region']\n"
_MORE = '{**data, "region": "eu"}'

EXAMPLES = (
    Example({"config_flow.py": _FLOW.format("data=data", "data")}),
    Example({"config_flow.py": _FLOW.format("data_updates=data", _MORE)}),
    Example(
        {"config_flow.py": _FLOW.format("data=data", _MORE), "api.py": _READS},
        at=("config_flow.py:7:86",),
    ),
)


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Compare what is created with what replaces it, where both are written in one function."""
    code = oauth_code(integration)
    created = {
        used.call.function: node
        for used in code.flow_calls("async_create_entry")
        if used.call.function is not None
        and used.call.function.name == "async_oauth_create_entry"
        and isinstance(node := used.call.argument("data"), cst.Dict)
    }
    for used in code.flow_calls("async_update_reload_and_abort"):
        whole = created.get(used.call.function) if used.call.function else None
        data = used.call.argument("data")
        if whole is None or not isinstance(data, cst.Name):
            continue
        stars = [e.value for e in whole.elements if isinstance(e, cst.StarredDictElement)]
        base = any(isinstance(star, cst.Name) and star.value == data.value for star in stars)
        if base and len(whole.elements) > 1 and used.call.argument("data_updates") is None:
            keys = [e.key for e in whole.elements if isinstance(e, cst.DictElement)]
            yield RULE.at(
                used.module,
                data,
                f"data={data.value} drops the other keys that the entry was created with; write "
                "data_updates",
                severity=None if _read(integration, keys) else Severity.INFO,
            )


def _read(integration: Integration, keys: list[cst.BaseExpression]) -> bool:
    """Say whether some code takes one of the keys from an entry's data."""
    spelled = [re.escape(cst.Module([]).code_for_node(key)).replace('"', "['\"]") for key in keys]
    reads = re.compile(rf"\.data(\[|\.get\()\s*({'|'.join(spelled)})\s*[\],)]".encode())
    return any(reads.search(document.content) for document in integration.modules.values())
