"""withings of Home Assistant 2022.5: further keys in YAML, which entries need without it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, Mock, patch

from homeassistant.helpers.config_entry_oauth2_flow import (
    OAuth2Session,
    async_get_config_entry_implementation,
)
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.hass.config.external_url = "https://example.com"

    async def async_get_data_manager(hass: Any, entry: Any) -> Mock:
        implementation = await async_get_config_entry_implementation(hass, entry)
        await OAuth2Session(hass, entry, implementation).async_ensure_token_valid()
        manager = Mock(poll_data_update_coordinator=AsyncMock())
        manager.webhook_config = Mock(id=entry.data["webhook_id"], enabled=False)
        return manager

    for name, double in (("PLATFORMS", []), ("async_get_data_manager", async_get_data_manager)):
        life.stack.enter_context(patch(f"homeassistant.components.withings.{name}", double))


async def webhook(life: Life) -> None:
    """The key beside the credentials still decides."""
    await life.sign_in(life.scenario.flows[0])
    (entry,) = life.entries()
    assert entry.data["use_webhook"] is True


async def after(life: Life) -> None:
    """It does so without the credentials, and its default holds without YAML."""
    await life.start({"withings": {"use_webhook": True}}, credentials=True)
    await life.add_credential()
    await webhook(life)


PROFILE = {"profile": {"profile": "anna"}}

SCENARIO = Scenario(
    domain="withings",
    token_url="https://wbsapi.withings.net/v2/oauth2",
    flows=(Flow(("old-id", "old-secret"), PROFILE),),
    vendor=vendor,
    yaml={"withings": {"client_id": "old-id", "client_secret": "old-secret", "use_webhook": True}},
    token={"userid": "7"},
    fresh=PROFILE,
    reauth=False,
    with_yaml=webhook,
    after=after,
)
