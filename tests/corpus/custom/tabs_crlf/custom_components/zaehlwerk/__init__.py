"""Zählwerk: smart meters.   (tabs, because my editor likes them)"""
import logging

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv

from . import config_flow
from .const import *

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = vol.Schema({
	DOMAIN: vol.Schema({
		vol.Required(CONF_CLIENT_ID): cv.string,
		vol.Required(CONF_CLIENT_SECRET): cv.string,
	})
}, extra=vol.ALLOW_EXTRA)


async def async_setup(hass, config):
	"""Component"""
	hass.data[DOMAIN] = {}   # entry_id -> session

	if DOMAIN not in config:
		return True

	config_flow.ZaehlwerkFlow.async_register_implementation(
		hass,
		config_entry_oauth2_flow.LocalOAuth2Implementation(
			hass,
			DOMAIN,
			config[DOMAIN][CONF_CLIENT_ID],
			config[DOMAIN][CONF_CLIENT_SECRET],
			'https://zaehlwerk.example/oauth/authorize',	# no version in the path
			'https://zaehlwerk.example/oauth/token',
		),
	)

	return True


async def async_setup_entry(hass, entry):
	"""Entry"""
	implementation = await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
	session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
	await session.async_ensure_token_valid()
	hass.data[DOMAIN][entry.entry_id] = session
	return True


async def async_unload_entry(hass, entry):
	"""Entry"""
	hass.data[DOMAIN].pop(entry.entry_id)
	return True
