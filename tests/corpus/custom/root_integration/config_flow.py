"""Config flow of Turmuhr."""

import logging

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

LOGGER = logging.getLogger(__name__)


class TurmuhrFlow(AbstractOAuth2FlowHandler, domain="turmuhr"):
    """Sign in to a tower."""

    DOMAIN = "turmuhr"

    @property
    def logger(self):
        """Return logger."""
        return LOGGER
