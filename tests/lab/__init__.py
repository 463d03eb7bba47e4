"""The lab: trees that were emitted or rewritten, run in real Home Assistant releases."""
