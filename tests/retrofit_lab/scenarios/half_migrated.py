"""The platform file is there and right, but YAML still registers by hand; no dependency either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


SCENARIO = Scenario(
    domain="duftraum",
    token_url="https://duftraum.example/token",
    flows=(Flow(("scent-id", "scent-secret")),),
    vendor=vendor,
    yaml={"duftraum": {"client_id": "scent-id", "client_secret": "scent-secret"}},
    reauth=False,
    # A credential that got into the store all the same is found through the platform file.
    before_fails=frozenset({"offered", "without"}),
)
