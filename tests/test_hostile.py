"""Hostile and broken trees through the whole program: one sentence each, exit code 2 at worst.

Beside these: git and what cannot be had back in test_vcs.py, files saved meanwhile, signals and
hard links in test_plan.py, kills and a journal of a stranger in retrofit/test_faults.py, escapes in
test_printing.py, the action and the hooks in check/test_hooks.py, servers in test_discovery.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from appcred.cli import run
from appcred.documents.depth import DEEPEST, find_deepest, is_shallow
from check.trees import MANIFEST, custom, write

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = "custom_components/example"
VERBS = (["check"], ["check", "--fix"], ["retrofit", "--allow-no-vcs"])

REGISTERING = '''\
"""Example."""

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


async def async_setup(hass, config):
    """Set up."""
    if DOMAIN not in config:
        return True
    config_entry_oauth2_flow.async_register_implementation(
        hass,
        config_entry_oauth2_flow.LocalOAuth2Implementation(
            hass,
            DOMAIN,
            config[DOMAIN]["client_id"],
            config[DOMAIN]["client_secret"],
            "https://example.com/authorize",
            "https://example.com/token",
        ),
    )
    return True
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an integration with something for each verb to do."""
    return custom(tmp_path / "root", application_credentials_py=None, __init___py=REGISTERING)


