"""The trees of the corpus bring tests of their own, which are not tests of appcred."""

collect_ignore_glob = ["*"]
