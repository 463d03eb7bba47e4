"""Note every text that a running integration asks the frontend to show.

What Home Assistant itself hands out is noted, not what the code looks like: the reason of each
abort, the steps, fields and errors of each form, the keys of each exception.
"""

import json
import os
from pathlib import Path
from typing import Any

from homeassistant import data_entry_flow, exceptions

DOMAIN = os.environ["APPCRED_LAB_DOMAIN"]
_noted: dict[str, dict[str, Any]] = {}


def _note(kind: str, key: str, owner: str | None, placeholders: Any) -> None:
    use = {
        "kind": kind,
        "key": key,
        "owner": owner or DOMAIN,
        "placeholders": sorted(placeholders or {}),
    }
    _noted[json.dumps(use)] = use


def _note_result(result: Any) -> None:
    shown = result.get("description_placeholders")
    kind = str(getattr(result["type"], "value", result["type"]))
    if kind == "abort":
        _note("abort", result["reason"], result.get("translation_domain"), shown)
    elif kind == "form":
        _note("step", result["step_id"], None, shown)
        for error in (result.get("errors") or {}).values():
            _note("error", error, None, shown)
        schema = getattr(result.get("data_schema"), "schema", {})
        for field in schema:
            _note("field", f"{result['step_id']}.{field}", None, shown)


def pytest_configure() -> None:
    """Listen to flows of the integration and to translated exceptions."""
    handle = data_entry_flow.FlowManager._async_handle_step
    init = exceptions.HomeAssistantError.__init__

    async def listening(self: Any, flow: Any, *args: Any, **kwargs: Any) -> Any:
        result = await handle(self, flow, *args, **kwargs)
        if flow.handler == DOMAIN:
            _note_result(result)
        return result

    def noting(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("translation_domain") == DOMAIN and kwargs.get("translation_key"):
            shown = kwargs.get("translation_placeholders")
            _note("exception", kwargs["translation_key"], DOMAIN, shown)
        init(self, *args, **kwargs)

    data_entry_flow.FlowManager._async_handle_step = listening
    exceptions.HomeAssistantError.__init__ = noting


def pytest_unconfigure() -> None:
    """Leave the notes for the lab."""
    Path(os.environ["APPCRED_LAB_TEXTS"]).write_text(json.dumps(list(_noted.values())))
