"""Constants for the Solarhaus integration."""

DOMAIN = "solarhaus"
CONF_INSTALLATION = "installation"
