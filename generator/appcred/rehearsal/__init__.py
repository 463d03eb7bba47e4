"""An integration's OAuth2 life in a real Home Assistant, without the vendor."""
