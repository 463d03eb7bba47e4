"""Config flow of Dorfnetz."""

import logging

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class DorfnetzFlow(AbstractOAuth2FlowHandler, domain="dorfnetz"):
    """Sign in to the village."""

    DOMAIN = "dorfnetz"

    @property
    def logger(self):
        """Return the logger."""
        return logging.getLogger(__name__)
