"""A function in another module registers; the webhook must be there with and without YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get("https://api.wetterhof.example/owner", json={"uuid": "o-1", "name": "Hof"})
    life.mock.get("https://api.wetterhof.example/stations", json=[{"id": 1}])


async def webhook(life: Life) -> None:
    """A station's push becomes an event."""
    heard: list[dict] = []
    life.hass.bus.async_listen("wetterhof_measurement", lambda event: heard.append(event.data))
    client = await life.browser()
    answer = await client.post("/api/webhook/wetterhof", json={"rain": 3})
    assert answer.status == 200
    await life.hass.async_block_till_done()
    assert heard == [{"rain": 3}]


SCENARIO = Scenario(
    domain="wetterhof",
    token_url="https://auth.wetterhof.example/realms/hof/protocol/openid-connect/token",
    flows=(Flow(("hof-id", "hof-secret")),),
    vendor=vendor,
    yaml={"wetterhof": {"client_id": "hof-id", "client_secret": "hof-secret"}},
    with_yaml=webhook,
    without_yaml=webhook,
)
