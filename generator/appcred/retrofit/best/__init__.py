"""What the fixes of the APC4 rules are made of: each step is `Integration -> Integration`."""
