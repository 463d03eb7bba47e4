"""Trees before and after a retrofit, in real Home Assistant releases."""
