"""Entries that were migrated before, a client in each, options, and reauth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    for plant in ("7", "8"):
        life.mock.get(
            f"https://api.heimspeicher.example/plants/{plant}",
            json={"name": f"Plant {plant}", "charge": 50},
        )


async def after(life: Life) -> None:
    """An entry from before both migrations goes through both."""
    assert [entry["version"] for entry in life.kept("after")] == [3, 3]
    first, _ = life.kept("before")
    data = {**first["data"], "scan_interval": 30}
    (entry,) = life.add_entries([{**first, "data": data, "version": 1}], expired=True)
    life.vendor("anna")
    await life.start()
    assert life.is_loaded(entry), entry.reason
    assert entry.version == 3
    assert entry.options == {"scan_interval": 30}
    assert entry.data["plant_id"] == "7"
    assert "client_secret" not in entry.data
    (request,) = life.token_requests("refresh_token")
    assert (request["client_id"], request["client_secret"]) == ("first-id", "first-secret")
    assert not life.faults()


SCENARIO = Scenario(
    domain="heimspeicher",
    token_url="https://sso.heimspeicher.example/token",
    flows=tuple(
        Flow(
            client,
            {"user": {"client_id": client[0], "client_secret": client[1], "plant_id": plant}},
            account=account,
        )
        for client, plant, account in (
            (("first-id", "first-secret"), "7", "anna"),
            (("second-id", "second-secret"), "8", "bert"),
        )
    ),
    vendor=vendor,
    # All entries share a name, and whichever was set up first lends its client to the others.
    before_fails=frozenset({"offered", "without", "stored", "old_entries"}),
    fresh={"user": {"plant_id": "7"}},
    after=after,
)
