"""A `try` around the section, and a service behind it; written for the oldest Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def empty(life: Life) -> None:
    """The gauge can be emptied."""
    assert life.hass.services.has_service("regenuhr", "empty")
    await life.hass.services.async_call("regenuhr", "empty", blocking=True)
    assert life.hass.states.get("regenuhr.level").state == "0"


SCENARIO = Scenario(
    domain="regenuhr",
    token_url="https://regenuhr.example/oauth/token",
    flows=(Flow(("rain-id", "rain-secret")),),
    vendor=vendor,
    yaml={"regenuhr": {"client_id": "rain-id", "client_secret": "rain-secret"}},
    reauth=False,
    with_yaml=empty,
    without_yaml=empty,
)
