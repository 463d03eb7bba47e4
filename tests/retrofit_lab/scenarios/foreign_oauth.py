"""OAuth2 without Home Assistant's helper, and nobody who signs in: not what credentials are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def boiler(life: Life) -> None:
    """The flow asks for the client, tries it, and the entry loads with it."""
    (flow,) = life.scenario.flows
    result, _ = await life.sign_in(flow)
    assert result["type"] == "create_entry", result
    assert life.is_loaded(life.entries()[0])
    requests = life.token_requests("client_credentials")
    assert {(each["client_id"], each["client_secret"]) for each in requests} == {flow.client}


SCENARIO = Scenario(
    domain="kesselhaus",
    token_url="https://kesselhaus.example/oauth2/token",
    flows=(
        Flow(
            ("boiler-id", "boiler-secret"),
            {"user": {"client_id": "boiler-id", "client_secret": "boiler-secret"}},
        ),
    ),
    vendor=vendor,
    ours=False,
    reauth=False,
    before_fails=frozenset({"offered", "without", "stored"}),
    with_yaml=boiler,
)
