"""neato of Home Assistant 2022.5: its URLs come from an object that `async_setup` made."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import AsyncMock, Mock, patch

from pybotvac import Neato
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    hub = Mock(async_update_entry_unique_id=AsyncMock())
    for name, double in (("PLATFORMS", []), ("NeatoHub", Mock(return_value=hub))):
        life.stack.enter_context(patch(f"homeassistant.components.neato.{name}", double))


async def authorize(life: Life) -> None:
    """The subclass still makes the URL."""
    _, url = await life.sign_in(life.scenario.flows[0])
    assert url is not None
    assert url.query["client_secret"] == "old-secret"
    assert url.query["scope"] == "public_profile control_robots maps"


async def prepared(life: Life) -> None:
    """Entries find the place for their data."""
    assert life.hass.data["neato"] == {}


SCENARIO = Scenario(
    domain="neato",
    token_url=Neato().token_endpoint,
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={"neato": {"client_id": "old-id", "client_secret": "old-secret"}},
    reauth=False,
    with_yaml=authorize,
    without_yaml=prepared,
)
