"""What becomes of logins: a second one, a renewed one, one that is refused."""

import logging
import re
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import ClientConnectionError
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError, ImplementationUnavailableError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.config_entry_oauth2_flow import (
    async_add_implementation_provider,
    async_get_implementations,
)
from homeassistant.setup import async_setup_component
from proofs_plugin import EXPIRED, TOKEN, VALID, Frontend, account, reauthenticate
from pytest_homeassistant_custom_component.common import MockConfigEntry

REFUSED = {"error": "invalid_grant", "error_description": "Token has been revoked"}


async def test_no_way_to_log_in_again(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """The provider refuses the refresh token: the entry stands still and nobody is asked."""
    if domain == "toon":
        credentials = {"client_id": "client-1", "client_secret": "s"}
        assert await async_setup_component(hass, domain, {domain: credentials})
    else:
        await frontend.add_credential("client-1", "First")
    implementations = await async_get_implementations(hass, domain)
    stored, implementation = next(iter(implementations.items()))
    aioclient_mock.post(implementation.token_url, status=400, json=REFUSED)
    entry = MockConfigEntry(
        domain=domain,
        unique_id="account",
        version=2 if domain == "toon" else 1,
        minor_version=2 if domain == "toon" else 1,
        data={"auth_implementation": stored, "token": EXPIRED, "agreement_id": "1"},
    )
    entry.add_to_hass(hass)

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    refreshes = [call for call in aioclient_mock.mock_calls if call[2]["refresh_token"]]
    assert len(refreshes) == 1
    assert entry.state is ConfigEntryState.SETUP_ERROR
    issue = ir.async_get(hass).async_get_issue(
        "homeassistant", f"config_entry_reauth_{domain}_{entry.entry_id}"
    )
    if copy == "packaged":
        assert frontend.reauthentications() == []
        assert issue is None
        # A restart does not help either.
        assert not await hass.config_entries.async_reload(entry.entry_id)
        assert frontend.reauthentications() == []
    else:
        assert [flow["step_id"] for flow in frontend.reauthentications()] == ["reauth_confirm"]
        assert issue is not None


async def test_same_account_twice(
    hass: HomeAssistant,
    frontend: Frontend,
    aioclient_mock: Any,
    caplog: pytest.LogCaptureFixture,
    domain: str,
    copy: str,
) -> None:
    """One account, added twice, gives two entries; the second one's entities are refused."""
    await frontend.add_credential("client-1", "First")
    (implementation,) = (await async_get_implementations(hass, domain)).values()
    aioclient_mock.post(implementation.token_url, json=TOKEN)
    cloud = "https://homeassistant.iotty.com//api"
    lamp = {
        "device_id": "lamp",
        "serial_number": "1",
        "device_type": "com.iotty.lightswitch",
        "device_name": "Lamp",
    }
    aioclient_mock.get(f"{cloud}/getdevices", json=[lamp])
    aioclient_mock.get(f"{cloud}/device/lamp/getstatus", json={"Result": {"status": "on"}})

    first = await frontend.login(await frontend.start())
    assert first["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert len(hass.states.async_all("switch")) == 1
    again = await frontend.start()
    if copy == "mended":
        assert again["type"] is FlowResultType.ABORT
        assert again["reason"] == "single_instance_allowed"
        return
    second = await frontend.login(again)
    await hass.async_block_till_done()

    assert second["type"] is FlowResultType.CREATE_ENTRY
    entries = hass.config_entries.async_entries(domain)
    assert [entry.state for entry in entries] == [ConfigEntryState.LOADED] * 2
    assert len(hass.states.async_all("switch")) == 1
    assert "does not generate unique IDs" in caplog.text


async def test_reload_is_reported(
    hass: HomeAssistant,
    frontend: Frontend,
    aioclient_mock: Any,
    caplog: pytest.LogCaptureFixture,
    domain: str,
    copy: str,
) -> None:
    """Logging in again puts a complaint of Home Assistant's into the user's log."""
    versions = {"youtube": {"version": 2}, "teslemetry": {"version": 2}}
    entry = await _entry(hass, frontend, aioclient_mock, domain, **versions[domain])
    with account(domain):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert entry.update_listeners
        result = await reauthenticate(hass, frontend, entry)
        await hass.async_block_till_done()

    assert result["reason"] == "reauth_successful"
    assert entry.data["token"]["access_token"] == "renewed"
    complaint = "has an update listener and should use it for scheduling a reload"
    if copy == "packaged":
        (line,) = [line for line in caplog.text.splitlines() if complaint in line]
        assert f"integration '{domain}'" in line
        assert "stop working in Home Assistant 2026.12" in line
    else:
        assert complaint not in caplog.text


async def test_keys_are_dropped(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """What the entry was created with, beside the login, is gone after logging in again."""
    entry = await _entry(hass, frontend, aioclient_mock, domain, data={"name": "Me"})
    with account(domain), patch.object(hass.config_entries, "async_schedule_reload"):
        result = await reauthenticate(hass, frontend, entry)

    assert result["reason"] == "reauth_successful"
    assert entry.data["token"]["access_token"] == "renewed"
    assert ("name" in entry.data) == (copy == "mended")


async def test_webhook_is_forgotten(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """What the integration added to the entry is gone after logging in again, and stays behind."""
    hook = {"webhook_id": "hook", "cloudhook_url": "https://hooks.nabu.casa/hook"}
    entry = await _entry(hass, frontend, aioclient_mock, domain, unique_id=domain, data=hook)
    with patch.object(hass.config_entries, "async_reload"):
        result = await reauthenticate(hass, frontend, entry)
    assert result["reason"] == "reauth_successful"
    assert entry.data["token"]["access_token"] == "renewed"

    cloud = "homeassistant.components.cloud"
    with (
        patch(f"{cloud}.async_active_subscription", return_value=True),
        patch(f"{cloud}.async_delete_cloudhook") as deleted,
    ):
        await hass.config_entries.async_remove(entry.entry_id)

    if copy == "packaged":
        assert entry.data.keys() == {"auth_implementation", "token"}
        # The hook in the user's cloud account outlives the integration.
        deleted.assert_not_called()
    else:
        assert entry.data.items() >= hook.items()
        deleted.assert_called_once_with(hass, "hook")


async def test_any_account_renews(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """Logging in again as somebody else puts their token into the entry."""
    web = {"credential_type": "web_auth"}  # and not by a code that a device shows
    entry = await _entry(hass, frontend, aioclient_mock, domain, data=web)
    with account(domain, "another"), patch.object(hass.config_entries, "async_schedule_reload"):
        result = await reauthenticate(hass, frontend, entry)

    assert entry.unique_id == "account"
    if copy == "packaged":
        assert result["reason"] == "reauth_successful"
        assert entry.data["token"]["access_token"] == "renewed"
    else:
        assert result["reason"] == "unique_id_mismatch"
        assert entry.data["token"]["access_token"] == "access"


async def test_token_without_scope_renews(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """Logging in again as somebody else, without a scope, puts their token into the entry."""
    mine = {**VALID, "scope": "iam:read amc:api", "user_id": "account"}
    theirs = {"scope": "iam:read", "user_id": "another"}
    entry = await _entry(
        hass, frontend, aioclient_mock, domain, renewed=theirs, data={"token": mine}
    )
    with patch.object(hass.config_entries, "async_schedule_reload"):
        result = await reauthenticate(hass, frontend, entry)

    assert entry.unique_id == "account"
    if copy == "packaged":
        assert result["reason"] == "missing_amc_scope"
        assert entry.data["token"]["access_token"] == "renewed"
        assert entry.data["token"]["user_id"] == "another"
    else:
        assert result["reason"] == "wrong_account"
        assert entry.data["token"]["access_token"] == "access"


async def test_lost_connection_asks_to_sign_in(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """Without a connection while the token is refreshed, the user is asked to sign in again."""
    await frontend.add_credential("client-1", "First")
    ((stored, implementation),) = (await async_get_implementations(hass, domain)).items()
    aioclient_mock.post(implementation.token_url, exc=ClientConnectionError("lost"))
    data = {"auth_implementation": stored, "token": EXPIRED}
    entry = MockConfigEntry(domain=domain, unique_id="account", minor_version=2, data=data)
    entry.add_to_hass(hass)

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    assert len(aioclient_mock.mock_calls) == 1
    if copy == "packaged":
        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert [flow["step_id"] for flow in frontend.reauthentications()] == ["reauth_confirm"]
    else:
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert frontend.reauthentications() == []


async def test_another_account_is_an_error(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """Logging in again as somebody else ends in an error that nobody caught."""
    entry = await _entry(hass, frontend, aioclient_mock, domain)
    with account(domain, "another"):
        if copy == "packaged":
            with pytest.raises(HomeAssistantError, match="Creates a new entry in a 'reauth' flow"):
                await reauthenticate(hass, frontend, entry)
        else:
            result = await reauthenticate(hass, frontend, entry)
            assert result["reason"] == "wrong_account"
    assert entry.data["token"]["access_token"] == "access"


async def test_second_account_takes_the_place(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """Whoever adds a second account finds the first one gone, and is told of a renewed login."""
    entry = await _entry(hass, frontend, aioclient_mock, domain, unique_id=domain)

    result = await frontend.start()
    if copy == "packaged":
        with patch.object(hass.config_entries, "async_reload"):
            result = await frontend.login(result)
        assert result["reason"] == "reauth_successful"
        assert entry.data["token"]["access_token"] == "renewed"
        assert hass.config_entries.async_entries(domain) == [entry]
    else:
        assert result["reason"] == "single_instance_allowed"
        assert entry.data["token"]["access_token"] == "access"


async def test_token_is_logged(
    hass: HomeAssistant,
    frontend: Frontend,
    aioclient_mock: Any,
    caplog: pytest.LogCaptureFixture,
    domain: str,
    copy: str,
) -> None:
    """With debug logging for the integration, the access token stands in the log."""
    token = {**VALID, "access_token": "a-secret"}
    entry = await _entry(hass, frontend, aioclient_mock, domain, data={"token": token})
    aioclient_mock.get(re.compile("https://"), status=500)
    with caplog.at_level(logging.DEBUG):
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    sent = [headers["Authorization"] for _, _, _, headers in aioclient_mock.mock_calls]
    assert "Bearer a-secret" in sent
    own = [r.getMessage() for r in caplog.records if f"components.{domain}" in r.name]
    assert own
    assert any("a-secret" in line for line in own) == (copy == "packaged")


@pytest.mark.usefixtures("frontend")
async def test_reason_is_not_translated(hass: HomeAssistant, domain: str, copy: str) -> None:
    """The provider of the credential is down: why the entry waits is told in English alone.

    Home Assistant itself maps this since 2026.10, with a translated reason.
    """

    async def down(_hass: HomeAssistant, _domain: str) -> list[Any]:
        raise ImplementationUnavailableError("down")

    entry = MockConfigEntry(domain=domain, data={"auth_implementation": "cloud", "token": VALID})
    entry.add_to_hass(hass)
    async_add_implementation_provider(hass, "cloud", down)

    await hass.config_entries.async_setup(entry.entry_id)

    assert entry.state is ConfigEntryState.SETUP_RETRY
    if copy == "packaged":
        assert entry.reason == "OAuth2 implementation temporarily unavailable, will retry"
        assert entry.error_reason_translation_key is None
    else:
        assert entry.error_reason_translation_key == "oauth2_implementation_unavailable"


async def _entry(
    hass: HomeAssistant,
    frontend: Frontend,
    aioclient_mock: Any,
    domain: str,
    *,
    renewed: dict[str, str] | None = None,
    **more: Any,
) -> MockConfigEntry:
    """Return an entry of the account "account", whose token endpoint gives out new tokens.

    `renewed` is what such a token has besides.
    """
    await frontend.add_credential("client-1", "First")
    ((stored, implementation),) = (await async_get_implementations(hass, domain)).items()
    aioclient_mock.post(
        implementation.token_url, json=TOKEN | {"access_token": "renewed", **(renewed or {})}
    )
    data = {"auth_implementation": stored, "token": VALID, **more.pop("data", {})}
    entry = MockConfigEntry(domain=domain, data=data, **{"unique_id": "account", **more})
    entry.add_to_hass(hass)
    return entry
