"""`appcred` and `python -m appcred`."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line and return its exit code."""
    if sys.argv[1:2] == ["check"]:
        # Hooks run it all day. What importing libcst and parsing make has no cycles to look for.
        gc.disable()
    from appcred.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
