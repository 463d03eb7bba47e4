"""The command line: arguments in, exit code out.

A verb's module is imported when that verb runs, so that `--help` costs no more than argparse.
Each verb's module has `main(arguments) -> int`, which prints its own output and returns the code.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from appcred.errors import UsageError
from appcred.printing import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OK: Final = 0
FOUND: Final = 1
CANNOT: Final = 2
CRASHED: Final = 3


class _Formatter(argparse.HelpFormatter):
    """Reads the width of the terminal without `shutil`, which imports every archive format.

    argparse makes a formatter for each option that is added, long before one asks for help.
    """

    def __init__(self, prog: str, **settings: Any) -> None:
        super().__init__(prog, **{"width": _columns() - 2, **settings})


def _columns() -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # closed, or no terminal
        return 80


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are UsageErrors.

    `more` returns further lines for the help, and is called only when the help is shown.
    """

    more: Callable[[], str] | None = None

    def format_help(self) -> str:
        text = super().format_help()
        return text if self.more is None else f"{text}\n{self.more()}"

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"{message} ('{self.prog} --help' lists the options)")


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """Build the command line, with the options of all verbs or of `only` one."""
    top = _Parser(
        prog="appcred",
        description="OAuth2 in Home Assistant integrations: scaffold, retrofit, check, rehearse.",
        allow_abbrev=False,
        formatter_class=_Formatter,
    )
    top.add_argument("--version", action="store_true", help="show the version and exit")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    for name, verb in _VERBS.items():
        one = verbs.add_parser(
            name,
            help=verb.help,
            description=f"{verb.help[0].upper()}{verb.help[1:]}.",
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        if only is None or only == name:
            verb.options(one)
    return top


def _new(verb: _Parser) -> None:
    verb.add_argument(
        "dest",
        nargs="?",
        type=_folder,
        default=Path(),
        metavar="DEST",
        help="the folder to write to, new or existing (default: the current folder)",
    )
    _answers(verb)
    verb.add_argument(
        "--defaults", action="store_true", help="ask nothing and use the default answers"
    )
    verb.more = _questions


def _retrofit(verb: _Parser) -> None:
    _paths(verb)
    shown = verb.add_mutually_exclusive_group()
    shown.add_argument("--diff", action="store_true", help="show the changes and write nothing")
    shown.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit with 1 if something would change",
    )
    _answers(verb)
    verb.add_argument(
        "--yaml",
        choices=("import", "remove"),
        default="import",
        help="import clients from YAML (default), or remove that import later",
    )
    how = verb.add_mutually_exclusive_group()
    how.add_argument(
        "--strict",
        action="store_true",
        help="refuse an integration where a step would keep its own code",
    )
    how.add_argument(
        "--assist",
        action="store_true",
        help="write a comment TODO(appcred) at each place that you have to change by hand",
    )
    verb.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="show what was decided for each step, and why",
    )
    verb.add_argument(
        "--modernize",
        action="store_true",
        help="also apply the fixes that have nothing to do with credentials",
    )
    verb.add_argument("--unsafe-fixes", action="store_true", help="also apply unsafe fixes")
    verb.add_argument(
        "--allow-dirty", action="store_true", help="change files that have uncommitted changes"
    )
    verb.add_argument(
        "--allow-no-vcs", action="store_true", help="change files outside a git repository"
    )


def _check(verb: _Parser) -> None:
    _paths(verb, default=Path())
    verb.add_argument("--fix", action="store_true", help="apply the safe fixes")
    verb.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix: also apply unsafe fixes"
    )
    verb.add_argument(
        "--baseline", type=Path, metavar="FILE", help="report only findings that FILE does not list"
    )
    verb.add_argument(
        "--write-baseline",
        type=Path,
        metavar="FILE",
        help="write the findings to FILE, to use as a baseline",
    )
    verb.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="read the configuration from FILE, not from pyproject.toml",
    )
    verb.add_argument("--output", type=Path, metavar="FILE", help="write the report to FILE")
    verb.add_argument("--no-group", action="store_true", help="show each place of a finding")
    verb.add_argument("--statistics", action="store_true", help="count the findings by rule")


def _rules(verb: _Parser) -> None:
    verb.add_argument("--format", choices=("text", "json"), default="text")


def _explain(verb: _Parser) -> None:
    verb.add_argument("code", metavar="CODE", help="the code or the name of a rule: APC103")


def _rehearse(verb: _Parser) -> None:
    verb.add_argument(
        "path", type=Path, metavar="PATH", help="an integration, or a folder that contains one"
    )
    verb.add_argument(
        "--ha",
        metavar="RELEASES",
        help="the Home Assistant release to run, or several: 2025.12,2026.10",
    )
    verb.add_argument(
        "--stages", metavar="NAMES", help="run only these stages, separated by commas"
    )
    verb.add_argument(
        "--responses",
        type=Path,
        metavar="FILE",
        help="the vendor's responses, in YAML or JSON (default: rehearsal.yml of a repository)",
    )
    verb.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="record the requests of the integration as a responses file",
    )
    verb.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="write screenshots of the dialogs"
    )
    verb.add_argument(
        "--report",
        type=Path,
        metavar="FILE.html",
        help="write the result as a page for reviewers",
    )
    verb.add_argument(
        "--vendor",
        default="",
        metavar="NAME",
        help="answer token requests as this vendor of presets.yml (default: by the token URL)",
    )
    verb.add_argument(
        "--keep",
        action="store_true",
        help="keep Home Assistant running afterwards, to try it in a browser",
    )
    verb.add_argument("--log", type=Path, metavar="FILE", help="write Home Assistant's log")
    _format(verb)


