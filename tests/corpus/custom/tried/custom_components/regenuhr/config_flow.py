import logging

from homeassistant import config_entries
from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)


@config_entries.HANDLERS.register(DOMAIN)
class RegenuhrFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler):

    DOMAIN = DOMAIN
    CONNECTION_CLASS = "cloud_poll"

    @property
    def logger(self):
        return _LOGGER

    async def async_oauth_create_entry(self, data):
        return self.async_create_entry(title="Regenuhr", data=data)
