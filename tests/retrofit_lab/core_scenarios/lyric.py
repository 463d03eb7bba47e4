"""lyric of Home Assistant 2022.5: the client id was kept in `hass.data` for its library."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import AsyncMock, patch

from aiolyric import Lyric
from life import CLIENT
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.stack.enter_context(patch.object(Lyric, "get_locations", AsyncMock()))
    life.stack.enter_context(patch("homeassistant.components.lyric.PLATFORMS", []))


async def with_yaml(life: Life) -> None:
    """The library is given the client id, and the token request its header."""
    await life.sign_in(life.scenario.flows[0])
    (entry,) = life.entries()
    assert life.hass.data["lyric"][entry.entry_id].data.client_id == "old-id"
    (request,) = [call for call in life.mock.mock_calls if call[0].lower() == "post"]
    assert request[3]["Authorization"].startswith("Basic ")


async def after(life: Life) -> None:
    """The library is given the id of the user's own client."""
    await life.start(credentials=True)
    await life.add_credential()
    await life.sign_in(life.scenario.flows[0])
    (entry,) = life.entries()
    assert life.hass.data["lyric"][entry.entry_id].data.client_id == CLIENT[0]


SCENARIO = Scenario(
    domain="lyric",
    token_url="https://api.honeywell.com/oauth2/token",
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={"lyric": {"client_id": "old-id", "client_secret": "old-secret"}},
    reauth=False,
    with_yaml=with_yaml,
    after=after,
)
