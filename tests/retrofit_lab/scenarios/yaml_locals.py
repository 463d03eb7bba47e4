"""Names for the client, an option and a service stand together in `async_setup`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life

PUMP = "https://api.brunnen.example/v2/pump"


def vendor(life: Life, account: str) -> None:
    life.mock.get(PUMP, json={"on": True, "depth": 4.1})
    life.mock.put(PUMP, json={})


async def _asks_every(life: Life, interval: timedelta) -> None:
    """An entry asks as often as is said, and the service reaches its pump."""
    await life.sign_in(life.scenario.flows[0])
    (entry,) = life.hass.config_entries.async_entries("brunnen")
    assert entry.runtime_data.update_interval == interval
    await life.hass.services.async_call("brunnen", "stop_pump", blocking=True)
    assert [call[2] for call in life.mock.mock_calls if call[0].lower() == "put"] == [{"on": False}]


async def with_yaml(life: Life) -> None:
    """As often as YAML says."""
    await _asks_every(life, timedelta(seconds=90))


async def without_yaml(life: Life) -> None:
    """As often as the schema says, and the service is there."""
    assert life.hass.services.has_service("brunnen", "stop_pump")
    await life.start(credentials=True)
    await life.add_credential(life.scenario.flows[0].client)
    await _asks_every(life, timedelta(minutes=5))


async def after(life: Life) -> None:
    """The option stands for itself, which is what users are told to leave."""
    await life.start({"brunnen": {"scan_interval": 90}}, credentials=True)
    assert await life.credentials() == []
    await life.add_credential(life.scenario.flows[0].client)
    await _asks_every(life, timedelta(seconds=90))
    assert not life.issues()


SCENARIO = Scenario(
    domain="brunnen",
    token_url="https://account.brunnen.example/oauth/token",
    flows=(Flow(("well-id", "well-secret")),),
    vendor=vendor,
    yaml={
        "brunnen": {
            "client_id": "well-id",
            "client_secret": "well-secret",
            "scan_interval": 90,
        }
    },
    reauth=False,
    with_yaml=with_yaml,
    without_yaml=without_yaml,
    after=after,
)
