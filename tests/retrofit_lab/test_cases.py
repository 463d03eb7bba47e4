"""The trees of `tests/corpus/cases` in a Home Assistant, before a retrofit and after it.

One script lives through all of them. By default it does with the cases themselves, in one release;
`APPCRED_CASES` names those to live through in both, by a part of their names, variations too:
`APPCRED_CASES=init` or, for all, `APPCRED_CASES=-`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from lab.environments import clean_environ, locked
from retrofit import cases
from retrofit.cases import TOKEN, End, Source
from retrofit_lab.runs import (
    HERE,
    custom_workspace,
    go,
    once_journeys,
    once_retrofits,
    retrofit,
    shared,
)

if TYPE_CHECKING:
    from pathlib import Path

    from lab.environments import Environment
    from lab.gate import Lab
    from retrofit_lab.runs import Outcomes, Retrofit

ONLY = os.environ.get("APPCRED_CASES")
NAMES = [
    name
    for name in cases.trees()
    if cases.known(name).end is End.WHOLE and ("." not in name if ONLY is None else ONLY in name)
]
RELEASES = ("2026.10.4",) if ONLY is None else ("2025.4.4", "2026.10.4")

BEFORE = ("works", "reauth")
AFTER = (
    *("not_installed", "offered", "without", "fresh", "entries", "restart", "yaml_gone"),
    *("reauth", "beside", "disabled", "empty_section", "half_section"),
)
REMOVED = ("offered", "without", "yaml_gone", "yaml_left")
BACK = ("downgrade",)

REAUTH = """
    async def async_step_reauth(self, entry_data):
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input=None):
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm")
        return await self.async_step_user()
"""
RENEWED = """\
        if self.source == "reauth":
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data_updates=data)
"""
CREATED = """
    async def async_oauth_create_entry(self, data):
{}        return self.async_create_entry(title="Kelvin", data=data)
"""
UNLOAD = """

async def async_unload_entry(hass, entry):
    return {}
"""
LIBRARY = {
    "__init__.py": 'class Application:\n    ID = "kelvin-library"\n',
    "const.py": 'OAUTH2_CLIENT_ID = "kelvin-library"\n',
}


def domain(name: str) -> str:
    """Return the domain of a tree: each has its own, for they live beside each other."""
    return re.sub(r"\W", "_", name)


def lived_in(name: str) -> dict[str, str]:
    """Return a tree with what integrations in use have besides: reauth, and unloading."""
    tree = dict(cases.trees()[name])
    flow = tree["config_flow.py"]
    if "async_step_reauth" not in flow:
        tree["config_flow.py"] = _with_reauth(flow)
    platforms = "sensor.py" in tree
    unloaded = 'await hass.config_entries.async_unload_platforms(entry, ["sensor"])'
    tree["__init__.py"] += UNLOAD.format(unloaded if platforms else "True")
    return tree


def _with_reauth(flow: str) -> str:
    flow += REAUTH
    header = "    async def async_oauth_create_entry(self, data):\n"
    if header in flow:
        return flow.replace(header, header + RENEWED)
    return flow + CREATED.format(RENEWED)


def clients(name: str) -> list[tuple[str, str | None]]:
    """Return the clients of a tree's entries, as its vendor sees them."""
    case = cases.known(name)
    identifier, secret = case.client
    found = [(identifier, secret or None)]
    other = ("kelvin-other", "typed in" if len(case.keys) > 1 else None)
    return [*found, other] if case.source is Source.FORM else found


def scenario(name: str) -> str:
    """Return the module that says how a tree lives."""
    case = cases.known(name)
    form = case.source is Source.FORM
    yaml = {domain(name): dict(zip(case.keys, case.client, strict=False))}
    flows = [
        {
            "client": client,
            "forms": {key: dict(zip(case.keys, client, strict=False)) for key in ("user", "ask")}
            if form
            else {},
            "account": account,
        }
        for client, account in zip(clients(name), ("anna", "bert"), strict=False)
    ]
    known = {
        "domain": domain(name),
        "token_url": TOKEN,
        "yaml": yaml if case.source is Source.YAML else None,
        "built_in": case.source is Source.CONSTANT,
        "library": "library" in name,
    }
    return (
        "from scenario import Flow, Scenario\n\n"
        f"FLOWS = tuple(Flow(**each) for each in {flows!r})\n"
        f"SCENARIO = Scenario(flows=FLOWS, vendor=lambda life, account: None, **{known!r})\n"
    )


def entries(name: str) -> list[dict[str, Any]]:
    """Return the entries that a tree has stored before its retrofit."""
    case = cases.known(name)
    form = case.source is Source.FORM
    return [
        {
            "domain": domain(name),
            "title": "Kelvin",
            "unique_id": None,
            "data": {
                "auth_implementation": domain(name),
                "token": {
                    "access_token": f"access of {account}",
                    "refresh_token": f"refresh of {account}",
                    "token_type": "Bearer",
                    "expires_in": 3600,
                    "expires_at": 0,
                },
                **(dict(zip(case.keys, client, strict=False)) if form else {}),
            },
            "options": {},
            "version": 1,
            "entry_id": f"{domain(name)}_{account}",
        }
        for client, account in zip(clients(name), ("anna", "bert"), strict=False)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory.getbasetemp()) / "cases"


