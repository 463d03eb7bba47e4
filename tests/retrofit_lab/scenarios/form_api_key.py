"""The id that was typed into the form is the key of every request; each is its own domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get("https://api.maehwerk.example/mowers", json=[])


def _keys(life: Life) -> list[str]:
    return sorted(call[3]["X-Api-Key"] for call in life.mock.mock_calls if call[0].lower() == "get")


async def with_yaml(life: Life) -> None:
    """The key is the entry's own."""
    flow, *_ = life.scenario.flows
    await life.sign_in(flow)
    assert _keys(life) == [flow.client[0]]


async def after(life: Life) -> None:
    """It still is, though the entry does not keep it any more."""
    kept = life.kept("after")
    assert all("client_id" not in entry["data"] for entry in kept)
    assert [entry["version"] for entry in kept] == [2, 2]
    life.storage["application_credentials"] = life.kept("storage")
    life.add_entries(kept, expired=False)
    life.vendor("anna")
    await life.start()
    assert _keys(life) == ["first-id", "second-id"]


SCENARIO = Scenario(
    domain="maehwerk",
    token_url="https://maehwerk.example/oauth2/token",
    flows=tuple(
        Flow(
            client,
            {"user": {"client_id": client[0], "client_secret": client[1]}},
            account=account,
        )
        for client, account in (
            (("first-id", "first-secret"), "anna"),
            (("second-id", "second-secret"), "bert"),
        )
    ),
    vendor=vendor,
    reauth=False,
    after=after,
)
