"""OAuth2 for an integration that has none yet, from the template, its own files kept."""
