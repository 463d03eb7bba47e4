"""google of Home Assistant 2022.5: a device flow, an auth domain of its own, further YAML keys.

Without YAML it could not even be set up.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock, patch

from homeassistant.util.dt import utcnow
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life

READ_WRITE = "https://www.googleapis.com/auth/calendar"
READ_ONLY = f"{READ_WRITE}.readonly"


def vendor(life: Life, account: str) -> None:
    class DeviceFlow:
        """Stands for oauth2client's flow; the user agrees at once."""

        def __init__(self, client_id: str, client_secret: str, **_: Any) -> None:
            life.signed_in_with = client_id, client_secret

        def step1_get_device_and_user_codes(self) -> Mock:
            """Say where the user agrees."""
            expiry = utcnow().replace(tzinfo=None) + dt.timedelta(minutes=5)
            return Mock(
                verification_url="https://example.com",
                user_code="1",
                user_code_expiry=expiry,
                interval=1,
            )

        def step2_exchange(self, device_flow_info: Mock) -> Mock:
            """Hand out a token."""
            return Mock(
                access_token=f"access of {account}",
                refresh_token=f"refresh of {account}",
                scopes=[READ_WRITE, READ_ONLY],
                token_expiry=utcnow() + dt.timedelta(hours=1),
            )

    component = "homeassistant.components.google"
    life.stack.enter_context(patch(f"{component}.PLATFORMS", []))
    life.stack.enter_context(
        patch(f"{component}.Storage", Mock(return_value=Mock(get=lambda: None)))
    )
    life.stack.enter_context(patch(f"{component}.api.OAuth2WebServerFlow", DeviceFlow))


async def progress(life: Life, result: Any) -> Any:
    """Wait as long as the vendor asks to."""
    async_fire_time_changed(life.hass, utcnow() + dt.timedelta(seconds=5))
    await life.hass.async_block_till_done()
    return await life.hass.config_entries.flow.async_configure(result["flow_id"])


async def with_yaml(life: Life) -> None:
    """The key beside the credentials decides what may be done."""
    await life.sign_in(life.scenario.flows[0])
    assert life.hass.services.has_service("google", "scan_for_calendars")
    assert not life.hass.services.has_service("google", "add_event")


async def after(life: Life) -> None:
    """It does so without the credentials."""
    await life.start({"google": {"calendar_access": "read_only"}}, credentials=True)
    await life.add_credential()
    await with_yaml(life)


SCENARIO = Scenario(
    domain="google",
    token_url="https://oauth2.googleapis.com/token",
    flows=(Flow(("old-id", "old-secret")),),
    vendor=vendor,
    yaml={
        "google": {
            "client_id": "old-id",
            "client_secret": "old-secret",
            "calendar_access": "read_only",
        }
    },
    progress=progress,
    token={"scope": f"{READ_WRITE} {READ_ONLY}"},
    reauth=False,
    with_yaml=with_yaml,
    after=after,
)
