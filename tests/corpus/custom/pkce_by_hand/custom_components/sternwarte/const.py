"""Constants."""
DOMAIN = "sternwarte"
CLIENT_ID = "sternwarte-app"
AUTHORIZE = "https://sternwarte.example/authorize"
TOKEN = "https://sternwarte.example/token"
SCOPES = ["openid", "offline_access"]