def judged(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> tuple[int, str]:
    """Run a verb; whatever it says is a sentence, and no crash."""
    start = time.monotonic()
    code = run([*arguments, str(root)])
    said = capsys.readouterr()
    assert code in (0, 1, 2), said.err
    assert "defect" not in said.err
    assert "Traceback" not in said.err
    assert time.monotonic() - start < 60
    return code, said.out + said.err


# --- values of the wrong kind --------------------------------------------------------------------


@pytest.mark.parametrize("dependencies", [True, None, 5, "http", {"a": 1}, [5], [None]])
def test_dependencies_of_any_kind(
    root: Path, capsys: pytest.CaptureFixture[str], dependencies: Any
) -> None:
    manifest = json.dumps(MANIFEST | {"dependencies": dependencies})
    for verb in VERBS:
        (root / FOLDER / "manifest.json").write_text(manifest)
        judged(capsys, root, *verb)
        loaded = json.loads((root / FOLDER / "manifest.json").read_text())
        assert MANIFEST.keys() <= loaded.keys()


@pytest.mark.parametrize("text", ['{"config": {"\\ud800": "x"}}', '{"title": "\\uDFFF"}'])
def test_half_of_a_surrogate_pair_in_texts(
    root: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    write(root, {f"{FOLDER}/translations/en.json": text})
    for verb in VERBS:
        judged(capsys, root, *verb)
    code, said = judged(capsys, root, "check")
    assert code == 2
    assert "half of a surrogate pair, which Home Assistant refuses" in said


def test_an_escape_that_python_refuses(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """LibCST parses it."""
    write(root, {f"{FOLDER}/__init__.py": REGISTERING.replace("https://e", r"https://\xe", 1)})
    for verb in VERBS:
        judged(capsys, root, *verb)


def test_a_pair_is_whole(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '{"application_credentials": {"description": "\\ud83d\\ude00"}}'
    write(root, {f"{FOLDER}/translations/en.json": text})
    assert "surrogate" not in judged(capsys, root, "check")[1]


def test_a_null_byte_in_the_domain(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, {f"{FOLDER}/const.py": 'DOMAIN = "exa\\0mple"\n'})
    for verb in VERBS:
        judged(capsys, root, *verb)
    write(root, {f"{FOLDER}/const.py": b'DOMAIN = "exa\0mple"\n'})
    judged(capsys, root, "check")
    manifest = json.dumps(MANIFEST | {"domain": "exa\0mple"})
    write(root, {f"{FOLDER}/manifest.json": manifest})
    code, said = judged(capsys, root, "retrofit")
    assert code == 2
    assert "has no valid domain" in said


SETTINGS = (
    "[tool.appcred]\nx = " + "9" * 5_000,
    "[tool.appcred]\nx = " + "[" * 20_000 + "]" * 20_000,
    "[tool.appcred]\nx = {" + "a={" * 20_000,
)


@pytest.mark.parametrize("content", SETTINGS, ids=range(len(SETTINGS)))
def test_settings_beyond_all_bounds(
    root: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    write(root, {"pyproject.toml": content})
    code, said = judged(capsys, root, "check")
    assert code == 2
    assert "pyproject.toml is not valid TOML" in said
    (root / "pyproject.toml").rename(root / "other.toml")
    code, said = judged(capsys, root, "check", "--config", str(root / "other.toml"))
    assert "other.toml is not valid TOML" in said


def test_aliases_that_multiply(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    write(root, {"answers.yml": "\n".join([*lines, "scopes: *a11"])})
    code, said = judged(capsys, root, "retrofit", "--data-file", str(root / "answers.yml"))
    assert code == 2
    assert "answers.yml, line 3 is not YAML: more than 10 aliases; write the values out" in said


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 100_000, "? " * 100_000])
def test_yaml_that_is_deep(root: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    write(root, {"answers.yml": text})
    code, said = judged(capsys, root, "retrofit", "--data-file", str(root / "answers.yml"))
    assert code == 2
    assert "answers.yml, line 1 is not YAML: more than 100 collections in one another" in said


# --- files that are none -------------------------------------------------------------------------


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def link_out(path: Path) -> None:
    outside = path.parents[len(path.parts) - 1 - path.parts.index("root")] / "outside"
    outside.write_text("DOMAIN = 'outside'\n")
    path.symlink_to(outside)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def endless(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5_000_000_000)


def folder(path: Path) -> None:
    path.mkdir()


NOT_FILES = (pipe, device, link_out, loop, endless, folder)
NAMES = (
    "hacs.json",
    "pyproject.toml",
    ".copier-answers.appcred.yml",
    f"{FOLDER}/manifest.json",
    f"{FOLDER}/config_flow.py",
    f"{FOLDER}/translations/en.json",
    f"{FOLDER}/quality_scale.yaml",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", NOT_FILES)
def test_files_that_are_not_regular_are_not_read(
    root: Path, capsys: pytest.CaptureFixture[str], name: str, make: Callable[[Path], None]
) -> None:
    path = root / name
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    make(path)
    for verb in VERBS:
        code, said = judged(capsys, root, *verb)
        assert path.is_symlink() or not path.is_file() or path.stat().st_size > 1_000_000
        if name.endswith(("manifest.json", "pyproject.toml", "config_flow.py")):
            if make is folder and not name.endswith("toml"):
                continue  # a folder of such a name is a folder
            reading = {"pyproject.toml": "check", f"{FOLDER}/config_flow.py": "retrofit"}
            if reading.get(name, verb[0]) == verb[0]:
                assert code == 2, said
                assert Path(name).name in said
    outside = root.parent / "outside"
    assert not outside.exists() or outside.read_text() == "DOMAIN = 'outside'\n"


@pytest.mark.parametrize("make", NOT_FILES)
def test_const_of_a_core_that_is_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None]
) -> None:
    source = custom(tmp_path / "source")
    core = tmp_path / "root" / "homeassistant"
    (core / "components").mkdir(parents=True)
    (source / FOLDER).rename(core / "components/example")
    make(core / "const.py")
    judged(capsys, core / "components/example", "check")


def test_translations_behind_a_link_out_are_not_read(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = write(root.parent / "outside", {"en.json": "{"})
    for path in (root / FOLDER / "translations").iterdir():
        path.unlink()
    (root / FOLDER / "translations").rmdir()
    (root / FOLDER / "translations").symlink_to(outside)
    code, said = judged(capsys, root, "check")
    assert code in (0, 1)
    assert "translations:1:1: APC004" in said


def test_a_retrofit_says_which_file_it_cannot_read(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / FOLDER / "config_flow.py"
    path.unlink()
    link_out(path)
    code, said = judged(capsys, root, "retrofit", "--allow-no-vcs")
    assert code == 2
    assert "config_flow.py cannot be read: a symbolic link that leads out of the tree" in said
    assert (root / FOLDER / "__init__.py").read_text() == REGISTERING


# --- source that would end the process -----------------------------------------------------------

DEEP: dict[str, Callable[[int], str]] = {
    "and": lambda n: "x = (" + "a and\n" * n + "a)\n",
    "not": lambda n: "x = (" + "not\n" * n + "a)\n",
    "lambda": lambda n: "x = (" + "lambda:\n" * n + "a)\n",
    "minus": lambda n: "x = " + "-" * n + "a\n",
    "tilde": lambda n: "x = (" + "~\n" * n + "a)\n",
    "sum": lambda n: "x = a" + " + a" * n + "\n",
    "joined lines": lambda n: "x = a" + " + \\\n a" * n + "\n",
    "chain": lambda n: "x = a" + ".b()" * n + "\n",
    "index": lambda n: "x = a" + "[0]" * n + "\n",
    "if": lambda n: "x = " + "a if b else " * n + "c\n",
    "elif": lambda n: "if a:\n    pass\n" + "elif a:\n    pass\n" * n,
    "comprehension": lambda n: "x = [a " + "for a in b " * n + "]\n",
    "pattern": lambda n: "match x:\n    case 1" + " | 1" * n + ":\n        pass\n",
    "brackets": lambda n: "x = " + "(" * n + "a" + ")" * n + "\n",
    "f-string": lambda n: 'x = f"{a' + " and a" * n + '}"\n',
    "brackets in an f-string": lambda n: 'x = f"{' + "(" * n + "a" + ")" * n + '}"\n',
    "text": lambda n: "x = (\n" + '    "a"\n' * n + ")\n",
    "bytes": lambda n: "x = (\n" + '    b"a"\n' * n + ")\n",
}


@pytest.mark.parametrize("shape", DEEP)
def test_deep_source_is_measured(shape: str) -> None:
    assert find_deepest(DEEP[shape](60).encode())[0] < 400
    deepest, line = find_deepest(DEEP[shape](20_000).encode())
    assert deepest > DEEPEST
    assert line >= 1


@pytest.mark.parametrize("shape", DEEP)
def test_no_deep_source_is_taken_for_shallow(shape: str) -> None:
    """Where the bytes say that nothing can be nested deeply, the tokens say so too."""
    assert is_shallow(DEEP[shape](60).encode())
    for levels in range(100, 2000, 100):
        source = DEEP[shape](levels).encode()
        assert not is_shallow(source) or find_deepest(source)[0] <= DEEPEST
    assert not is_shallow(DEEP[shape](20_000).encode())


@pytest.mark.parametrize("shape", ["and", "lambda", "chain", "elif", "f-string"])
def test_one_deep_file_does_not_end_the_run(
    root: Path, capsys: pytest.CaptureFixture[str], shape: str
) -> None:
    """It is one finding, and the other files are judged."""
    source = "from homeassistant.helpers import config_entry_oauth2_flow\n\n"
    write(root, {f"{FOLDER}/deep.py": source + DEEP[shape](20_000)})
    code, said = judged(capsys, root, "check")
    assert code == 2
    assert "APC003" in said
    assert "deep.py:" in said
    assert "nested too deeply" in said
    assert "__init__.py:12:5: APC4" in said
    code, said = judged(capsys, root, "retrofit", "--allow-no-vcs")
    assert code == 2
    assert "nested too deeply" in said
    assert (root / FOLDER / "__init__.py").read_text() == REGISTERING


@pytest.mark.parametrize("shape", ["text", "sum", "and"])
def test_long_files_within_the_limits_are_read(
    root: Path, capsys: pytest.CaptureFixture[str], shape: str
) -> None:
    """700 lines of joined text are no reason to leave an integration."""
    path = root / FOLDER / "__init__.py"
    long = DEEP[shape](700)
    path.write_text(REGISTERING + "\n\n" + long)
    code, said = judged(capsys, root, "check")
    assert "APC003" not in said
    code, said = judged(capsys, root, "retrofit", "--allow-no-vcs")
    assert code in (0, 1)
    assert long in path.read_text()


def test_a_bracket_that_is_never_closed_is_a_syntax_error(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "from homeassistant.helpers import config_entry_oauth2_flow\nx = (\n"
    write(root, {f"{FOLDER}/deep.py": source + "y = a.b + c\n" * 2_000})
    code, said = judged(capsys, root, "check")
    assert code == 2
    assert "deep.py:2" in said or "deep.py:3" in said
    assert "is not valid Python" in said


def test_deep_json_is_one_sentence(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (f"{FOLDER}/translations/en.json", f"{FOLDER}/manifest.json", "hacs.json"):
        former = (root / name).read_bytes() if (root / name).exists() else b"{}"
        write(root, {name: '{"a":' * 100_000})
        for verb in VERBS:
            judged(capsys, root, *verb)
        write(root, {name: former})


def test_a_home_that_cannot_be_written(root: Path) -> None:
    """What the other verbs need no home for."""
    environment = os.environ | {"HOME": "/proc/nowhere", "XDG_CACHE_HOME": "/proc/nowhere"}
    command = [sys.executable, "-m", "appcred", "check", str(root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
