"""Constants for the Poolwart integration."""

DOMAIN = "poolwart"

OAUTH2_CLIENT_ID = "customer_api"
OAUTH2_CLIENT_SECRET = ""

API_HOST = "https://interop.poolwart.example"
OAUTH2_AUTHORIZE = API_HOST + "/oauth2/authorize"
OAUTH2_TOKEN = API_HOST + "/oauth2/token"
