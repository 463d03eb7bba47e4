"""Tools for those who work on appcred: a new Home Assistant release, a package to publish."""
