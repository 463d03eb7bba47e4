"""xbox of Home Assistant 2022.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, Mock, patch

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


class Client:
    """Stands for xbox's web API, and renews its token first."""

    def __init__(self, auth: Any) -> None:
        self._auth = auth
        self.smartglass = self

    async def get_console_list(self) -> Mock:
        """Return no consoles."""
        await self._auth._oauth_session.async_ensure_token_valid()
        return Mock(result=[], dict=dict)


def vendor(life: Life, account: str) -> None:
    coordinator = Mock(async_config_entry_first_refresh=AsyncMock())
    for name, double in (
        ("PLATFORMS", []),
        ("XboxLiveClient", Client),
        ("XboxUpdateCoordinator", Mock(return_value=coordinator)),
    ):
        life.stack.enter_context(patch(f"homeassistant.components.xbox.{name}", double))


async def prepared(life: Life) -> None:
    """Entries find the place for their data."""
    assert life.hass.data["xbox"] == {}


SCENARIO = Scenario(
    domain="xbox",
    token_url="https://login.live.com/oauth20_token.srf",
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={"xbox": {"client_id": "old-id", "client_secret": "old-secret"}},
    token={"scope": "XboxLive.signin", "user_id": "u-1"},
    reauth=False,
    with_yaml=prepared,
    without_yaml=prepared,
)
