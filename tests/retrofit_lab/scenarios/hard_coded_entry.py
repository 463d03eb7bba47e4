"""A client for everyone, registered by async_setup_entry and by the flow, as ondilo_ico's was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get(
        "https://interop.poolwart.example/pools", json=[{"id": 3, "name": "Garden", "safe": True}]
    )


async def scope(life: Life) -> None:
    """The implementation still asks for its scope, and the pool is there."""
    _, url = await life.sign_in(life.scenario.flows[0])
    assert url is not None
    assert url.query["scope"] == "api"
    assert life.hass.states.get("binary_sensor.poolwart_garden").state == "on"


SCENARIO = Scenario(
    domain="poolwart",
    token_url="https://interop.poolwart.example/oauth2/token",
    flows=(Flow(("customer_api", None)),),
    vendor=vendor,
    built_in=True,
    reauth=False,
    with_yaml=scope,
)
