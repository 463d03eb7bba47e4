"""senz of Home Assistant 2022.5: its URLs are constants of its library."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from aiosenz import SENZAPI, TOKEN_ENDPOINT
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    async def get_account(self: SENZAPI) -> SimpleNamespace:
        await self.auth.get_access_token()
        return SimpleNamespace(username=account)

    async def get_thermostats(self: SENZAPI) -> list[Any]:
        return []

    for function in (get_account, get_thermostats):
        life.stack.enter_context(patch.object(SENZAPI, function.__name__, function))
    life.stack.enter_context(patch("homeassistant.components.senz.PLATFORMS", []))


async def prepared(life: Life) -> None:
    """Entries find the place for their data."""
    assert life.hass.data["senz"] == {}


SCENARIO = Scenario(
    domain="senz",
    token_url=TOKEN_ENDPOINT,
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={"senz": {"client_id": "old-id", "client_secret": "old-secret"}},
    reauth=False,
    with_yaml=prepared,
    without_yaml=prepared,
)
