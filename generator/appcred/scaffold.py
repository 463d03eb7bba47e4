"""`appcred new`: answers in, a complete integration out.

Copier asks and renders, into a folder that is thrown away; only a plan is written to DEST, so that
DEST is changed as a whole or not at all.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
import warnings
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import yaml

from appcred import vcs
from appcred.answers import Answers, gather, questions
from appcred.asking import whole_refusals
from appcred.errors import UsageError
from appcred.plan import Plan, apply, uninterrupted
from appcred.printing import lines, say
from appcred.release import REDIRECT_URL, Release, package_for_tests, python_for
from appcred.resources import ANSWERS, REPOSITORY, data_root, program_version

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

_ANSWERS_FILE: Final = PurePosixPath(ANSWERS)
_TEST_PACKAGE: Final = "pytest-homeassistant-custom-component"


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A rendered integration: its files by path, and every answer it was rendered with.

    `hidden` names the questions that the other answers made meaningless; `unused` those of them
    that were answered, `defaulted` those that nobody answered and that are not hidden.
    """

    files: Mapping[PurePosixPath, bytes]
    answers: Mapping[str, Any]
    hidden: frozenset[str]
    unused: tuple[str, ...]
    defaulted: tuple[str, ...]

    def told(self) -> str:
        """Return the answers as YAML, as --data-file takes them."""
        wanted = {name: value for name, value in self.answers.items() if name not in self.hidden}
        return yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True)


def main(arguments: argparse.Namespace) -> int:
    """Scaffold an integration into `arguments.dest` and say what comes next. Returns 0.

    Raises UsageError, with DEST as it was, for anything that cannot be done.
    """
    dest = _destination(arguments.dest)
    answers = _without_query(gather(arguments))
    for note in answers.notes:
        say(note)
    terminal = _on_terminal()
    if not (arguments.defaults or terminal or answers.given or answers.offered):
        raise UsageError(
            "there is no terminal to ask at; answer with --data, --data-file or --preset, "
            "or take the defaults with --defaults"
        )
    asking = terminal and not arguments.defaults
    if asking and arguments.discover:
        # What a server says may be refused; better before the first question than at the tenth.
        found = {key: value for key, value in answers.offered.items() if key not in answers.given}
        render(Answers(found, {}, ()), ask=False)
    scaffold = render(answers, ask=asking)
    if scaffold.defaulted and not (arguments.defaults or terminal):
        raise UsageError(
            f"there is no terminal to ask at, and no answer to {', '.join(scaffold.defaulted)}; "
            "answer with --data, or take the defaults of all these with --defaults"
        )
    if scaffold.unused:
        say(f"not used, given the other answers: {', '.join(scaffold.unused)}")
    try:
        _check_place(dest, scaffold.answers)
        _check_repository(dest, scaffold.answers)
        vcs.refuse_leftovers_in(dest, {dest / path.parent for path in scaffold.files})
        plan = _plan(dest, scaffold.files)
    except UsageError:
        if asking:  # nobody wants to type all that again
            say("your answers, to be given again with --data-file FILE:")
            print(scaffold.told(), file=sys.stderr)
        raise
    for sentence in apply(plan):
        say(sentence)
    print(lines(_closing(arguments.dest, plan, scaffold)))
    return 0


def _without_query(answers: Answers) -> Answers:
    """Move a query that a server has in its authorization endpoint to where it is sent from.

    Home Assistant before 2026.11 drops it there. What cannot be told apart stays, and is refused.
    """
    url, _, query = answers.offered.get("authorize_url", "").partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    apart = all("&" not in value and "=" not in key for key, value in pairs)
    if not (pairs and apart) or {"authorize_url", "extra_authorize_params"} & answers.given.keys():
        return answers
    params = "&".join(f"{key}={value}" for key, value in pairs)
    moved = {"authorize_url": url, "extra_authorize_params": params}
    note = f"the query of the authorization endpoint became extra_authorize_params: {params}"
    return Answers({**answers.offered, **moved}, answers.given, (*answers.notes, note))


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


# --- DEST --------------------------------------------------------------------------------------


