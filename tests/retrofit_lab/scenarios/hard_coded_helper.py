"""Constants, registered for each entry and by a method of the flow, reauth included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def scope(life: Life) -> None:
    """The flow still asks for its scope."""
    _, url = await life.sign_in(life.scenario.flows[0])
    assert url is not None
    assert url.query["scope"] == "openid offline_access levels"


SCENARIO = Scenario(
    domain="wasserstand",
    token_url="https://login.wasserstand.example/token",
    flows=(Flow(("home-assistant", "7f0e4d1b")),),
    vendor=vendor,
    built_in=True,
    with_yaml=scope,
)
