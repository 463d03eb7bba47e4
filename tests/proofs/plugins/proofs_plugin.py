"""What the scenarios share. Runs in Home Assistant's environment (`pytest -p proofs_plugin`).

A scenario runs once for each integration that proved.json names for it, and for each copy of that
integration: the one that Home Assistant ships, the mended one, or a control that never had the
fault.
"""

import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch
from urllib.parse import parse_qs, urlparse

# Where the mended copies lie. The test package would put its own folder of that name first later.
import custom_components
import pytest
from homeassistant.config_entries import HANDLERS, SOURCE_REAUTH, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

__all__ = ["custom_components"]

TOKEN = {
    "access_token": "access",
    "refresh_token": "refresh",
    "token_type": "Bearer",
    "expires_in": 3600,
}
EXPIRED = {**TOKEN, "expires_at": 1.0}
VALID = {**TOKEN, "expires_at": 4102444800.0}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each scenario for the integrations and copies that the outer test asks for."""
    cases = json.loads(os.environ["APPCRED_PROOFS"])
    wanted = cases.get(metafunc.function.__name__.removeprefix("test_"), [])
    metafunc.parametrize(
        ("domain", "copy"), wanted, indirect=["copy"], ids=["-".join(case) for case in wanted]
    )


@pytest.fixture
def copy(request: pytest.FixtureRequest, domain: str) -> str:
    """Bring the wanted copy of the integration into play, and no other."""
    # Both copies register their flow under one domain when they are imported.
    HANDLERS.pop(domain, None)
    for parent in ("homeassistant.components", "custom_components"):
        package = f"{parent}.{domain}"
        for name in [name for name in sys.modules if f"{name}.".startswith(f"{package}.")]:
            del sys.modules[name]
    name: str = request.param
    if name == "mended":
        request.getfixturevalue("enable_custom_integrations")
    return name


@dataclass
class Frontend:
    """What a user does in the browser: the credentials dialog and the login."""

    hass: HomeAssistant
    domain: str
    command: Callable[..., Awaitable[dict[str, Any]]]
    http: Any

    async def add_credential(self, client_id: str, name: str) -> str:
        """Fill in the dialog; return the id of the credential."""
        answer = await self.command(
            "create", domain=self.domain, client_id=client_id, client_secret="s", name=name
        )
        assert answer["success"], answer
        identifier: str = answer["result"]["id"]
        return identifier

    async def start(self, *steps: dict[str, Any]) -> Any:
        """Press "Add integration", and fill in the steps before the login."""
        flows = self.hass.config_entries.flow
        result = await flows.async_init(self.domain, context={"source": SOURCE_USER})
        for step in steps:
            result = await flows.async_configure(result["flow_id"], step)
        return result

    async def login(self, result: Any) -> Any:
        """Come back from the provider's page, and go on with the flow."""
        state = authorize_query(result)["state"]
        answer = await self.http.get(
            "/auth/external/callback", params={"code": "code", "state": state}
        )
        assert answer.status == 200
        return await self.hass.config_entries.flow.async_configure(result["flow_id"])

    def reauthentications(self) -> list[Any]:
        """Return the flows that ask the user to log in again."""
        flows = self.hass.config_entries.flow.async_progress_by_handler(self.domain)
        return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


@pytest.fixture
async def frontend(
    hass: HomeAssistant,
    copy: str,  # noqa: ARG001 - before anything looks for the integration
    domain: str,
    hass_ws_client: Any,
    hass_client_no_auth: Any,
    current_request_with_host: None,  # noqa: ARG001 - where the redirect goes
) -> Frontend:
    """Return the frontend of a running Home Assistant."""
    assert await async_setup_component(hass, "application_credentials", {})
    # The web server takes no more routes once it runs, and some integration's webhooks need one.
    assert await async_setup_component(hass, "webhook", {})
    # They ask whether it is there, no more.
    for other in {"smartthings": ("cloud",), "tibber": ("recorder",)}.get(domain, ()):
        hass.config.components.add(other)
    socket = await hass_ws_client(hass)

    async def command(action: str, /, **data: Any) -> dict[str, Any]:
        await socket.send_json_auto_id({"type": f"application_credentials/{action}", **data})
        answer: dict[str, Any] = await socket.receive_json()
        return answer

    return Frontend(hass, domain, command, await hass_client_no_auth())


def authorize_query(result: Any) -> dict[str, str]:
    """Return what the authorize URL of a flow asks the provider for."""
    query = parse_qs(urlparse(result["url"]).query)
    return {name: values[0] for name, values in query.items()}


async def reauthenticate(hass: HomeAssistant, frontend: Frontend, entry: Any) -> Any:
    """Log in again, with the credential of the entry."""
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    (flow,) = frontend.reauthentications()
    flows = hass.config_entries.flow
    result = await flows.async_configure(flow["flow_id"], {})
    if result["type"] is FlowResultType.FORM:  # beside a credential that the integration brings
        choice = {"implementation": entry.data["auth_implementation"]}
        result = await flows.async_configure(flow["flow_id"], choice)
    return await frontend.login(result)


@contextmanager
def account(domain: str, name: str = "account") -> Iterator[None]:
    """Let the provider's library tell what it would of an account."""

    async def channels(_self: Any) -> AsyncIterator[Any]:
        yield SimpleNamespace(channel_id=name, snippet=SimpleNamespace(title="Me"))

    answers: dict[str, dict[str, Any]] = {
        "youtube": {"youtubeaio.youtube.YouTube.get_user_channels": channels},
        "spotify": {
            "spotifyaio.SpotifyClient.get_current_user": AsyncMock(
                return_value=SimpleNamespace(user_id=name, display_name="Me")
            )
        },
        "teslemetry": {
            "tesla_fleet_api.teslemetry.Teslemetry.metadata": AsyncMock(
                return_value={
                    "uid": name,
                    "region": "NA",
                    "scopes": [],
                    "vehicles": {},
                    "energy_sites": {},
                }
            ),
            "tesla_fleet_api.teslemetry.Teslemetry.products": AsyncMock(
                return_value={"response": []}
            ),
        },
        "electric_kiwi": {
            "electrickiwi_api.ElectricKiwiApi.get_active_session": AsyncMock(
                return_value=SimpleNamespace(data=SimpleNamespace(customer_number=name))
            )
        },
        "volvo": {
            "volvocarsapi.api.VolvoCarsApi.async_get_vehicles": AsyncMock(return_value=[name]),
            "volvocarsapi.api.VolvoCarsApi.async_get_vehicle_details": AsyncMock(
                return_value=SimpleNamespace(vin=name)
            ),
        },
        "geocaching": {
            "geocachingapi.geocachingapi.GeocachingApi.update": AsyncMock(
                return_value=SimpleNamespace(user=SimpleNamespace(username=name))
            )
        },
        "google": {
            "gcal_sync.api.GoogleCalendarService.async_get_calendar": AsyncMock(
                return_value=SimpleNamespace(id=name)
            )
        },
    }
    with ExitStack() as patches:
        for target, answer in answers[domain].items():
            patches.enter_context(patch(target, answer))
        yield
