"""What the user reads, or does not."""

from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import async_get_implementations
from homeassistant.helpers.translation import async_get_translations
from proofs_plugin import TOKEN, VALID, Frontend, account, reauthenticate
from pytest_homeassistant_custom_component.common import MockConfigEntry

# Each copy has texts of its own; the test package keeps the first it sees.
pytestmark = pytest.mark.usefixtures("disable_translations_once")

_PICKER = {"youtube", "twitch", "teslemetry", "tibber"}
_CONFIRMATION = {"microbees"}


async def _asked_for(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str
) -> str:
    """Bring a flow where the text belongs; return what it stands for: `step.x`, `abort.y`."""
    await frontend.add_credential("client-1", "Home")
    if domain in _PICKER:
        await frontend.add_credential("client-2", "Office")
        return f"step.{(await frontend.start())['step_id']}"
    stored, implementation = next(iter((await async_get_implementations(hass, domain)).items()))
    aioclient_mock.post(implementation.token_url, json=TOKEN)
    data = {"auth_implementation": stored, "token": VALID, "api_key": "key"}
    entry = MockConfigEntry(domain=domain, unique_id="account", data=data)
    entry.add_to_hass(hass)
    if domain in _CONFIRMATION:
        entry.async_start_reauth(hass)
        await hass.async_block_till_done()
        (flow,) = frontend.reauthentications()
        return f"step.{flow['step_id']}"
    with account(domain, "another"):
        result = await reauthenticate(hass, frontend, entry)
    # Else the text is Home Assistant's own.
    assert result.get("translation_domain") in (None, domain)
    return f"abort.{result['reason']}"


async def test_text_is_missing(
    hass: HomeAssistant, frontend: Frontend, aioclient_mock: Any, domain: str, copy: str
) -> None:
    """Where a flow stops or asks, the user reads nothing, or the name of a key."""
    asked = await _asked_for(hass, frontend, aioclient_mock, domain)
    texts = await async_get_translations(hass, "en", "config", [domain])

    assert texts
    found = [key for key in texts if f"{key}.".startswith(f"component.{domain}.config.{asked}.")]
    assert bool(found) == (copy == "mended"), asked


async def test_placeholder_is_not_shown(
    hass: HomeAssistant, frontend: Frontend, domain: str, copy: str
) -> None:
    """The credentials dialog is given a link that no text of it shows."""
    told = (await frontend.command("config"))["result"]["integrations"][domain]
    texts = await async_get_translations(hass, "en", "application_credentials", [domain])
    text = texts.get(f"component.{domain}.application_credentials.description", "")

    placeholders = told["description_placeholders"]
    assert placeholders
    assert all(f"{{{name}}}" in text for name in placeholders) == (copy == "mended")
