"""OAuth2 in Home Assistant integrations: scaffold, retrofit, check and rehearse it."""
