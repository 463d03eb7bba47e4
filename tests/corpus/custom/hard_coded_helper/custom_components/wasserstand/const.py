"""Wasserstand."""

DOMAIN = "wasserstand"
NAME = "Wasserstand"

CLIENT_ID = "home-assistant"
CLIENT_SECRET = "7f0e4d1b"
AUTH_URL = "https://login.wasserstand.example/authorize"
TOKEN_URL = "https://login.wasserstand.example/token"
API_URL = "https://api.wasserstand.example/v1"
