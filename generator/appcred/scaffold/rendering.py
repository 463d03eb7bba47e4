"""The template rendered in memory: answers in, files out. Copier asks what is not answered."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
import warnings
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import yaml

from appcred.errors import UsageError
from appcred.plan import uninterrupted
from appcred.prompts import whole_refusals
from appcred.questions import GROUPS, questions
from appcred.resources import ANSWERS, REPOSITORY, data_root, program_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.answers import Answers

ANSWERS_FILE: Final = PurePosixPath(ANSWERS)


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

    @property
    def visible_answers(self) -> dict[str, Any]:
        """The answers that count, as --data-file takes them."""
        return {name: value for name, value in self.answers.items() if name not in self.hidden}


class InterruptedAnswers(Exception):  # noqa: N818 - it is how Ctrl-C ends the questions
    """Ctrl-C at a question. `answers` are those that were given before."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__()
        self.answers = answers


def render(answers: Answers, *, ask: bool) -> Scaffold:
    """Render the template in memory; with `ask`, Copier asks what is not given.

    Raises UsageError for an answer that a question does not accept, and InterruptedAnswers for
    Ctrl-C at one that is asked.
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
        except copier.errors.CopierAnswersInterrupt as interrupt:
            raise InterruptedAnswers(_so_far(interrupt.answers)) from None
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
    if ANSWERS_FILE in files:
        files[ANSWERS_FILE] = _with_origin(files[ANSWERS_FILE])
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
            if name not in hidden
            and name not in answers.given
            and name not in answers.offered
            and name != GROUPS
            and not questions()[name].optional
        ),
    )


def _so_far(answers: Any) -> dict[str, Any]:
    """Return the user's answers in Copier's map, new and earlier ones."""
    chosen = answers.user.get(GROUPS, ())
    return {
        name: answers.user[name]
        for name, question in questions().items()
        if name in answers.user
        and name not in answers.hidden
        and not question.computed
        and (
            not question.group
            or question.group in chosen
            or name in answers.init
            or (question.also_otherwise and answers.user[name])
        )
    }


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
    """Write the address of the template into the answers file, for `copier update`.

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
