"""Reports: one file for each format, one interface."""