def _cache(verb: _Parser) -> None:
    verb.add_argument(
        "--prune", action="store_true", help="remove what is broken or was not used for a while"
    )


def _questions() -> str:
    from appcred.presets import presets
    from appcred.questions import listing

    return f"{listing()}\npresets: {', '.join(sorted(presets()))}\n"


def _folder(text: str) -> Path:
    if not text:  # as from a shell variable that is not set
        raise argparse.ArgumentTypeError("is empty; use . for the current folder")
    return Path(text)


def _answers(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "-d",
        "--data",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="answer a question of the template (repeatable)",
    )
    verb.add_argument(
        "--data-file", type=Path, metavar="FILE", help="read answers from a YAML file"
    )
    source = verb.add_mutually_exclusive_group()
    source.add_argument(
        "--preset", metavar="NAME", help="use the public URLs and scopes of a known vendor"
    )
    source.add_argument(
        "--discover", metavar="ISSUER", help="read the OAuth2 metadata of an authorization server"
    )


def _paths(verb: argparse.ArgumentParser, default: Path | None = None) -> None:
    described = "integrations, or folders that contain some"
    if default is None:
        verb.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=described)
    else:
        described += " (default: the current folder)"
        verb.add_argument(
            "paths", nargs="*", default=[default], type=Path, metavar="PATH", help=described
        )
    verb.add_argument(
        "--target",
        default="auto",
        metavar="RELEASE",
        help="the oldest Home Assistant release to support (default: what the tree declares)",
    )
    verb.add_argument(
        "--select",
        metavar="CODES",
        help="report only these codes, prefixes or names: APC1,no-reauth",
    )
    verb.add_argument(
        "--ignore", metavar="CODES", help="do not report these codes, prefixes or names"
    )
    _format(verb)


_FORMATS: Final = ("text", "full", "concise", "json", "sarif", "github")
_AS: Final = (
    "format of the report (default: text, which is full on a terminal and concise elsewhere)"
)


def _format(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--format", choices=_FORMATS, default="text", help=_AS)


class _Verb(NamedTuple):
    """A verb: its module, its help text, and the function that adds its options."""

    module: str
    help: str
    options: Callable[[_Parser], None]


_VERBS: Final = {
    "new": _Verb("appcred.scaffold", "scaffold a complete integration", _new),
    "retrofit": _Verb(
        "appcred.retrofit.verb",
        "move an existing integration to application credentials",
        _retrofit,
    ),
    "check": _Verb("appcred.check", "report problems in the OAuth2 code of integrations", _check),
    "rules": _Verb("appcred.catalog", "list the rules", _rules),
    "explain": _Verb("appcred.catalog", "explain a rule", _explain),
    "rehearse": _Verb(
        "appcred.rehearsal.verb",
        "run an integration in a real Home Assistant against a local OAuth2 provider",
        _rehearse,
    ),
    "cache": _Verb(
        "appcred.rehearsal.cache", "list what rehearsals have installed, or remove it", _cache
    ),
}


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code.

    0: nothing to report. 1: findings, or something would change. 2: it could not do its work;
    one sentence on standard error says why. 3: a defect of appcred.
    """
    try:
        top = parser(next((word for word in argv if word in _VERBS), ""))
        arguments, unknown = top.parse_known_args(argv)
        if unknown:
            top.prog = f"appcred {arguments.verb}" if arguments.verb else top.prog
            top.error(f"unrecognized arguments: {' '.join(unknown)}")
        if arguments.version:
            from appcred.resources import program_version

            print(f"appcred {program_version()}")
            return OK
        if arguments.verb is None:
            top.print_help()
            return CANNOT
        from importlib import import_module

        code: int = import_module(_VERBS[arguments.verb].module).main(arguments)
    except UsageError as error:
        say(str(error))
        return CANNOT
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except BrokenPipeError:  # `appcred rules | head`: the reader has gone, and that is no error
        sys.stderr.close()
        return OK
    except Exception as error:  # the last line of defence: a sentence, not a traceback
        say(
            f"internal error, a defect of appcred: {type(error).__name__} in {_place(error)}. "
            "Please report it; APPCRED_TRACEBACK=1 shows the traceback."
        )
        return CRASHED
    return code


def _place(error: Exception) -> str:
    """Name the innermost line of ours; its message is left out, because it may quote a secret."""
    import os
    import traceback

    if os.environ.get("APPCRED_TRACEBACK"):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "appcred" in frame.filename] or frames
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}"
