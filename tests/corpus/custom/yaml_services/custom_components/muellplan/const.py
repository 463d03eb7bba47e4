"""Konstanten."""
DOMAIN = "muellplan"

CONF_CALENDARS = "calendars"
CONF_REMIND = "remind_before"

DEFAULT_REMIND = 12

DATA_CONFIG = "config"
DATA_ENTRIES = "entries"

AUTH_URLS = {
    "authorize": "https://muellplan.example/o/authorize/",
    "token": "https://muellplan.example/o/token/",
}
