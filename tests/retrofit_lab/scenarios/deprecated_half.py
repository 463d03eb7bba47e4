"""Some keys are deprecated, some are pairs, one must keep its meaning; a warning is logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def with_yaml(life: Life) -> None:
    """The volume is the one in YAML."""
    await life.sign_in(life.scenario.flows[0])
    assert life.hass.states.get("tonband.volume").state == "80"


async def after(life: Life) -> None:
    """So it is without the credentials."""
    await life.start({"tonband": {"volume": 80}}, credentials=True)
    await life.add_credential()
    await with_yaml(life)
    assert not life.issues()


SCENARIO = Scenario(
    domain="tonband",
    token_url="https://tonband.example/oauth/v2/token",
    flows=(Flow(("tape-id", "tape-secret")),),
    vendor=vendor,
    yaml={"tonband": {"client_id": "tape-id", "client_secret": "tape-secret", "volume": "80"}},
    with_yaml=with_yaml,
    after=after,
)
