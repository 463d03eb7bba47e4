"""Constants."""
DOMAIN = "torwart"
OAUTH_AUTHORIZE = "https://torwart.example/auth"
OAUTH_TOKEN = "https://torwart.example/token"
