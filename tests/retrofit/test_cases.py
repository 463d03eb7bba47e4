"""Each tree of `tests/corpus/cases` comes out of a retrofit as its case says.

What becomes of the results in a Home Assistant is seen in `tests/retrofit_lab/test_cases.py`.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import tokenize
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from retrofit import cases
from retrofit.cases import AUTHORIZE, TOKEN, End
from retrofit.linting import RUFF

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

PLATFORM = "application_credentials.py"
ONLY = os.environ.get("APPCRED_CASES", "")
NAMES = [name for name in cases.trees() if ONLY in name]


@dataclass(frozen=True, slots=True)
class Done:
    """A tree before and after a retrofit: the integration's files, and what was reported."""

    before: dict[str, str]
    after: dict[str, str]
    again: dict[str, str]
    report: dict[str, Any]
    told: str
    """What was said of it beside the report."""
    errors: list[str]
    """The errors of `check` afterwards that were not there before."""

    @property
    def changed(self) -> bool:
        return self.before != self.after


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Retrofit all trees, twice, and check them before and after."""
    root = tmp_path_factory.mktemp("cases")
    folders = {name: cases.write(cases.trees()[name], root / name) for name in NAMES}
    before = {name: _files(folder) for name, folder in folders.items()}
    wrong_before = _errors(_appcred(root, "check")[0])
    reports, told = _appcred(root, "retrofit", "--allow-no-vcs")
    after = {name: _files(folder) for name, folder in folders.items()}
    wrong_after = _errors(_appcred(root, "check")[0])
    _appcred(root, "retrofit", "--allow-no-vcs")
    return {
        name: Done(
            before[name],
            after[name],
            _files(folder),
            reports[name],
            "\n".join(line for line in told.splitlines() if f" {name}/" in line),
            sorted((wrong_after[name] - wrong_before[name]).elements()),
        )
        for name, folder in folders.items()
    }


def _appcred(root: Path, *arguments: str) -> tuple[dict[str, dict[str, Any]], str]:
    """Return what is reported of each tree below a folder, and what is said beside that."""
    command = [sys.executable, "-m", "appcred", *arguments, "--format", "json", "."]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ran.stdout, ran.stderr
    found = json.loads(ran.stdout)["integrations"]
    by_name = {each["path"].split("/custom_components/")[0].split("/")[-1]: each for each in found}
    return by_name, ran.stderr


def _errors(reports: dict[str, dict[str, Any]]) -> dict[str, Counter[str]]:
    return {
        name: Counter(each["code"] for each in report["findings"] if each["severity"] == "error")
        for name, report in reports.items()
    }


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", NAMES)
def test_comes_out_as_its_case_says(name: str, done: dict[str, Done]) -> None:
    case, made = cases.known(name), done[name]
    wrong = [*{End.WHOLE: _not_whole}.get(case.end, _not_left)(made)]
    wrong = [each for each in wrong if each.removeprefix("lost: ") not in case.gone]
    if case.end is End.NOT_APPLICABLE and made.report["applicable"]:
        wrong.append("is said to be applicable")
    if case.end is End.REFUSED and not made.report["manual"]:
        wrong.append("no reason is given")
    for path, pattern in case.has:
        if not re.search(pattern, made.after.get(path, "")):
            wrong.append(f"{path} does not match {pattern}")
    for path, pattern in case.lacks:
        if re.search(pattern, made.after.get(path, "")):
            wrong.append(f"{path} matches {pattern}")
    said = json.dumps(made.report) + made.told
    wrong += [str(made.report["error"])] if made.report["error"] else []
    wrong += [f"not reported: {each}" for each in case.says if not re.search(each, said)]
    assert not wrong, "\n".join([*wrong, _shown(made)])


@pytest.fixture(scope="module")
def linted(done: dict[str, Done], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Say what ruff finds in each tree afterwards that it did not find before."""
    root = tmp_path_factory.mktemp("linted")
    (root / "ruff.toml").write_text(RUFF.replace('"F821", ', '"F821", "F822", "F823", '))
    for name, made in done.items():
        for state, files in (("before", made.before), ("after", made.after)):
            for path, text in files.items():
                if path.endswith(".py"):
                    target = root / name / state / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(text, "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "json", "."]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    found: dict[tuple[str, str], Counter[str]] = {}
    for each in json.loads(ran.stdout):
        name, state, path = each["filename"].removeprefix(f"{root}/").split("/", 2)
        text = f"{path}: {each['code']} {each['message']}"
        found.setdefault((name, state), Counter())[text] += 1
    none: Counter[str] = Counter()
    return {
        name: sorted(found.get((name, "after"), none) - found.get((name, "before"), none))
        for name in done
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_left_over_or_missing(
    name: str, done: dict[str, Done], linted: dict[str, list[str]]
) -> None:
    assert not linted[name], "\n".join([*linted[name], _shown(done[name])])


def _not_left(made: Done) -> Iterator[str]:
    if made.changed:
        yield "was changed"


def _not_whole(made: Done) -> Iterator[str]:
    """Say what is missing for a retrofit to be whole."""
    yield from (
        f"left: {each['path']}:{each['line']} {each['reason']}" for each in made.report["manual"]
    )
    if not made.changed:
        yield "unchanged"
        return
    if made.again != made.after:
        changed = [path for path in made.again if made.again[path] != made.after.get(path)]
        yield f"a second run changes {changed}"
    yield from (f"check: new {code}" for code in made.errors)
    dependencies = json.loads(made.after["manifest.json"]).get("dependencies", [])
    if "application_credentials" not in dependencies:
        yield "no dependency"
    modules = {p: ast.parse(text) for p, text in made.after.items() if p.endswith(".py")}
    yield from _made_by_hand(modules)
    yield from _hook_faults(modules)
    gone = _comments(made.before) - _comments(made.after)
    yield from (f"lost: {each}" for each in gone)


def _made_by_hand(modules: dict[str, ast.Module]) -> Iterator[str]:
    for path, module in modules.items():
        for node in ast.walk(module):
            match node:
                case ast.Call() if _registers(node):
                    yield f"{path}:{node.lineno} registers"
                case ast.Assign(targets=[ast.Attribute(attr="flow_impl")]):
                    yield f"{path}:{node.lineno} sets the implementation of the flow"


def _registers(call: ast.Call) -> bool:
    """Whether a call is Home Assistant's, and not one of a method of that name."""
    called = ast.unparse(call.func).rpartition(".")[2]
    return called == "async_register_implementation" and len(call.args) + len(call.keywords) > 1


def _hook_faults(modules: dict[str, ast.Module]) -> Iterator[str]:
    """Say what is wrong with the platform: it makes the implementation, for any credential."""
    if PLATFORM not in modules:
        yield "no platform"
        return
    named = {
        node.name: node
        for node in modules[PLATFORM].body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    hook = named.get("async_get_auth_implementation")
    server = named.get("async_get_authorization_server")
    imported = {
        alias.asname or alias.name
        for node in ast.walk(modules[PLATFORM])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    if hook is not None:
        _, domain, credential = (each.arg for each in hook.args.args)
        used = {node.id for node in ast.walk(hook) if isinstance(node, ast.Name)}
        yield from (f"the hook ignores {each}" for each in (domain, credential) if each not in used)
    elif server is None and "async_get_authorization_server" not in imported:
        yield "no hook"
        return
    reached = _reached(modules, hook or server or "async_get_authorization_server")
    yield from (
        f"the hook does not lead to {url}" for url in (AUTHORIZE, TOKEN) if url not in reached
    )


def _reached(modules: dict[str, ast.Module], start: ast.AST | str) -> set[str]:
    """Return the texts that something leads to, by the names it uses, wherever they are bound."""
    bound: dict[str, list[ast.AST]] = {}
    for module in modules.values():
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bound.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    bound.setdefault(ast.unparse(target), []).append(node.value)
    waiting: list[ast.AST] = bound.get(start, []) if isinstance(start, str) else [start]
    found, seen = set(), set()
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            name = getattr(node, "id", getattr(node, "attr", None))
            if name is not None and name not in seen:
                seen.add(name)
                waiting += bound.get(name, [])
    return found


def _comments(files: dict[str, str]) -> Counter[str]:
    return Counter(
        token.string
        for path, text in files.items()
        if path.endswith(".py")
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    )


def _shown(made: Done) -> str:
    return "\n".join(
        f"--- {path}\n{text}"
        for path, text in made.after.items()
        if text != made.before.get(path) and path.endswith(".py")
    )
