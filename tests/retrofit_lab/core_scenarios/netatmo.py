"""netatmo of Home Assistant 2022.5."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import AsyncMock, Mock, patch

from homeassistant.components.netatmo.const import (
    DATA_EVENTS,
    DATA_HOMES,
    DATA_PERSONS,
    NETATMO_SCOPES,
)
from pyatmo import AbstractAsyncAuth, ApiError
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    component = "homeassistant.components.netatmo"
    for name, double in (
        ("PLATFORMS", []),
        ("NetatmoDataHandler", Mock(return_value=Mock(async_setup=AsyncMock()))),
        ("webhook_generate_url", Mock(return_value="https://example.com/hook")),
    ):
        life.stack.enter_context(patch(f"{component}.{name}", double))
    for name in ("async_addwebhook", "async_dropwebhook"):
        life.stack.enter_context(patch.object(AbstractAsyncAuth, name, AsyncMock()))
    # At the stop of Home Assistant, when nothing is replaced any more.
    life.mock.post("https://api.netatmo.com/api/dropwebhook", exc=ApiError())


async def prepared(life: Life) -> None:
    """The events and homes of all entries have their place."""
    assert life.hass.data["netatmo"].keys() >= {DATA_PERSONS, DATA_HOMES, DATA_EVENTS}


SCENARIO = Scenario(
    domain="netatmo",
    token_url="https://api.netatmo.com/oauth2/token",
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={"netatmo": {"client_id": "old-id", "client_secret": "old-secret"}},
    token={"scope": NETATMO_SCOPES},
    reauth=False,
    with_yaml=prepared,
    without_yaml=prepared,
)
