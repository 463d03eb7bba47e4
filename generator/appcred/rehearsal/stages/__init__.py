"""The stages, in the order in which they run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from appcred.rehearsal.stages import (
    adding,
    credentials,
    privacy,
    reauth,
    removing,
    restarting,
    running,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appcred.rehearsal.stage import Stage


def _in(file: str, anchor: str, stages: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple(replace(stage, file=file, anchor=anchor) for stage in stages)


_FLOW: Final = r"def async_oauth_create_entry\b|class \w+\([^)]*OAuth2FlowHandler"
_SIGN_IN: Final = r"def async_step_reauth\b|class \w+\([^)]*OAuth2FlowHandler"


STAGES: Final[tuple[Stage, ...]] = (
    *_in("application_credentials.py", r"async def async_get_auth", credentials.STAGES),
    *_in("config_flow.py", _FLOW, adding.STAGES),
    *tokens.STAGES,
    *running.STAGES,
    *_in("config_flow.py", _SIGN_IN, reauth.STAGES),
    *restarting.STAGES,
    *_in("diagnostics.py", r"async def async_get_config_entry_diagnostics", privacy.DURING[:1]),
    *privacy.DURING[1:],
    running.LAST,  # disabling the entry in `unload` takes its entities away, whatever it does
    removing.UNLOAD,
    removing.REMOVAL,
    *_in("config_flow.py", _FLOW, privacy.STAGES),
)


def selected(names: Iterable[str]) -> tuple[list[Stage], set[str]]:
    """Return the stages to run, and the names of those that were asked for.

    What the asked-for ones need runs before them. No names: all. Raises KeyError for a name that
    no stage has.
    """
    by_name = {stage.name: stage for stage in STAGES}
    asked = set(names) or set(by_name)
    waiting, wanted = list(asked), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(by_name[name].needs)
    return [stage for stage in STAGES if stage.name in wanted], asked
