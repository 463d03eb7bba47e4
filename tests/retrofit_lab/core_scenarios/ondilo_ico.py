"""ondilo_ico of Home Assistant 2025.3: one client for all, registered by each entry and flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


class Coordinator:
    """Renews the token, and has no pools."""

    def __init__(self, hass: Any, entry: Any, api: Any) -> None:
        self._api = api

    async def async_config_entry_first_refresh(self) -> None:
        """Renew it as the library does."""
        await self._api.session.async_ensure_token_valid()


def vendor(life: Life, account: str) -> None:
    for name, double in (("PLATFORMS", []), ("OndiloIcoPoolsCoordinator", Coordinator)):
        life.stack.enter_context(patch(f"homeassistant.components.ondilo_ico.{name}", double))


async def scope(life: Life) -> None:
    """The flow still asks for its scope, under the vendor's name."""
    result, url = await life.sign_in(life.scenario.flows[0])
    assert url is not None
    assert url.query["scope"] == "api"
    assert result["title"] == "Ondilo"


SCENARIO = Scenario(
    domain="ondilo_ico",
    token_url="https://interop.ondilo.com/oauth2/token",
    flows=(Flow(("customer_api", None)),),
    vendor=vendor,
    built_in=True,
    reauth=False,
    with_yaml=scope,
)
