"""Fixtures for the tests of Brotkorb."""

import pytest

from homeassistant.setup import async_setup_component

import custom_components.brotkorb  # noqa: F401

CLIENT_ID = "1234"
CLIENT_SECRET = "5678"


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations):
    """Find the integration."""


@pytest.fixture
async def component(hass):
    """Set Brotkorb up from YAML."""
    assert await async_setup_component(
        hass,
        "brotkorb",
        {"brotkorb": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}},
    )
    await hass.async_block_till_done()
