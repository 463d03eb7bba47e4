"""Constants for Brunnen."""

DOMAIN = "brunnen"

OAUTH2_AUTHORIZE = "https://account.brunnen.example/oauth/authorize"
OAUTH2_TOKEN = "https://account.brunnen.example/oauth/token"
PUMP = "https://api.brunnen.example/v2/pump"
