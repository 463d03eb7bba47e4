"""Constants for Heizwerk."""

DOMAIN = "heizwerk"

CONF_BUILDING = "building"

OAUTH2_AUTHORIZE = "https://id.heizwerk.example/oauth/authorize"
OAUTH2_TOKEN = "https://id.heizwerk.example/oauth/token"
API = "https://api.heizwerk.example/v2"
