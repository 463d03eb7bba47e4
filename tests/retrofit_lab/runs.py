"""Retrofit copies of trees, and send trees on journeys inside a Home Assistant of the lab.

One process of Home Assistant's Python goes on all the journeys of all trees of one state (before,
after a retrofit, or back before it), for starting it costs more than most journeys do.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from lab.environments import arriving, clean_environ, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from lab.environments import Environment

HERE = Path(__file__).parent
PLUGINS = HERE.parent / "lab" / "plugins"
_SECONDS = 400
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".git")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a journey ended.

    `passed`; `failed`, by an assertion of the journey itself; or `broken`, by anything else.
    """

    outcome: str
    said: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.said}\n{self.text}"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How all journeys of one process ended.

    `ended` is by scenario and journey; a scenario is sent on those journeys only that make sense
    for it. `before_fails` are those that must fail before a retrofit.
    """

    ended: dict[str, dict[str, Outcome]]
    before_fails: dict[str, list[str]]

    def wrong(self, name: str, *, before: bool = False) -> list[str]:
        """Return what did not end as it must for one scenario."""
        failing = set(self.before_fails[name]) if before else set()
        return [
            f"{name}: {journey} should have {'failed' if journey in failing else 'passed'}, "
            f"but {outcome}"
            for journey, outcome in self.ended[name].items()
            if outcome.outcome != ("failed" if journey in failing else "passed")
        ]


@dataclass(frozen=True, slots=True)
class Retrofit:
    """What the command line did to a copy of a tree."""

    code: int
    report: dict[str, Any]
    errors: str
    changed: list[str]
    """The files that are not as they were, new and deleted ones too."""
    again: list[str]
    """The files that a second run changed."""

    @property
    def integration(self) -> dict[str, Any]:
        """What the report says about the one integration."""
        (found,) = self.report["integrations"]
        return found

    @property
    def manual(self) -> set[tuple[str, int]]:
        """File and line of each piece of manual work."""
        return {(each["path"], each["line"]) for each in self.integration["manual"]}


def retrofit(trees: Mapping[str, Path], copies: Path, *options: str) -> dict[str, Retrofit]:
    """Copy trees and run `appcred retrofit` over each copy, as a person would.

    A second run, over all copies together, should find nothing that is left to change.
    """
    done, before, after = {}, {}, {}
    for name, tree in trees.items():
        copy = copies / name
        shutil.copytree(tree, copy, symlinks=True, ignore=_LEFT_OUT)
        before[name] = contents(copy)
        done[name] = _appcred(copy, ["."], options)
        after[name] = contents(copy)
    _appcred(copies, list(trees), options)
    return {
        name: Retrofit(
            run.returncode,
            _report(run.stdout),
            run.stderr,
            _changed(before[name], after[name]),
            _changed(after[name], contents(copies / name)),
        )
        for name, run in done.items()
    }


def _appcred(
    folder: Path, paths: Sequence[str], options: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appcred", "retrofit", *paths]
    return subprocess.run(
        [*command, "--allow-no-vcs", "--format", "json", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def _report(output: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(output)
    except ValueError:
        return {"integrations": [{"manual": [], "changes": []}], "output": output}
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder and what is in them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def custom_workspace(trees: Mapping[str, Path], workspace: Path) -> None:
    """Lay copies of custom integrations beside each other in a configuration's folder."""
    package = workspace / "custom_components"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for tree in trees.values():
        folder = integration_folder(tree)
        domain = json.loads((folder / "manifest.json").read_text("utf-8-sig"))["domain"]
        shutil.copytree(folder, package / domain, ignore=_LEFT_OUT)


def core_workspace(environment: Environment, trees: Mapping[str, Path], workspace: Path) -> None:
    """Make a checkout of core out of links, with copies of integrations in place of its own.

    Who has an application credentials platform is listed anew, by the presence of the file, as
    hassfest does. `trees` has checkouts by domain.
    """
    installed = environment.site_packages / "homeassistant"
    package = workspace / "homeassistant"
    for folder in (package, package / "components", package / "generated"):
        folder.mkdir(parents=True)
    _link(installed, package, leave={"components", "generated", "__pycache__"})
    _link(installed / "components", package / "components", leave=trees.keys())
    lists = package / "generated" / "application_credentials.py"
    _link(installed / "generated", lists.parent, leave={"__pycache__", lists.name})
    listed: dict[str, Any] = {}
    exec((installed / "generated" / lists.name).read_text("utf-8"), listed)
    domains = {domain for domain in listed["APPLICATION_CREDENTIALS"] if domain not in trees}
    for domain, tree in trees.items():
        copy = package / "components" / domain
        shutil.copytree(tree / "homeassistant" / "components" / domain, copy, ignore=_LEFT_OUT)
        if (copy / lists.name).is_file():
            domains.add(domain)
    lists.write_text(f"APPLICATION_CREDENTIALS = {sorted(domains)}\n")


def _link(source: Path, target: Path, leave: Collection[str]) -> None:
    for path in source.iterdir():
        if path.name not in leave:
            (target / path.name).symlink_to(path)


def lay_tests(trees: Mapping[str, Path], where: str, package: Path) -> None:
    """Lay the tests of several trees beside each other, each in a package by the tree's name.

    Args:
        trees: The roots of their repositories.
        where: The folder of a tree that its tests are in, `{}` for the tree's name.
        package: The folder to lay them in; it becomes a package.

    """
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for name, tree in trees.items():
        if (tree / where.format(name)).is_dir():
            shutil.copytree(tree / where.format(name), package / name, ignore=_LEFT_OUT)


