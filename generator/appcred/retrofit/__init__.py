"""`appcred retrofit`: brings existing integrations to application credentials."""
