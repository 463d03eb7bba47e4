"""A fuzzer: integrations of the corpus, changed at random, through `check --fix` and `retrofit`.

A few hundred in every run of the tests. More, by name, each with a seed that a failure prints, and
over the OAuth2 integrations of Home Assistant's own releases instead of the corpus:

    APPCRED_FUZZ=5000 pytest tests/test_fuzzer.py
    APPCRED_FUZZ=5000 APPCRED_FUZZ_WHEELS=2022.5.5,2026.11.0 pytest tests/test_fuzzer.py

What has to hold for each (the oracles): exit code 0, 1 or 2 and no word of a defect. A refusal
changes nothing. Only Python, JSON and YAML of the integration and its tests are written. What
parsed still parses, on Python 3.14 where that is here. No key of the manifest is lost. Line ends
and the byte order mark stay. Comments stay (`check`). No name is used without a binding. A second
run changes nothing.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

import libcst as cst
import pytest

from appcred.cli import run
from appcred.documents.bindings import Bindings
from appcred.documents.python import comments
from appcred.oauth.helper import mentions_helper
from lab.sources import wheel

CORPUS: Final = Path(__file__).parent / "corpus" / "custom"
WHEELS: Final = tuple(filter(None, os.environ.get("APPCRED_FUZZ_WHEELS", "").split(",")))
"""The releases of Home Assistant whose integrations are taken instead of the corpus."""
RUNS: Final = int(os.environ.get("APPCRED_FUZZ", "250"))
SECONDS: Final = float(os.environ.get("APPCRED_FUZZ_SECONDS", "40" if RUNS <= 250 else "inf"))
"""Of processor time; who names a number of runs gets them all."""
FOLDERS: Final = ("custom_components/", "homeassistant/components/", "tests/")

VERBS: Final = (
    ("check", "--fix"),
    ("check", "--fix", "--unsafe-fixes"),
    ("retrofit", "--allow-no-vcs"),
    ("retrofit", "--allow-no-vcs", "--modernize", "--unsafe-fixes"),
)

Files = dict[str, bytes]


# --- trees ---------------------------------------------------------------------------------------


def corpus() -> dict[str, Files]:
    """Return the integrations of the corpus, each by its files."""
    found = {}
    for manifest in sorted(CORPUS.rglob("manifest.json")):
        root = manifest.parents[2] if manifest.parents[1].name == "custom_components" else None
        if root is not None:
            found[root.relative_to(CORPUS).as_posix()] = contents(root)
    return found


def wheels(releases: tuple[str, ...]) -> dict[str, Files]:
    """Return the OAuth2 integrations of some releases, each as a tree of core with it alone."""
    found = {}
    for release in releases:
        core = wheel(release) / "homeassistant"
        const = {"homeassistant/const.py": (core / "const.py").read_bytes()}
        for manifest in sorted(core.glob("components/*/manifest.json")):
            files = contents(manifest.parent)
            if any(mentions_helper(text) for name, text in files.items() if name.endswith(".py")):
                folder = f"homeassistant/components/{manifest.parent.name}"
                tree = {f"{folder}/{name}": content for name, content in files.items()}
                found[f"{release}/{manifest.parent.name}"] = const | tree
    return found


def contents(root: Path) -> Files:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def write(root: Path, files: Files) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


# --- mutations -----------------------------------------------------------------------------------


def cut(content: bytes, luck: random.Random) -> bytes:
    """Half-saved: the file ends somewhere."""
    return content[: luck.randrange(len(content) + 1)]


def lines_lost(content: bytes, luck: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    start = luck.randrange(len(lines) + 1)
    return b"".join(lines[:start] + lines[start + luck.choice((1, 1, 2, 5)) :])


def lines_twice(content: bytes, luck: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    start = luck.randrange(len(lines) + 1)
    return b"".join([*lines[:start], *lines[start : start + 3], *lines[start:]])


def word_changed(content: bytes, luck: random.Random) -> bytes:
    words = list(re.finditer(rb"\b[A-Za-z_]\w*\b", content))
    if not words:
        return content
    one, other = luck.choice(words), luck.choice(words)
    return content[: one.start()] + other[0] + content[one.end() :]


def windows(content: bytes, _luck: random.Random) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def marked(content: bytes, _luck: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + content.removeprefix(b"\xef\xbb\xbf")


def tabs(content: bytes, _luck: random.Random) -> bytes:
    return re.sub(rb"(?m)^( {4})+", lambda found: b"\t" * (len(found[0]) // 4), content)


def commented(content: bytes, luck: random.Random) -> bytes:
    """A comment at the end of some lines, each of its own."""
    lines = content.splitlines(keepends=True)
    for number in range(len(lines)):
        body = lines[number].rstrip(b"\r\n")
        if luck.random() < 0.3 and body and not body.endswith(b"\\"):
            lines[number] = b"%b  # note %d%b" % (body, number, lines[number][len(body) :])
    return b"".join(lines)


def last_line_open(content: bytes, _luck: random.Random) -> bytes:
    return content.rstrip(b"\r\n")


def noise(content: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(content) + 1)
    piece = luck.choice((b"(", b")", b'"""', b"\\", b"\x00", b"\xff", b"await ", b"\n", b"#", b";"))
    return content[:at] + piece + content[at:]


