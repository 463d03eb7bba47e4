"""`appcred new`: answers in, a complete integration out.

Copier asks and renders, into a folder that is thrown away; only a plan is written to DEST, so that
DEST is changed as a whole or not at all.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from appcred.answers import Answers, as_yaml, gather
from appcred.errors import UsageError
from appcred.plan import apply
from appcred.printing import lines, say
from appcred.scaffold.destination import (
    check_layout,
    check_place,
    check_repository,
    layout_of,
    resolve,
)
from appcred.scaffold.next_steps import closing
from appcred.scaffold.rendering import InterruptedAnswers, render
from appcred.scaffold.suggestions import suggest
from appcred.scaffold.writing import plan
from appcred.vcs import refuse_leftovers_in

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from appcred.scaffold.rendering import Scaffold


def main(arguments: argparse.Namespace) -> int:
    """Scaffold an integration into `arguments.dest` and say what comes next. Returns 0.

    Raises UsageError, with DEST as it was, for anything that cannot be done.
    """
    dest = resolve(arguments.dest)
    answers = _without_query(gather(arguments))
    for note in answers.notes:
        say(note)
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not (arguments.defaults or terminal or answers.given or answers.offered):
        raise UsageError(
            "there is no terminal to ask on; answer with --data, --data-file or --preset, or "
            "use --defaults"
        )
    asking = terminal and not arguments.defaults
    if asking:
        answers = _prepared(dest, answers, discovered=arguments.discover is not None)
    scaffold = _ask(arguments.dest, answers) if asking else render(answers, ask=False)
    if scaffold.defaulted and not (arguments.defaults or terminal):
        raise UsageError(
            "there is no terminal to ask on, and no answer to "
            f"{', '.join(scaffold.defaulted)}; answer with --data, or use the default "
            "answers with --defaults"
        )
    if scaffold.unused:
        say(f"not used, given the other answers: {', '.join(scaffold.unused)}")
    try:
        check_place(dest, scaffold.answers)
        check_repository(dest, scaffold.answers)
        refuse_leftovers_in(dest, {dest / path.parent for path in scaffold.files})
        changes = plan(dest, scaffold.files)
    except UsageError:
        if asking:  # nobody wants to type all that again
            say("your answers; save them as FILE and use them with --data-file FILE:")
            print(as_yaml(scaffold.visible_answers), file=sys.stderr)
        raise
    for sentence in apply(changes):
        say(sentence)
    print(lines(closing(arguments.dest, changes, scaffold)))
    return 0


def _prepared(dest: Path, answers: Answers, *, discovered: bool) -> Answers:
    """Check DEST before the first question, and add the answers that it suggests."""
    if "layout" not in answers.given:
        layout = layout_of(dest)
        other = "custom" if layout == "core" else "core"
        say(f"using layout={layout}, because of DEST; for the other one: --data layout={other}")
        answers = replace(answers, given={**answers.given, "layout": layout})
    check_layout(dest, answers.given)
    if discovered:
        # What a server says may be refused; better before the first question than at the tenth.
        found = {key: value for key, value in answers.offered.items() if key not in answers.given}
        render(Answers(found, {}, ()), ask=False)
    suggested = suggest(dest, answers.given)
    return replace(answers, offered={**suggested, **answers.offered})


def _ask(dest: Path, answers: Answers) -> Scaffold:
    """Ask for answers and render them; Ctrl-C prints the answers so far."""
    try:
        return render(answers, ask=True)
    except InterruptedAnswers as interrupted:
        if interrupted.answers:
            command = shlex.join(["appcred", "new", str(dest), "--data-file", "FILE"])
            say(f"interrupted. Your answers so far; save them as FILE to continue with: {command}")
            print(as_yaml(interrupted.answers), file=sys.stderr)
        raise KeyboardInterrupt from interrupted


def _without_query(answers: Answers) -> Answers:
    """Move a query that a server has in its authorization endpoint to where it is sent from.

    Home Assistant before 2026.11 drops it there. An ambiguous query stays, and is refused.
    """
    url, _, query = answers.offered.get("authorize_url", "").partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    apart = all("&" not in value and "=" not in key for key, value in pairs)
    if not (pairs and apart) or {"authorize_url", "extra_authorize_params"} & answers.given.keys():
        return answers
    params = "&".join(f"{key}={value}" for key, value in pairs)
    moved = {"authorize_url": url, "extra_authorize_params": params}
    note = f"the query of the authorization endpoint is now extra_authorize_params: {params}"
    return Answers({**answers.offered, **moved}, answers.given, (*answers.notes, note))
