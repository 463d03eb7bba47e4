"""The repository is the integration; an inner check for YAML, an action with and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def ring(life: Life) -> None:
    """The bells ring."""
    assert life.hass.services.has_service("turmuhr", "ring")
    heard: list[dict] = []
    life.hass.bus.async_listen("turmuhr_rung", lambda event: heard.append(event.data))
    await life.hass.services.async_call("turmuhr", "ring", {"times": 3}, blocking=True)
    await life.hass.async_block_till_done()
    assert heard == [{"times": 3}]


SCENARIO = Scenario(
    domain="turmuhr",
    token_url="https://turmuhr.example/token",
    flows=(Flow(("tower-id", "tower-secret")),),
    vendor=vendor,
    yaml={"turmuhr": {"client_id": "tower-id", "client_secret": "tower-secret"}},
    reauth=False,
    with_yaml=ring,
    without_yaml=ring,
)
