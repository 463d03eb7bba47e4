"""Three entries, two clients: typed into the form under other keys, registered where one is missed.

The auth domain holds the client's id already, and there is a migration of entries already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get("https://gartenhaus.example/api/garden", json={"wet": True})


def _flow(account: str, name: str) -> Flow:
    client = f"{name}-id", f"{name}-key"
    forms = {"user": {"app_id": client[0], "app_key": client[1]}}
    return Flow(client, forms, account=account)


SCENARIO = Scenario(
    domain="gartenhaus",
    token_url="https://gartenhaus.example/connect/token",
    flows=(_flow("anna", "family"), _flow("bert", "family"), _flow("carl", "neighbour")),
    vendor=vendor,
)
