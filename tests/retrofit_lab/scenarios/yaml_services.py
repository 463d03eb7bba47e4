"""Client and other keys in YAML; the other keys decide what the service and the entry do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def with_yaml(life: Life) -> None:
    """The service knows the calendars, the entry the hours."""
    answer = await life.hass.services.async_call(
        "muellplan",
        "next_collection",
        {"calendar": "street"},
        blocking=True,
        return_response=True,
    )
    assert answer == {"calendars": [{"name": "street", "kinds": ["paper"]}], "remind": 36}
    await life.sign_in(life.scenario.flows[0])
    assert life.hass.states.get("muellplan.remind").state == "36"


async def after(life: Life) -> None:
    """The other keys stand for themselves, without the credentials beside them."""
    others = {
        key: value
        for key, value in life.scenario.yaml["muellplan"].items()
        if key not in ("client_id", "client_secret")
    }
    await life.start({"muellplan": others}, credentials=True)
    await life.add_credential(life.scenario.flows[0].client)
    await with_yaml(life)
    assert not life.issues()


SCENARIO = Scenario(
    domain="muellplan",
    token_url="https://muellplan.example/o/token/",
    flows=(Flow(("yaml-id", "yaml-secret")),),
    vendor=vendor,
    yaml={
        "muellplan": {
            "client_id": "yaml-id",
            "client_secret": "yaml-secret",
            "remind_before": 36,
            "calendars": [{"name": "street", "kinds": "paper"}],
        }
    },
    reauth=False,
    with_yaml=with_yaml,
    after=after,
)
