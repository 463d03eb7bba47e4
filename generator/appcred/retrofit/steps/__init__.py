"""The steps of a retrofit: each turns its decision into edits."""
