"""The set-up fails without a section in YAML, and keeps its entries in `hass.data`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def without_yaml(life: Life) -> None:
    """It does not fail any more."""
    assert life.hass.data["torwart"] == {}
    assert not life.faults()


SCENARIO = Scenario(
    domain="torwart",
    token_url="https://torwart.example/token",
    flows=(Flow(("gate-id", "gate-secret")),),
    vendor=vendor,
    yaml={"torwart": {"client_id": "gate-id", "client_secret": "gate-secret"}},
    reauth=False,
    without_yaml=without_yaml,
)
