'''Flow of Ladepark.'''
import logging

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import DOMAIN


class LadeparkFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    '''One entry per operator.'''

    DOMAIN = DOMAIN

    @property
    def logger(self):
        '''Logger.'''
        return logging.getLogger(__name__)

    async def async_oauth_create_entry(self, data):
        '''Called after sign in.'''
        await self.async_set_unique_id(data['auth_implementation'])
        self._abort_if_unique_id_configured()
        return self.async_create_entry(title=self.flow_impl.name, data=data)