def _destination(dest: Path) -> Path:
    """Return DEST, absolute, if it can be written to; it need not be there.

    What is checked here `apply` would find as well, but only after all the questions.
    """
    try:
        place = Path(os.path.abspath(dest))  # noqa: PTH100 - `resolve` stumbles over loops
        status = place.stat() if _is_there(place) else None
    except OSError as error:
        raise UsageError(f"DEST {dest} leads nowhere: {error.strerror}") from error
    if status is not None and not place.is_dir():
        raise UsageError(f"DEST {dest} is a file; give a folder, which need not be there yet")
    nearest = next(folder for folder in (place, *place.parents) if os.path.lexists(folder))
    if not nearest.is_dir():
        raise UsageError(f"DEST {dest} cannot be made: {nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"DEST {dest} cannot be written: {nearest} is not writable")
    return place


def _is_there(path: Path) -> bool:
    """Say whether there is something, be it a broken link. Raises OSError for what cannot be."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise
        return False
    return True


def _check_place(dest: Path, answers: Mapping[str, Any]) -> None:
    """Refuse a folder that the integration's own path would be made below a second time."""
    path = PurePosixPath(answers["integration_dir"]).parts
    # A checkout of core may itself be called homeassistant.
    for count in range(len(path), len(path) - 2, -1):
        if dest.parts[-count:] == path[:count]:
            raise UsageError(
                f"DEST {dest} would get another {'/'.join(path)} below it: give the folder that "
                f"holds {path[0]}, which is {dest.parents[count - 1]}"
            )
    if answers["layout"] == "custom" and answers["repository"]:
        manifests = (dest / path[0]).glob("*/manifest.json")
        others = sorted(each.parent.name for each in manifests if each.parent.name != path[1])
        if others:
            raise UsageError(
                f"DEST holds the integration {others[0]!r} already, and HACS takes one from a "
                "repository: give another DEST, or --data repository=false"
            )


def _check_repository(dest: Path, answers: Mapping[str, Any]) -> None:
    """Refuse what a repository needs anywhere but at its root; remark on other odd places."""
    if answers["layout"] == "core":
        from appcred.loading import core_release

        release, needed = core_release(dest), Release.from_number(answers["floor"])
        if not (dest / "homeassistant" / "const.py").exists():
            say("DEST is no checkout of Home Assistant's core; the next steps work only in one")
        elif release is not None and release < needed:
            say(f"DEST is Home Assistant {release}, and what is written is for {needed} and newer")
    outer = next((folder for folder in dest.parents if (folder / ".git").exists()), None)
    if outer is None or (dest / ".git").exists() or vcs.is_ignored(outer, dest):
        return
    if answers["layout"] == "custom" and answers["repository"]:
        raise UsageError(
            f"DEST lies inside the git repository {outer}, and hacs.json and workflows work only "
            "at a repository's root: give that root, a folder outside, or --data repository=false"
        )
    say(f"DEST lies inside the git repository {outer}; the files will belong to it")


# --- rendered ----------------------------------------------------------------------------------


def render(answers: Answers, *, ask: bool) -> Scaffold:
    """Render the template in memory; with `ask`, Copier asks what is not given.

    Raises UsageError for an answer that a question does not accept.
    """
    import copier  # half of what a run costs
    import copier.errors

    with _scratch() as scratch:
        folder = scratch / "rendered"
        try:
            with warnings.catch_warnings(), whole_refusals() if ask else nullcontext():
                warnings.simplefilter("ignore")
                worker = copier.run_copy(
                    str(_template(scratch)),
                    folder,
                    data=dict(answers.given),
                    user_defaults=dict(answers.offered),
                    settings=copier.Settings(),  # a user's own defaults are for other templates
                    defaults=not ask,
                    quiet=True,
                )
        except copier.errors.InteractiveSessionError as error:  # the end of the input, Ctrl-D
            raise UsageError("the questions were not answered; nothing was written") from error
        except (ValueError, TypeError) as error:
            sentence = _refusal(error)
            if sentence is None:
                raise
            raise UsageError(sentence) from error
        files = {
            PurePosixPath(path.relative_to(folder).as_posix()): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    if _ANSWERS_FILE in files:
        files[_ANSWERS_FILE] = _with_origin(files[_ANSWERS_FILE])
    combined, hidden = worker.answers.combined, worker.answers.hidden
    asked = [name for name, question in questions().items() if not question.computed]
    return Scaffold(
        files,
        {name: combined[name] for name in questions() if name in combined},
        frozenset(hidden),
        tuple(name for name in asked if name in hidden and name in answers.given),
        tuple(
            name
            for name in asked
            if name not in hidden and name not in answers.given and name not in answers.offered
        ),
    )


@contextmanager
def _scratch() -> Iterator[Path]:
    """Yield a folder for every temporary file, Copier's own too, and leave nothing of it."""
    former, folder = tempfile.tempdir, Path(tempfile.mkdtemp(prefix="appcred-"))
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = former
        with uninterrupted():
            for _ in range(20):
                shutil.rmtree(folder, ignore_errors=True)
                if not folder.exists():
                    break
                time.sleep(0.05)  # a git that Copier started, and Ctrl-C ended, still wrote there


def _template(scratch: Path) -> Path:
    """Return the folder of the template.

    In a checkout that is a copy: out of a git repository Copier renders the last tag, not what
    lies there.
    """
    root = data_root()
    if not (root / ".git").exists():
        return root
    copied = scratch / "source"
    shutil.copytree(root / "template", copied / "template")
    for name in ("copier.yml", "releases.yml"):
        shutil.copy(root / name, copied)
    return copied


def _refusal(error: Exception) -> str | None:
    """Turn what Copier raises for a wrong answer into a sentence, None if it is something else."""
    found = re.search(
        r"(?:Validation error for question|Invalid choice for) '(\w+)': (.*)", str(error), re.DOTALL
    )
    return f"{found[1]}: {' '.join(found[2].split())}" if found else None


def _with_origin(data: bytes) -> bytes:
    """Say in the answers file where the template can be had, as `copier update` needs it.

    Copier knows only the folder it was rendered from, which is inside a wheel or gone already.
    The rest of the file stays as the template has it.
    """
    text = data.decode()
    document: Any = yaml.compose(text)
    ((start, end),) = (
        (key.start_mark.index, value.end_mark.index)
        for key, value in document.value
        if key.value == "_src_path"
    )
    origin = f"_commit: v{program_version()}\n_src_path: gh:{REPOSITORY}"
    return (text[:start] + origin + text[end:]).encode()


# --- written -----------------------------------------------------------------------------------


def _plan(dest: Path, files: Mapping[PurePosixPath, bytes]) -> Plan:
    """Compare what was rendered with what lies in DEST. Raises UsageError if files collide."""
    there: dict[PurePosixPath, bytes | None] = {}
    for path in files:
        try:
            there[path] = (dest / path).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise UsageError(f"DEST {dest} is too long for the paths below it") from error
            there[path] = None  # a folder, a file where a folder is needed, what may not be read
    collisions = [str(path) for path, data in there.items() if data != files[path]]
    if collisions:
        one = len(collisions) == 1
        instead = f"move {'it' if one else 'them'} away, or give another DEST"
        former = _domain(there.get(_ANSWERS_FILE))
        if former is not None and str(_ANSWERS_FILE) in collisions:
            _refuse_another(former, _domain(files[_ANSWERS_FILE]))
            instead = (
                "what was scaffolded before takes other answers by: "
                f"copier update --answers-file {_ANSWERS_FILE} --data KEY=VALUE"
            )
        raise UsageError(
            f"{len(collisions)} file{' is' if one else 's are'} in DEST already, with other "
            f"contents: {', '.join(collisions)}. Nothing was written; {instead}"
        )
    same = {path: data for path, data in there.items() if data is not None}
    return Plan.between(dest, same, files)


def _domain(answers: bytes | None) -> object:
    """Return the domain that an answers file is for, None if it is no answers file."""
    try:
        return yaml.safe_load(answers or b"")["domain"]
    except (yaml.YAMLError, LookupError, TypeError, ValueError):
        return None  # then it is a file in the way, like any other


def _refuse_another(former: object, domain: object) -> None:
    """Raise UsageError if the integration that DEST was made for is another one."""
    if former != domain:
        raise UsageError(
            f"DEST is the repository of the integration {former!r} already, whose tests and "
            f"settings {domain!r} would need for itself: give it a DEST of its own"
        )


# --- what comes next ---------------------------------------------------------------------------


def _closing(dest: Path, plan: Plan, scaffold: Scaffold) -> str:
    """Return the tree that was made and the next steps."""
    if not plan:
        return f"{dest}: every file is there already, as it would be written"
    tree = _tree(change.path for change in plan.changes)
    steps = _core_steps if scaffold.answers["layout"] == "core" else _custom_steps
    lines = [f"{dest}/", *tree, "", "Next:", *steps(dest, scaffold.answers)]
    return "\n".join(lines)


def _tree(paths: Iterable[PurePosixPath]) -> list[str]:
    """Draw files below a folder."""
    names: dict[str, Any] = {}
    for path in paths:
        folder = names
        for part in path.parts:
            folder = folder.setdefault(part, {})
    return list(_drawn(names, ""))


def _drawn(names: Mapping[str, Any], indent: str) -> Iterator[str]:
    last = len(names) - 1
    for number, (name, below) in enumerate(sorted(names.items())):
        yield f"{indent}{'└── ' if number == last else '├── '}{name}{'/' if below else ''}"
        yield from _drawn(below, indent + ("    " if number == last else "│   "))


def _custom_steps(dest: Path, answers: Mapping[str, Any]) -> list[str]:
    floor = Release.from_number(answers["floor"])
    major, minor = python_for(floor)
    name, domain = answers["name"], answers["domain"]
    version, homeassistant = package_for_tests(floor)
    wanted = [f"{_TEST_PACKAGE}=={version}", *answers["requirements"].split()]
    asked, allowed = "enter the client ID and secret that it asks for", []
    if answers["flow"] == "pkce_public":  # whom nobody but its author can register
        asked = "sign in"
        allowed = [
            f"     The server has to let the client {answers['client_id']} return to",
            f"     {REDIRECT_URL}",
        ]
    return [
        f"  1. Run its tests, in Home Assistant {homeassistant}:",
        f"       cd {shlex.quote(str(dest))}",
        f"       python{major}.{minor} -m venv .venv",
        f"       .venv/bin/pip install {shlex.join(wanted)}",
        "       .venv/bin/pytest",
        "  2. Check it, now and after every change:",
        f"       {_program()} check .",
        "  3. Rehearse it in a real Home Assistant, without the service:",
        f"       {_program()} rehearse .",
        "     rehearsal.yml says how the service answers; correct it where that is wrong.",
        "  4. Try it, where CONFIG is the configuration folder of your Home Assistant:",
        f"       cp -r custom_components/{domain} CONFIG/custom_components/",
        *allowed,
        "     Restart Home Assistant; then in Settings > Devices & services > Add integration",
        f"     choose {name}, and {asked}.",
    ]


def _program() -> str:
    """Return how to run appcred from wherever the person goes next."""
    if shutil.which("appcred"):
        return "appcred"
    return shlex.quote(str(Path(sys.argv[0]).absolute()))


def _core_steps(dest: Path, answers: Mapping[str, Any]) -> list[str]:
    domain = answers["domain"]
    return [
        "  1. Go to your checkout of core:",
        f"       cd {shlex.quote(str(dest))}",
        f"     Add the line homeassistant.components.{domain}.* to .strict-typing, then",
        "     bring core's generated lists up to date, with the commands at the end.",
        "  2. Run its tests, which need those lists:",
        f"       pytest tests/components/{domain}",
        "  3. Check it, now and after every change:",
        f"       {_program()} check homeassistant/components/{domain}",
        "  4. Rehearse it in a real Home Assistant, without the service:",
        f"       {_program()} rehearse homeassistant/components/{domain} --responses FILE",
        "     FILE says how the service answers. Core has no place for it, so write it elsewhere:",
        "",
        *str(answers["rehearsal"]).splitlines(),
        "",
        'The whole hassfest accepts "bronze" when quality_scale.yaml has none of its bronze',
        "rules at todo: brands and the documentation, in repositories of their own. Core wants",
        "requests to be made by a library on PyPI; api.py is where yours goes in.",
        "",
        "The generated lists, now and whenever the manifest or the requirements change:",
        # It writes nothing while an integration has an error, and a new one has that of its todos.
        "       python3 -m script.hassfest --skip-plugins quality_scale",
        "       python3 -m script.gen_requirements_all",
    ]
