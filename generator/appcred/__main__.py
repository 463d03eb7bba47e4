"""`appcred` and `python -m appcred`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress


def main() -> int:
    """Run the command line and return its exit code."""
    hurried = sys.argv[1:2] == ["check"]
    if hurried:
        # Hooks run it all day. What importing libcst and parsing make has no cycles to look for.
        gc.disable()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a terminal that cannot show a character gets an escape
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    from appcred.cli import run

    code = run(sys.argv[1:])
    if hurried:
        # Freeing libcst and the trees one by one takes as long as parsing them: mypy leaves so too.
        with suppress(OSError, ValueError):  # `run` has said so already; ValueError: closed
            print(end="", flush=True)
        os._exit(code)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
