"""A list of clients in YAML: each is an implementation with a domain and a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get("https://ladepark.example/chargers", json=[{"id": 1}])


async def after(life: Life) -> None:
    """A user still picks an operator by its name."""
    await life.start(life.scenario.yaml)
    assert {item["name"] for item in await life.credentials()} == {"Stadtwerke", "Öko Laden"}
    assert [entry["title"] for entry in life.kept("after")] == ["Stadtwerke", "Öko Laden"]


SCENARIO = Scenario(
    domain="ladepark",
    token_url="https://ladepark.example/token",
    flows=(
        Flow(("town-id", "town-secret"), implementation="Stadtwerke"),
        Flow(("eco-id", "eco-secret"), implementation="Öko Laden", account="bert"),
    ),
    vendor=vendor,
    yaml={
        "ladepark": {
            "operators": [
                {"name": "Stadtwerke", "client_id": "town-id", "client_secret": "town-secret"},
                {"name": "Öko Laden", "client_id": "eco-id", "client_secret": "eco-secret"},
            ]
        }
    },
    reauth=False,
    after=after,
)
