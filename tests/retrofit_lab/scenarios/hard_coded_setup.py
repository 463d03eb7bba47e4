"""The client of the vendor's app stands in the source, and is registered in async_setup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get(
        "https://api.klimaline.example/me", json={"id": 12, "email": f"{account}@home.example"}
    )
    life.mock.get("https://api.klimaline.example/units", json={"bedroom": 19.5})
    life.mock.post("https://api.klimaline.example/boost", json={})


async def boost(life: Life) -> None:
    """Its action reaches the vendor."""
    flow, *_ = life.scenario.flows
    await life.sign_in(flow)
    assert life.hass.states.get("sensor.klimaline_bedroom").state == "19.5"
    await life.hass.services.async_call("klimaline", "boost", {"minutes": 15}, blocking=True)
    assert life.mock.mock_calls[-1][2] == {"minutes": 15}


SCENARIO = Scenario(
    domain="klimaline",
    token_url="https://login.klimaline.example/token",
    flows=(Flow(("klimaline-android", "e7Vq0-not-really-secret")),),
    vendor=vendor,
    built_in=True,
    with_yaml=boost,
)
