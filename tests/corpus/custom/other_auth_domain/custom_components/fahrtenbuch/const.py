"""Constants for Fahrtenbuch."""

from homeassistant.const import Platform

DOMAIN = "fahrtenbuch"
# Entries of version 0.5 and older were made when the integration had another name.
LEGACY_IMPLEMENTATION = "fahrtenbuch_cloud"

CONF_MARKET = "market"
MARKETS = {"de": "de-DE", "at": "de-AT", "ch": "de-CH"}

PLATFORMS = [Platform.DEVICE_TRACKER]
