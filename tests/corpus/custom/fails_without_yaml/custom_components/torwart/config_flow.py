"""Flow."""
import logging

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class TorwartFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Flow."""

    DOMAIN = DOMAIN

    @property
    def logger(self):
        """Logger."""
        return logging.getLogger(__name__)
