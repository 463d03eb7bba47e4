"""Constants of Brotkorb."""

import logging

DOMAIN = "brotkorb"
LOGGER = logging.getLogger(__package__)

OAUTH2_AUTHORIZE = "https://brotkorb.example/oauth/authorize"
OAUTH2_TOKEN = "https://brotkorb.example/oauth/token"
