"""Comments at every line of the corpora: those at lines that stay must stay with them.

Each tree is retrofitted twice, as it is and with a comment of its own above and behind each line
of its Python. Both have to come out alike, and no comment may be there twice.
"""

from __future__ import annotations

import ast
import difflib
import io
import re
import tokenize
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from appcred.release import Release, Span
from appcred.retrofit.verb import Options, Outcome, retrofit
from retrofit.test_corpus import TREES, done
from retrofit.test_generation_sweep import DOMAINS, OPTIONS, laid_out
from retrofit.test_replay import cases
from retrofit.trees import retrofitted
from sampling import sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appcred.integration import Integration


SIDES = ("above", "behind")


def marked(integration: Integration) -> Integration:
    """Return an integration with a comment above and behind each line of its Python."""
    for path, file in list(integration.files.items()):
        if path.suffix == ".py":
            integration = integration.with_file(path, marked_file(str(path), file.content))
    return integration


def marked_file(path: str, content: bytes) -> bytes:
    text = "\n".join(_marked_lines(path, content.decode("utf-8-sig")))
    if b"\r\n" in content:
        text = text.replace("\n", "\r\n")
    bom = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return bom + text.encode()


def _marked_lines(path: str, text: str) -> Iterator[str]:
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    open_ends = {i for i, line in enumerate(lines, 1) if line.endswith("\\")}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            open_ends |= set(range(token.start[0], token.end[0]))
    for number, line in enumerate(lines, 1):
        code = line.strip()
        if code and not code.startswith("#"):
            indent = line[: len(line) - len(line.lstrip())]
            if number - 1 not in open_ends:
                yield f"{indent}# above {path} {number}"
            if number not in open_ends and "#" not in line:
                line += f"  # behind {path} {number}"
        yield line


def marks(integration: Integration) -> list[str]:
    return [
        mark
        for path, file in integration.files.items()
        if path.suffix == ".py"
        for mark in marks_in(file.content)
    ]


def marks_in(content: bytes) -> list[str]:
    return re.findall(r"# ((?:above|behind) \S+ \d+)", content.decode())


def staying(before: Integration, after: Integration) -> dict[str, str]:
    """Return the marks at lines that are in the same file afterwards, with these lines.

    Lines of one name, such as arguments, and lines that stand there more than once are left out:
    which of them is which cannot be told.
    """
    found = {}
    for path in before.files.keys() & after.files.keys():
        if path.suffix == ".py":
            old, new = (_lines(each.files[path].content) for each in (before, after))
            times = Counter(line.strip() for line in old)
            matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
            for start, _, size in matcher.get_matching_blocks():
                for number, line in enumerate(old[start : start + size], start + 1):
                    if times[line.strip()] == 1 and not re.fullmatch(r"[\w.]+,", line.strip()):
                        found |= {f"{side} {path} {number}": line for side in SIDES}
    return found


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8-sig").replace("\r\n", "\n").split("\n")


def code(integration: Integration) -> Counter[str]:
    """Return the top-level statements of an integration's Python, as text without comments."""
    return Counter(
        f"{path}: {ast.unparse(statement)}"
        for path, file in integration.files.items()
        if path.suffix == ".py" and not re.search(rb"^type ", file.content, re.MULTILINE)
        for statement in ast.parse(file.content).body
    )


def same_with_comments(plain: Outcome, options: Options) -> None:
    before = marked(plain.before)
    outcome = retrofit(before, plain.span, options)
    assert [(work.path, work.reason) for work in outcome.manual] == [
        (work.path, work.reason) for work in plain.manual
    ]
    assert code(plain.after) - code(outcome.after) == Counter()
    # A constant with a comment is for a person to judge, though nothing uses it any more.
    constant = r"\S+/const\.py: [A-Z_]+ = .*"
    for more in code(outcome.after) - code(plain.after):
        assert re.fullmatch(constant, more)
    there = marks(outcome.after)
    assert len(there) == len(set(there))
    lost = set(marks(before)) - set(there)
    stays = staying(plain.before, plain.after)
    assert {mark: stays[mark] for mark in sorted(lost) if mark in stays} == {}


@pytest.mark.parametrize("name", sample(TREES, 3))
def test_of_custom_trees(name: str) -> None:
    outcome = done(name)
    if outcome is not None:
        same_with_comments(outcome, Options())


@pytest.mark.parametrize(("domain", "before", "target", "remove"), sample(cases(), 3))
def test_of_core(domain: str, before: str, target: str, remove: bool) -> None:
    plain = retrofitted(domain, before, target, remove=remove)
    floor = Release.parse(target)
    assert plain.span == Span(floor, floor)
    same_with_comments(plain, Options(target, remove=remove))


@pytest.mark.parametrize("domain", sample(DOMAINS, 3))
def test_of_integrations_without_oauth(domain: str, tmp_path: Path) -> None:
    layout, options, _ = DOMAINS[domain]
    folder = laid_out(tmp_path, domain, layout)
    for path in folder.rglob("*.py"):
        path.write_bytes(marked_file(path.stem, path.read_bytes()))
    before = [mark for path in folder.rglob("*.py") for mark in marks_in(path.read_bytes())]
    assert run(["retrofit", str(folder), "--allow-no-vcs", *OPTIONS, *options]) == 1
    assert (folder / "application_credentials.py").is_file()
    after = [mark for path in folder.rglob("*.py") for mark in marks_in(path.read_bytes())]
    assert sorted(after) == sorted(before)
