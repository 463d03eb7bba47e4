"""What becomes of the credentials that a user adds."""

import sys
from typing import Any

from homeassistant.components.application_credentials import AuthorizationServer
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.config_entry_oauth2_flow import (
    async_get_config_entry_implementation,
    async_get_implementations,
)
from homeassistant.loader import async_get_integration
from proofs_plugin import TOKEN, VALID, Frontend, authorize_query
from pytest_homeassistant_custom_component.common import MockConfigEntry


async def test_two_credentials_collapse(
    hass: HomeAssistant, frontend: Frontend, domain: str, copy: str
) -> None:
    """An entry made with the first credential goes on with the second one's client id."""
    first = await frontend.add_credential("client-1", "First")
    (stored,) = await async_get_implementations(hass, domain)
    entry = MockConfigEntry(domain=domain, data={"auth_implementation": stored, "token": VALID})
    entry.add_to_hass(hass)
    assert (await async_get_config_entry_implementation(hass, entry)).client_id == "client-1"

    await frontend.add_credential("client-2", "Second")
    result = await frontend.start()
    used = await async_get_config_entry_implementation(hass, entry)
    deleted = await frontend.command("delete", application_credentials_id=first)

    if copy == "packaged":
        # No choice between the two: the flow is on its way with the second.
        assert result["type"] is FlowResultType.EXTERNAL_STEP
        assert authorize_query(result)["client_id"] == "client-2"
        assert used.client_id == "client-2"
        assert deleted["success"]
    else:
        assert result["type"] is FlowResultType.FORM
        assert result["step_id"] == "pick_implementation"
        assert used.client_id == "client-1"
        assert "in use" in deleted["error"]["message"]


_STEPS: dict[str, list[dict[str, Any]]] = {
    "overkiz": [{"hub": "rexel"}, {"api_type": "cloud"}],
}


async def test_names_are_lost(frontend: Frontend, domain: str, copy: str) -> None:
    """Where the user picks a credential, every line reads the same."""
    await frontend.add_credential("client-1", "Home")
    await frontend.add_credential("client-2", "Office")

    result = await frontend.start(*_STEPS.get(domain, []))

    assert result["step_id"] == "pick_implementation"
    (choice,) = result["data_schema"].schema.values()
    shown = set(choice.container.values())
    if copy == "packaged":
        assert len(choice.container) >= 2
        assert shown == {"Local application credentials"}
    else:
        assert {"Home", "Office"} <= shown
        assert "Local application credentials" not in shown


async def test_credential_is_not_used(
    hass: HomeAssistant, frontend: Frontend, domain: str, copy: str
) -> None:
    """What the user enters in the dialog is stored, and another client signs in."""
    await frontend.add_credential("client-1", "Home")
    made = await async_get_implementations(hass, domain)

    result = await frontend.start()

    if copy == "packaged":
        assert {one.client_id for one in made.values()}.isdisjoint({"client-1"})
        # There is no choice either.
        assert result["type"] is FlowResultType.EXTERNAL_STEP
        assert authorize_query(result)["client_id"] != "client-1"
    else:
        assert "client-1" in {one.client_id for one in made.values()}
        assert result["step_id"] == "pick_implementation"
        (choice,) = result["data_schema"].schema.values()
        assert "Home" in choice.container.values()


async def test_server_hook_is_not_called(
    hass: HomeAssistant, frontend: Frontend, domain: str, copy: str
) -> None:
    """Home Assistant's own code never asks for the authorization server; the control's it does."""
    platform: Any = await (await async_get_integration(hass, domain)).async_get_platform(
        "application_credentials"
    )
    original = platform.async_get_authorization_server
    callers: list[str] = []

    async def watched(hass: HomeAssistant) -> AuthorizationServer:
        callers.append(sys._getframe(1).f_globals["__name__"])
        return await original(hass)

    platform.async_get_authorization_server = watched
    await frontend.add_credential("client-1", "First")
    (implementation,) = (await async_get_implementations(hass, domain)).values()
    await implementation.async_generate_authorize_url("flow")

    core = "homeassistant.components.application_credentials"
    if copy == "packaged":
        assert core not in callers
        # What calls it at all is the integration, under a name that Home Assistant would use.
        assert set(callers) <= {platform.__name__}
    else:
        assert set(callers) == {core}


async def test_same_secret_everywhere(
    hass: HomeAssistant,
    frontend: Frontend,
    aioclient_mock: Any,
    domain: str,
    copy: str,
) -> None:
    """A Home Assistant in which nobody entered a credential sends one; it came with the release."""
    result = await frontend.start()
    if copy == "mended":
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "missing_credentials"
        return

    (implementation,) = (await async_get_implementations(hass, domain)).values()
    aioclient_mock.post(implementation.token_url, json=TOKEN)
    await frontend.login(result)

    sent = next(
        data
        for _, url, data, _ in aioclient_mock.mock_calls
        if str(url) == implementation.token_url
    )
    source = (await async_get_integration(hass, domain)).file_path
    released = (source / "const.py").read_text("utf-8")
    assert len(sent["client_secret"]) > 20
    assert sent["client_secret"] in released


async def test_only_yaml(frontend: Frontend, domain: str, copy: str) -> None:
    """The user interface has no place for the credential: it leads to a dead end."""
    steps = {"smappee": [{"environment": "cloud"}]}.get(domain, [])
    result = await frontend.start(*steps)
    listed = (await frontend.command("config"))["result"]["domains"]
    created = await frontend.command(
        "create", domain=domain, client_id="client", client_secret="secret"
    )

    assert result["type"] is FlowResultType.ABORT
    if copy == "packaged":
        assert result["reason"] == "missing_configuration"
        assert domain not in listed
        assert not created["success"]
    else:
        # With this reason the frontend opens the dialog for credentials.
        assert result["reason"] == "missing_credentials"
        assert domain in listed
        assert created["success"]
