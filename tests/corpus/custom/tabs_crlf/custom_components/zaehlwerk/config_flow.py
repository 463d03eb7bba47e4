"""Flow"""
import logging

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class ZaehlwerkFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
	"""Flow"""

	DOMAIN = DOMAIN

	@property
	def logger(self):
		return logging.getLogger(__name__)

	async def async_oauth_create_entry(self, data):
		await self.async_set_unique_id(data["token"]["meter"])
		self._abort_if_unique_id_configured()
		return self.async_create_entry(title=data["token"]["meter"], data=data)
