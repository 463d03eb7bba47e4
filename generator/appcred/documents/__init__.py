"""Files edited in place without disturbing what is not edited."""
