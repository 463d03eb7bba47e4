"""Flow of Pegelstand."""

import logging

from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler

from .const import DOMAIN


class PegelstandFlow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Flow of Pegelstand."""

    DOMAIN = DOMAIN

    @property
    def logger(self) -> logging.Logger:
        """Return the logger."""
        return logging.getLogger(__name__)