def run_own_tests(
    environment: Environment, workspace: Path, *options: str
) -> dict[str, dict[str, str]]:
    """Run the tests that `lay_tests` laid in a workspace, in one process.

    Returns what each came to, by tree and test: an empty text, or why it did not pass. Raises
    RuntimeError with pytest's last words if it did not come to an end of its own.
    """
    outcomes = workspace / "outcomes.xml"
    arguments = ["tests", f"--junitxml={outcomes}", *options]
    _pytest(environment, workspace, arguments, outcomes, PYTHONPATH=str(PLUGINS))
    found: dict[str, dict[str, str]] = {}
    for case in ET.parse(outcomes).iter("testcase"):
        # tests.lyric.test_config_flow, or, where a module could not be collected, its name alone
        module = (case.get("classname") or case.get("name") or "").removeprefix("tests.")
        tree = module.removeprefix("components.").partition(".")[0]
        test = (case.get("name") or "").partition("[")[0]
        found.setdefault(tree, {})[test] = "".join(
            f"{wrong.tag}: {wrong.get('message')}\n{(wrong.text or '')[-2000:]}"
            for wrong in case
            if wrong.tag in ("failure", "error", "skipped")
        )
    return found


def integration_folder(tree: Path) -> Path:
    """Return the folder of the one integration of a custom repository."""
    if (tree / "manifest.json").is_file():
        return tree
    (manifest,) = tree.glob("custom_components/*/manifest.json")
    return manifest.parent


def go(
    environment: Environment,
    workspace: Path,
    kept: Path,
    scenarios: Sequence[str],
    journeys: Sequence[str],
    folder: str,
) -> Outcomes:
    """Go on journeys with every scenario, and return how they ended.

    Args:
        environment: The Home Assistant to live in.
        workspace: The folder it runs in, with what it is to find first on its path.
        kept: The folder in which journeys leave entries for those that come after them.
        scenarios: Their names.
        journeys: The names of the journeys, in their order.
        folder: The folder of `retrofit_lab` that the scenarios are in.

    Raises RuntimeError with its last words if the process did not come to an end of its own.

    """
    kept.mkdir(parents=True, exist_ok=True)
    for source in (HERE / "inside").glob("*.py"):
        # Loaded as pytest loads a conftest: after the test package, which wants to be first.
        name = "conftest.py" if source.stem == "plugin" else source.name
        shutil.copy(source, workspace / name)
    shutil.copytree(HERE / folder, workspace / "scenarios", dirs_exist_ok=True)
    plan, outcomes = workspace / "plan.json", workspace / "outcomes.json"
    plan.write_text(
        json.dumps(
            {
                "scenarios": list(scenarios),
                "journeys": list(journeys),
                "kept": str(kept),
                "outcomes": str(outcomes),
            }
        )
    )
    own = {"PYTHONPATH": str(workspace), "APPCRED_LAB_PLAN": str(plan)}
    _pytest(environment, workspace, ["journeys.py"], outcomes, **own)
    return _outcomes(json.loads(outcomes.read_text("utf-8")))


def _pytest(
    environment: Environment,
    workspace: Path,
    arguments: Sequence[str],
    outcomes: Path,
    **environ: str,
) -> None:
    """Run pytest in a workspace, which has to leave a file of outcomes."""
    command = [str(environment.python), "-m", "pytest", "-q", *arguments]
    command += ["-p", "no:cacheprovider", "-p", "no:sugar", "-o", "asyncio_mode=auto"]
    done = subprocess.run(
        [*command, "--rootdir", str(workspace)],
        cwd=workspace,
        env=clean_environ(NO_COLOR="1", **environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if not outcomes.is_file():
        raise RuntimeError(done.stdout[-4000:])


def _outcomes(found: dict[str, Any]) -> Outcomes:
    ended = {
        name: {journey: Outcome(**outcome) for journey, outcome in journeys.items()}
        for name, journeys in found["ended"].items()
    }
    return Outcomes(ended, found["before_fails"])


def shared(base: Path) -> Path:
    """Return a folder that all workers of this test run share, from a worker's own."""
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "retrofit-lab"


def once_journeys(path: Path, make: Callable[[], Outcomes]) -> Outcomes:
    """Return what `make` returns; it is called once, by whichever worker comes first."""
    return _outcomes(_once(path, lambda: asdict(make())))


def once_own_tests(
    path: Path, make: Callable[[], dict[str, dict[str, str]]]
) -> dict[str, dict[str, str]]:
    """Return what `make` returns; it is called once, by whichever worker comes first."""
    found: dict[str, dict[str, str]] = _once(path, make)
    return found


def once_retrofits(path: Path, make: Callable[[], dict[str, Retrofit]]) -> dict[str, Retrofit]:
    """Return what `make` returns; it is called once, by whichever worker comes first."""
    done = _once(path, lambda: {name: asdict(each) for name, each in make().items()})
    return {name: Retrofit(**each) for name, each in done.items()}


def _once(path: Path, make: Callable[[], Any]) -> Any:
    with locked(path):
        if not path.is_file():
            made = make()
            with arriving(path) as scratch:
                scratch.write_text(json.dumps(made))
        return json.loads(path.read_text())