PYTHON: Final = (
    *(cut, lines_lost, lines_twice, word_changed, windows, marked, tabs),
    *(commented, commented, last_line_open, noise),
)
JSON: Final = (cut, lines_lost, lines_twice, word_changed, windows, marked, last_line_open, noise)


def mutated(files: Files, luck: random.Random) -> Files:
    """Return files with one to four mutations."""
    files = dict(files)
    for _ in range(luck.choice((1, 1, 2, 4))):
        names = [name for name in files if name.startswith(FOLDERS)]
        name = luck.choice([name for name in names if name.endswith((".py", ".json"))])
        mutation = luck.choice(PYTHON if name.endswith(".py") else JSON)
        files[name] = mutation(files[name], luck)
        if luck.random() < 0.05:
            del files[name]
        if luck.random() < 0.05 and name in files:
            folder = next(folder for folder in FOLDERS if names[0].startswith(folder))
            files[f"{folder}copy.py"] = files[name]
    return files


# --- oracles -------------------------------------------------------------------------------------


def parses(content: bytes) -> bool:
    try:
        ast.parse(content)
    except (SyntaxError, ValueError):
        return False
    return True


def ends(content: bytes) -> set[bytes]:
    return set(re.findall(rb"\r\n|\n", content))


def faults(content: bytes) -> set[tuple[str, str]]:
    """Return the names that nothing binds, or not in time, each with its scope."""
    found = Bindings(cst.parse_module(content))
    return found.unbound() | found.early()


def notes(files: Files) -> Counter[bytes]:
    """Return the comments that `commented` wrote, wherever they are."""
    return Counter(
        found[0]
        for name, content in files.items()
        if name.endswith(".py")
        for _, comment in comments(content)
        for found in re.finditer(rb"# note \d+", comment)
    )


def check(before: Files, after: Files, code: int, said: str, *, retrofit: bool) -> None:
    """Assert what has to hold of one run."""
    assert code in (0, 1, 2), said
    assert "defect" not in said
    assert "Traceback" not in said
    if retrofit and code == 2:
        assert after == before, "a refusal changed something"
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        assert name.startswith(FOLDERS), f"{name} was written"
        assert name.endswith((".py", ".json", ".yaml")), f"{name} was written"
        if new is None:
            continue
        if name.endswith(".py"):
            if old is None or parses(old):
                assert parses(new), f"{name} does not parse"
                lost = faults(new) - (faults(old) if old is not None else set())
                assert not lost, f"{name} uses {lost} without a binding"
        elif name.endswith("manifest.json") and old is not None:
            kept = json.loads(old.decode("utf-8-sig")).keys()
            assert kept <= json.loads(new.decode("utf-8-sig")).keys(), "a key is lost"
        elif name.endswith(".json"):
            json.loads(new.decode("utf-8-sig"))
        if old is not None:
            assert new.startswith(b"\xef\xbb\xbf") == old.startswith(b"\xef\xbb\xbf"), name
            if len(ends(old)) == 1:
                assert ends(new) <= ends(old), f"{name} has other line ends"


