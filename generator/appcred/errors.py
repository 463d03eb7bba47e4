"""What every floor may raise when the input, not the program, is at fault."""


class UsageError(Exception):
    """It could not do its work: one sentence that names the input and the mend. Exit code 2."""
