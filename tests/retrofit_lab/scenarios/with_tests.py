"""A repository with tests of its own, which set it up from YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


SCENARIO = Scenario(
    domain="brotkorb",
    token_url="https://brotkorb.example/oauth/token",
    flows=(Flow(("bread-id", "bread-secret")),),
    vendor=vendor,
    yaml={"brotkorb": {"client_id": "bread-id", "client_secret": "bread-secret"}},
    token={"customer": "c-7"},
)
