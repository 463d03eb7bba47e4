"""Modules under other names, the implementation in a variable, Home Assistant's own function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get("https://api.lichtblick.example/bulbs", json=[{"id": 1}])


SCENARIO = Scenario(
    domain="lichtblick",
    token_url="https://api.lichtblick.example/oauth/access_token",
    flows=(Flow(("light-id", "light-secret")),),
    vendor=vendor,
    yaml={"lichtblick": {"client_id": "light-id", "client_secret": "light-secret"}},
)
