'''Ladepark: chargers of several operators, each with a client of its own.

ladepark:
  operators:
    - name: Stadtwerke
      client_id: ...
      client_secret: ...
'''
import logging

import voluptuous as vol
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_NAME
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    OAuth2Session,
    async_get_config_entry_implementation,
)
from homeassistant.util import slugify

from .config_flow import LadeparkFlow
from .const import CONF_OPERATORS, DOMAIN, URL

_LOGGER = logging.getLogger(__name__)

OPERATOR = vol.Schema({
    vol.Required(CONF_NAME): cv.string,
    vol.Required(CONF_CLIENT_ID): cv.string,
    vol.Required(CONF_CLIENT_SECRET): cv.string,
})

CONFIG_SCHEMA = vol.Schema({
    DOMAIN: vol.Schema({
        vol.Required(CONF_OPERATORS): vol.All(cv.ensure_list, [OPERATOR]),
    }),
}, extra=vol.ALLOW_EXTRA)


class OperatorImplementation(LocalOAuth2Implementation):
    '''Shows the name of the operator to pick from.'''

    def __init__(self, hass, domain, client_id, client_secret, name):
        super().__init__(hass, domain, client_id, client_secret, URL + 'login', URL + 'token')
        self._name = name

    @property
    def name(self):
        return self._name


async def async_setup(hass, config):
    '''Register every operator.'''
    hass.data[DOMAIN] = {}
    if DOMAIN not in config:
        return True

    for operator in config[DOMAIN][CONF_OPERATORS]:
        LadeparkFlow.async_register_implementation(
            hass,
            OperatorImplementation(
                hass,
                f'{DOMAIN}_{slugify(operator[CONF_NAME])}',
                operator[CONF_CLIENT_ID],
                operator[CONF_CLIENT_SECRET],
                operator[CONF_NAME],
            ),
        )
    return True


async def async_setup_entry(hass, entry):
    '''Set up the chargers of one operator.'''
    implementation = await async_get_config_entry_implementation(hass, entry)
    session = OAuth2Session(hass, entry, implementation)
    response = await session.async_request('get', URL + 'chargers')
    hass.data[DOMAIN][entry.entry_id] = await response.json()
    return True


async def async_unload_entry(hass, entry):
    '''Forget them.'''
    hass.data[DOMAIN].pop(entry.entry_id, None)
    return True
