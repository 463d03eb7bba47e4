"""The rules: one file for each, found by its presence; nothing else has to be registered."""
