"""Which steps of the helper's flow can run in a flow of the integration.

A step that is overridden runs the helper's own only where it calls it by `super()`, and the steps
behind that one are reached only by it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from appcred.oauth.call_graph import callees, method_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member

STEP: Final = "async_step_"

_LEADS_TO: Final = {
    "user": ("pick_implementation",),
    "pick_implementation": ("auth",),
    "auth": ("authorize_rejected", "creation"),
    "authorize_rejected": (),
    "creation": (),
    "oauth_discovery": ("user",),
    **dict.fromkeys(("bluetooth", "dhcp", "homekit", "ssdp", "zeroconf"), ("oauth_discovery",)),
}
"""The steps of AbstractOAuth2FlowHandler in helpers/config_entry_oauth2_flow.py of 2026.11, and
where each goes on to."""
_BEGINS_INSIDE: Final = frozenset(
    {"pick_implementation", "auth", "authorize_rejected", "creation", "oauth_discovery"}
)
"""Those that Home Assistant does not start a flow with."""


@lru_cache(maxsize=16)
def helper_steps(code: OAuthCode, flow: Member) -> frozenset[str]:
    """Return the names of the steps whose code of the helper's can run in a flow.

    Every one of them where a class that the flow is made from cannot be seen.
    """
    if not code.is_whole(flow):
        return frozenset(_LEADS_TO)
    own = {
        name.removeprefix(STEP)
        for one in code.own_classes(flow)
        for name in one.node.methods
        if name.startswith(STEP)
    }
    ran: set[tuple[str, bool]] = set()
    started = {"user", *(own - _BEGINS_INSIDE)}
    pending: list[tuple[str, bool]] = [(name, name in own) for name in sorted(started)]
    while pending:
        here = pending.pop()
        if here in ran:
            continue
        ran.add(here)
        name, is_own = here
        if not is_own:
            pending += [(after, after in own) for after in _LEADS_TO.get(name, ())]
            continue
        for after, by_super in _goes_on_to(code, flow, name):
            pending.append((after, after in own and not by_super))
    return frozenset(name for name, is_own in ran if not is_own and name in _LEADS_TO)


def _goes_on_to(code: OAuthCode, flow: Member, name: str) -> Iterator[tuple[str, bool]]:
    """Yield the steps that an overridden one names, and whether it is the helper's own code."""
    home = next(one for one in code.own_classes(flow) if f"{STEP}{name}" in one.node.methods)
    start = method_of(home.module, home.node, f"{STEP}{name}")._replace(member=flow)
    for here in callees(code, start, objects=False):
        for call in here.calls():
            last = call.name.rpartition(".")[2]
            if last.startswith(STEP):
                yield last.removeprefix(STEP), call.name.startswith("?.")
            for keyword in ("step_id", "next_step_id"):
                text = code.text(here.module, call.argument(keyword))
                if text is not None:
                    yield text, False
