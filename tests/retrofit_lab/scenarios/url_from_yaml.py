"""The server's address is in YAML: where it goes is for a person to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


SCENARIO = Scenario(
    domain="dorfnetz",
    token_url="https://dorf.example/oauth/token",
    flows=(Flow(("village-id", "village-secret")),),
    vendor=vendor,
    yaml={
        "dorfnetz": {
            "url": "https://dorf.example/",
            "client_id": "village-id",
            "client_secret": "village-secret",
        }
    },
    reauth=False,
)