def retrofits(folder: Path, state: str = "after") -> dict[str, Retrofit]:
    """Write every tree and retrofit it; `removed` takes the import from YAML out again."""

    def make() -> dict[str, Retrofit]:
        if state == "removed":
            retrofits(folder)
            trees = {domain(name): folder / "after" / domain(name) for name in NAMES}
            return retrofit(trees, folder / state, "--yaml", "remove")
        trees = {domain(name): folder / "before" / domain(name) for name in NAMES}
        for name in NAMES:
            cases.write(lived_in(name), trees[domain(name)], domain(name))
            scenarios = folder / "scenarios"
            scenarios.mkdir(exist_ok=True)
            (scenarios / f"{domain(name)}.py").write_text(scenario(name))
        return retrofit(trees, folder / state)

    return once_retrofits(folder / f"{state}.json", make)


def lives(
    folder: Path, environment: Environment, state: str, names: list[str], journeys: tuple[str, ...]
) -> Outcomes:
    """Send the trees of a state on their journeys, in one process."""
    home = folder / environment.release
    workspace = home / f"{state}-{journeys[0]}"

    def make() -> Outcomes:
        retrofits(folder, "removed" if state == "removed" else "after")
        trees = {domain(name): folder / state / domain(name) for name in names}
        custom_workspace(trees, workspace)
        library = workspace / "kelvinlib"
        library.mkdir()
        for path, text in LIBRARY.items():
            (library / path).write_text(text)
        kept = home / "kept"
        kept.mkdir(parents=True, exist_ok=True)
        for name in names:
            before = kept / f"{domain(name)}-before.json"
            if not before.is_file() or state == "before":
                before.write_text(json.dumps(entries(name)))
        scenarios = str(folder / "scenarios")
        return go(environment, workspace, kept, [*map(domain, names)], journeys, scenarios)

    return once_journeys(workspace.with_suffix(".json"), make)


@pytest.mark.parametrize("name", [name for name in NAMES if cases.known(name).works])
@pytest.mark.parametrize("release", RELEASES)
def test_a_case_works_before(release: str, name: str, lab: Lab, folder: Path) -> None:
    environment = lab.environment(release)
    working = [each for each in NAMES if cases.known(each).works]
    found = lives(folder, environment, "before", working, BEFORE)
    assert not found.wrong(domain(name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("release", RELEASES)
def test_a_case_lives_after(release: str, name: str, lab: Lab, folder: Path) -> None:
    environment = lab.environment(release)
    found = lives(folder, environment, "after", NAMES, AFTER)
    unlived = cases.known(name).unlived
    assert unlived.keys() <= set(AFTER)
    wrong = [
        each
        for each in found.wrong(domain(name))
        if each.removeprefix(f"{domain(name)}: ").partition(" ")[0] not in unlived
    ]
    assert not wrong


@pytest.mark.parametrize(
    "name", [name for name in NAMES if cases.known(name).source is Source.YAML]
)
@pytest.mark.parametrize("release", RELEASES)
def test_a_case_lives_without_yaml(release: str, name: str, lab: Lab, folder: Path) -> None:
    environment = lab.environment(release)
    lives(folder, environment, "after", NAMES, AFTER)
    names = [each for each in NAMES if cases.known(each).source is Source.YAML]
    assert not lives(folder, environment, "removed", names, REMOVED).wrong(domain(name))


@pytest.mark.parametrize("name", [name for name in NAMES if cases.known(name).works])
@pytest.mark.parametrize("release", RELEASES)
def test_a_case_goes_back(release: str, name: str, lab: Lab, folder: Path) -> None:
    environment = lab.environment(release)
    lives(folder, environment, "after", NAMES, AFTER)
    working = [each for each in NAMES if cases.known(each).works]
    assert not lives(folder, environment, "before", working, BACK).wrong(domain(name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("release", RELEASES)
def test_each_module_of_a_case_can_come_first(
    release: str, name: str, lab: Lab, folder: Path
) -> None:
    environment = lab.environment(release)
    lives(folder, environment, "after", NAMES, AFTER)
    workspace = folder / release / f"after-{AFTER[0]}"
    outcomes = workspace.with_name("first-imports.json")
    with locked(outcomes):
        if not outcomes.is_file():
            script = HERE / "first_imports.py"
            command = [str(environment.python), *map(str, (script, workspace, outcomes))]
            subprocess.run(command, env=clean_environ(), check=True, timeout=200)
    own = f"custom_components.{domain(name)}"
    said = {
        module: each
        for module, each in json.loads(outcomes.read_text()).items()
        if module == own or module.startswith(f"{own}.")
    }
    assert f"{own}.application_credentials" in said
    assert not any(said.values()), said
