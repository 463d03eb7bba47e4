"""Konstanten."""

DOMAIN = "maehwerk"
AUTHORIZE = "https://maehwerk.example/oauth2/authorize"
TOKEN = "https://maehwerk.example/oauth2/token"
