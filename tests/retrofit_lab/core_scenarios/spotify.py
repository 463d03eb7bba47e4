"""spotify of Home Assistant 2022.5: `vol.Inclusive` keys and an inner check for the client."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

from homeassistant.components.spotify.const import SPOTIFY_SCOPES
from scenario import Flow, Scenario
from spotipy import Spotify

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    for name in ("me", "current_user"):
        answer = {"id": account, "display_name": account.title()}
        life.stack.enter_context(patch.object(Spotify, name, return_value=answer))
    life.stack.enter_context(patch.object(Spotify, "devices", return_value={"devices": []}))
    life.stack.enter_context(patch("homeassistant.components.spotify.PLATFORMS", []))


async def empty_section(life: Life) -> None:
    """A section without credentials is a valid one, as it always was."""
    await life.start({"spotify": {}}, credentials=True)
    assert not await life.credentials()


SCENARIO = Scenario(
    domain="spotify",
    token_url="https://accounts.spotify.com/api/token",
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={"spotify": {"client_id": "old-id", "client_secret": "old-secret"}},
    token={"scope": " ".join(SPOTIFY_SCOPES)},
    reauth=False,
    after=empty_section,
)
