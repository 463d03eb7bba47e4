"""Constants for Heimspeicher."""

from typing import Final

DOMAIN: Final = "heimspeicher"

CONF_PLANT_ID: Final = "plant_id"
CONF_SCAN_INTERVAL: Final = "scan_interval"

OAUTH2_AUTHORIZE: Final = "https://sso.heimspeicher.example/auth"
OAUTH2_TOKEN: Final = "https://sso.heimspeicher.example/token"
API_BASE: Final = "https://api.heimspeicher.example"
