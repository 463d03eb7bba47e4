"""Constants for Duftraum."""

DOMAIN = "duftraum"

OAUTH2_AUTHORIZE = "https://duftraum.example/authorize"
OAUTH2_TOKEN = "https://duftraum.example/token"
