"""A subclass with an `__init__`, entries under another auth domain, a further key in YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from life import CLIENT
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    cars = [{"plate": "HA-X 1", "lat": 52.1, "lon": 9.3}]
    life.mock.get("https://fahrtenbuch.example/api/cars", json=cars)


async def with_yaml(life: Life) -> None:
    """The market decides the language, the subclass asks for permissions and tidies the token."""
    result, url = await life.sign_in(life.scenario.flows[0])
    assert url is not None
    assert url.query["permissions"] == "trips;position"
    assert "debug" not in result["data"]["token"]
    (request,) = [call for call in life.mock.mock_calls if call[0].lower() == "get"]
    assert request[3]["Accept-Language"] == "de-AT"


async def after(life: Life) -> None:
    """Old entries keep the auth domain they have; the market stands without the credentials."""
    for entry in life.kept("after"):
        assert entry["data"]["auth_implementation"] == "fahrtenbuch_cloud"
    await life.start({"fahrtenbuch": {"market": "at"}}, credentials=True)
    identifier = await life.add_credential()
    result, _ = await life.sign_in(Flow(CLIENT), implementation=identifier)
    assert result["type"] == "create_entry", result
    (request,) = [call for call in life.mock.mock_calls if call[0].lower() == "get"]
    assert request[3]["Accept-Language"] == "de-AT"


SCENARIO = Scenario(
    domain="fahrtenbuch",
    token_url="https://fahrtenbuch.example/api/oauth/token",
    flows=(Flow(("drive-id", "drive-secret")),),
    vendor=vendor,
    yaml={
        "fahrtenbuch": {"client_id": "drive-id", "client_secret": "drive-secret", "market": "at"}
    },
    token={"driver": 5, "debug": "x"},
    reauth=False,
    with_yaml=with_yaml,
    after=after,
)
