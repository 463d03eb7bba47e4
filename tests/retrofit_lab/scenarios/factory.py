"""A factory makes a subclass without `__init__`, whose token request sends a header of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def header(life: Life) -> None:
    """The subclass still makes the token request."""
    result, url = await life.sign_in(life.scenario.flows[0])
    assert result["type"] == "create_entry", result
    assert url is not None
    assert url.query["scope"] == "installation offline_access"
    (request,) = [call for call in life.mock.mock_calls if call[0].lower() == "post"]
    assert request[3] == {"Solarhaus-Version": "4"}


SCENARIO = Scenario(
    domain="solarhaus",
    token_url="https://sso.solarhaus.example/connect/token",
    flows=(Flow(("sun-id", "sun-secret")),),
    vendor=vendor,
    yaml={"solarhaus": {"client_id": "sun-id", "client_secret": "sun-secret"}},
    reauth=False,
    with_yaml=header,
)
