"""Indented with tabs, lines that end in CRLF, one file without a last line end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


SCENARIO = Scenario(
    domain="zaehlwerk",
    token_url="https://zaehlwerk.example/oauth/token",
    flows=(Flow(("meter-id", "meter-secret")),),
    vendor=vendor,
    yaml={"zaehlwerk": {"client_id": "meter-id", "client_secret": "meter-secret"}},
    token={"meter": "4711"},
    reauth=False,
)
