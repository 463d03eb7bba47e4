"""`appcred new`, from its command line to the tree that it leaves."""