def once(root: Path, verb: tuple[str, ...]) -> tuple[int, str]:
    """Run a verb on a tree, and return its code and all it said."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = run([*verb, str(root)])
    return code, out.getvalue()


def try_one(files: Files, luck: random.Random) -> Files:
    """Mutate a tree, run a verb twice, and assert all there is; return what came out."""
    before = mutated(files, luck)
    verb = luck.choice(VERBS)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        write(root, before)
        code, said = once(root, verb)
        after = contents(root)
        check(before, after, code, said, retrofit=verb[0] == "retrofit")
        if verb[0] == "check":
            lost = notes(before) - notes(after)
            assert not lost, f"comments are lost: {lost}"
        if after != before:
            again, said = once(root, verb)
            assert again in (0, 1, 2), said
            assert contents(root) == after, "a second run changed something"
    return after


def run_many(runs: int, seconds: float, seed: int) -> tuple[int, list[str], set[bytes]]:
    """Return how many trees were tried, what failed, and the Python that came out of it."""
    trees = wheels(WHEELS) if WHEELS else corpus()
    failures, written, done = [], set(), 0
    start = time.process_time()
    for number in range(runs):
        if time.process_time() - start > seconds:
            break
        luck = random.Random(f"{seed}:{number}")
        name = luck.choice(list(trees))
        files = trees[name]
        done += 1
        try:
            after = try_one(files, luck)
        except AssertionError as error:
            failures.append(f"seed {seed}:{number} ({name}): {error}")
        except Exception as error:
            failures.append(f"seed {seed}:{number} ({name}): {type(error).__name__}: {error}")
        else:
            written |= {
                content
                for name, content in after.items()
                if name.endswith(".py") and files.get(name) != content and parses(content)
            }
    return done, failures, written


def newest_python() -> str | None:
    cache = Path(os.environ.get("APPCRED_CACHE", Path.home() / ".cache/appcred"))
    return next((str(path) for path in cache.glob("python3.14/**/bin/python3.14")), None)


@pytest.mark.slow
def test_no_tree_breaks_it() -> None:
    seed = int(os.environ.get("APPCRED_FUZZ_SEED", "14"))
    done, failures, written = run_many(RUNS, SECONDS, seed)
    print(f"{done} trees, {len(failures)} failures")
    assert not failures, "\n".join(failures)
    assert done >= min(RUNS, 40)
    program = newest_python() or sys.executable
    parse = "import ast, json, sys\nfor text in json.load(sys.stdin): ast.parse(text.encode())"
    texts = json.dumps([text.decode("utf-8-sig") for text in written if b"coding" not in text])
    subprocess.run([program, "-W", "ignore", "-c", parse], input=texts, text=True, check=True)


# --- the oracles themselves ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        (b"x = 1\n", b"x = (\n", 0, "does not parse"),
        (b"x = 1\n", b"x = y\n", 0, "without a binding"),
        (b"x = 1\n", b"x = 2\r\n", 0, "other line ends"),
        (b"x = 1\n", b"\xef\xbb\xbfx = 1\n", 0, "a.py"),
        (b"x = 1\n", b"x = 2\n", 2, "a refusal changed"),
        (b"x = 1\n", b"x = 1\n", 3, "crash"),
    ],
)
def test_wrong_results_are_detected(old: bytes, new: bytes, code: int, message: str) -> None:
    name = "custom_components/lamp/a.py"
    with pytest.raises(AssertionError, match=message):
        check({name: old}, {name: new}, code, "crash", retrofit=True)


def test_writes_elsewhere_are_detected() -> None:
    with pytest.raises(AssertionError, match=r"setup\.py was written"):
        check({}, {"setup.py": b""}, 0, "", retrofit=True)
    manifest = "custom_components/lamp/manifest.json"
    with pytest.raises(AssertionError, match="a key is lost"):
        check({manifest: b'{"a": 1}'}, {manifest: b'{"b": 1}'}, 0, "", retrofit=True)
