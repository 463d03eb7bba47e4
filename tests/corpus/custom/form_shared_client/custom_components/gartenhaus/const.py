"""Constants for the Gartenhaus integration."""

from __future__ import annotations

import logging
from typing import Final

LOGGER: Final = logging.getLogger(__package__)

DOMAIN: Final = "gartenhaus"
TITLE: Final = "Gartenhaus"

CONF_ID: Final = "app_id"
CONF_KEY: Final = "app_key"
CONF_INTERVAL: Final = "interval"
DEFAULT_INTERVAL: Final = 15

AUTHORIZE: Final = "https://gartenhaus.example/connect/authorize"
TOKEN: Final = "https://gartenhaus.example/connect/token"
GARDEN: Final = "https://gartenhaus.example/api/garden"
