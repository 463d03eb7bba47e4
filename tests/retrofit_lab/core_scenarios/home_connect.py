"""home_connect of Home Assistant 2022.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    async def update_all_devices(hass: Any, entry: Any) -> None:
        await hass.data["home_connect"][entry.entry_id].session.async_ensure_token_valid()

    for name, double in (("PLATFORMS", []), ("update_all_devices", update_all_devices)):
        life.stack.enter_context(patch(f"homeassistant.components.home_connect.{name}", double))


async def prepared(life: Life) -> None:
    """Entries find the place for their data."""
    assert life.hass.data["home_connect"] == {}


SCENARIO = Scenario(
    domain="home_connect",
    token_url="https://api.home-connect.com/security/oauth/token",
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={"home_connect": {"client_id": "old-id", "client_secret": "old-secret"}},
    reauth=False,
    with_yaml=prepared,
    without_yaml=prepared,
)
