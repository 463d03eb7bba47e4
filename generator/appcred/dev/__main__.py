"""`python -m appcred.dev`: the command line of the tools."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from appcred.dev import package, release
from appcred.errors import UsageError


def main(argv: list[str]) -> int:
    """Run one tool and return its exit code: 1 if something is wrong, 2 for bad usage."""
    parser = argparse.ArgumentParser(prog="python -m appcred.dev", description=__doc__)
    tools = parser.add_subparsers(dest="tool", required=True)
    new = tools.add_parser("release", help="show what a Home Assistant release changes for appcred")
    new.add_argument("release", metavar="RELEASE", help="an exact release, 2026.12.0")
    new.add_argument(
        "--since", metavar="RELEASE", help="compare with this one (default: newest known)"
    )
    built = tools.add_parser("package", help="check a wheel and a source distribution")
    built.add_argument("folder", type=Path, metavar="FOLDER", help="where `uv build` wrote them")
    built.add_argument("--tag", metavar="TAG", help="the git tag that is to be published, v1.2.3")
    arguments = parser.parse_args(argv)
    try:
        if arguments.tool == "release":
            return release.main(arguments.release, arguments.since)
        return package.main(arguments.folder, arguments.tag)
    except (UsageError, ValueError) as error:
        print(f"appcred.dev: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
