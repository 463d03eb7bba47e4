"""Each entry has a client of its own, typed into the form; all of them store the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    for building in ("Altbau", "Neubau"):
        life.mock.get(
            f"https://api.heizwerk.example/v2/buildings/{building}",
            json={"rooms": [{"id": 7, "name": f"{building} kitchen", "temperature": 20.5}]},
        )


async def after(life: Life) -> None:
    """The building is still asked for, and the client is not kept in the entry."""
    for entry in life.kept("after"):
        assert entry["data"]["building"] in ("Altbau", "Neubau")
        assert "client_id" not in entry["data"]
        assert "client_secret" not in entry["data"]
        assert entry["version"] > 1


SCENARIO = Scenario(
    domain="heizwerk",
    token_url="https://id.heizwerk.example/oauth/token",
    flows=tuple(
        Flow(
            client,
            {
                "user": {
                    "client_id": client[0],
                    "client_secret": client[1],
                    "building": building,
                }
            },
            account=account,
        )
        for client, building, account in (
            (("old-building-id", "old-building-secret"), "Altbau", "anna"),
            (("new-building-id", "new-building-secret"), "Neubau", "bert"),
        )
    ),
    vendor=vendor,
    reauth=False,
    fresh={"user": {"building": "Altbau"}},
    after=after,
)
