"""The client id is kept in `hass.data` for the header of each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from life import CLIENT
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get("https://api.gezeiten.example/tides", json=[{"high": "12:31"}])


def _headers(life: Life) -> list[str]:
    return [call[3]["X-Client"] for call in life.mock.mock_calls if call[0].lower() == "get"]


async def with_yaml(life: Life) -> None:
    """The header has the id."""
    await life.sign_in(life.scenario.flows[0])
    assert _headers(life) == ["tide-id"]


async def after(life: Life) -> None:
    """It has the id of the entry's own client."""
    await life.start(credentials=True)
    await life.add_credential()
    await life.sign_in(Flow(CLIENT))
    assert _headers(life) == [CLIENT[0]]


SCENARIO = Scenario(
    domain="gezeiten",
    token_url="https://login.gezeiten.example/token",
    flows=(Flow(("tide-id", "tide-secret")),),
    vendor=vendor,
    yaml={"gezeiten": {"client_id": "tide-id", "client_secret": "tide-secret"}},
    reauth=False,
    with_yaml=with_yaml,
    after=after,
)
