"""Today's custom integrations, before a retrofit and after it, in two Home Assistant releases.

Before: each works as its author meant, and fails what application credentials would give its user.
After: it passes that, what worked before still does, and entries from before keep their clients.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from lab.runs import run_tests
from retrofit_lab.runs import (
    HERE,
    custom_workspace,
    go,
    integration_folder,
    lay_tests,
    once_journeys,
    once_own_tests,
    once_retrofits,
    retrofit,
    run_own_tests,
    shared,
)

if TYPE_CHECKING:
    from pathlib import Path

    from lab.environments import Environment
    from lab.gate import Lab
    from lab.runs import Result
    from retrofit_lab.runs import Outcomes, Retrofit

CORPUS = HERE.parent / "corpus" / "custom"
RELEASES = ("2025.4.4", "2026.10.4")

MIGRATED, MANUAL, NOT_APPLICABLE = "migrated", "manual", "not applicable"
EXPECTED = {
    "aliases": MIGRATED,
    "deprecated_half": MIGRATED,
    "factory": MIGRATED,
    "fails_without_yaml": MIGRATED,
    "foreign_oauth": NOT_APPLICABLE,
    "form_api_key": MIGRATED,
    "form_migrated": MIGRATED,
    "form_shared_client": MANUAL,
    "form_two_clients": MIGRATED,
    "half_migrated": MIGRATED,
    "hard_coded_entry": MIGRATED,
    "hard_coded_helper": MIGRATED,
    "hard_coded_setup": MIGRATED,
    "helper_function": MIGRATED,
    "other_auth_domain": MIGRATED,
    "pkce_by_hand": MIGRATED,
    "pkce_subclass": MIGRATED,
    "root_integration": MIGRATED,
    "stashed": MIGRATED,
    "tabs_crlf": MIGRATED,
    "tried": MIGRATED,
    "url_from_client_id": MIGRATED,
    "url_from_yaml": MANUAL,
    "with_tests": MIGRATED,
    "yaml_list": MIGRATED,
    "yaml_locals": MIGRATED,
    "yaml_services": MIGRATED,
}
"""What a retrofit with default settings makes of each tree."""

MANUAL_AT = {
    "form_shared_client": {("custom_components/gartenhaus/config_flow.py", 51)},
    "url_from_yaml": {("custom_components/dorfnetz/__init__.py", 44)},
}
"""The file, below the root of the repository, and the line of each piece of manual work."""

TREES = sorted(EXPECTED)
OURS = [name for name in TREES if EXPECTED[name] == MIGRATED]

BEFORE = ("works", "old_entries", "offered", "without", "stored", "reauth", "with_yaml")
AFTER = (
    *("offered", "without", "stored", "entries", "restart", "yaml_gone", "reauth"),
    *("with_yaml", "without_yaml", "after"),
)
BACK = ("downgrade",)

REMOVED = (
    *("aliases", "deprecated_half", "factory", "half_migrated", "helper_function"),
    *("other_auth_domain", "root_integration", "stashed", "tabs_crlf", "with_tests"),
    *("yaml_list", "yaml_locals", "yaml_services"),
    *("fails_without_yaml", "tried"),
)
"""Migrated trees that the import from YAML is taken out of again, once it is no longer needed."""
AFTER_REMOVAL = ("offered", "without", "stored", "yaml_gone", "without_yaml")

TESTS = {
    "aliases": 3,
    "deprecated_half": 3,
    "factory": 3,
    "fails_without_yaml": 3,
    "form_api_key": 2,
    "form_migrated": 2,
    "form_two_clients": 2,
    "half_migrated": 3,
    "hard_coded_entry": 1,
    "hard_coded_helper": 1,
    "hard_coded_setup": 1,
    "helper_function": 3,
    "other_auth_domain": 3,
    "pkce_by_hand": 1,
    "pkce_subclass": 1,
    "stashed": 3,
    "tabs_crlf": 3,
    "tried": 3,
    "url_from_client_id": 3,
    "with_tests": 4,
    "yaml_list": 3,
    "yaml_locals": 3,
    "yaml_services": 3,
}
"""How many tests a migrated tree has: those that came along, and one that `with_tests` had.

`root_integration` gets none: where it lies they would not find it.
"""

BROKEN = {
    "factory": (
        "application_credentials.py",
        "/connect/authorize",
        "/connect/other",
        {"test_stored_credential", "test_import_from_yaml"},
    ),
    "half_migrated": (
        "manifest.json",
        '"application_credentials"',
        '"http"',
        {"test_missing_credentials", "test_import_from_yaml"},
    ),
    "hard_coded_entry": (
        "const.py",
        'OAUTH2_CLIENT_ID = "',
        'OAUTH2_CLIENT_ID = "not-',
        {"test_own_client"},
    ),
    "hard_coded_setup": (
        "config_flow.py",
        "await async_import_client(",
        "(lambda *_: None)(",
        {"test_own_client"},
    ),
    "other_auth_domain": (
        "application_credentials.py",
        "        credential,\n",
        "        ClientCredential('another', ''),\n",
        {"test_stored_credential", "test_import_from_yaml"},
    ),
    "stashed": (
        "__init__.py",
        "await async_import_client_credential(",
        "(lambda *_: None)(",
        {"test_import_from_yaml"},
    ),
}
"""A file of a migrated tree, what is changed in it, and which of the tests must fail then."""

_NOTHING_IMPORTED = "async def async_import_client_credential(*_):\n    pass\n"
_NO_CLIENT_IMPORTED = "async def async_import_client(*_):\n    pass\n"
_ONE_FOR_ALL = """
_really = async_import_client_credential
async def async_import_client_credential(hass, domain, credential, auth_domain=None):
    await _really(hass, domain, credential, domain)
"""
_NOTHING_WITHOUT_YAML = """
_really = async_setup
async def async_setup(hass, config):
    return DOMAIN not in config or await _really(hass, config)
"""
SABOTAGE = {
    "form_two_clients": ("entries", _ONE_FOR_ALL),
    "hard_coded_entry": ("entries", _NO_CLIENT_IMPORTED),
    "root_integration": ("without_yaml", _NOTHING_WITHOUT_YAML),
    "yaml_list": ("entries", _ONE_FOR_ALL),
    "yaml_locals": ("without_yaml", _NOTHING_WITHOUT_YAML),
    "yaml_services": ("entries", _NOTHING_IMPORTED),
}
"""What is put at the end of a retrofitted `__init__.py`, and the journey that must fail then."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory.getbasetemp()) / "custom"


def retrofits(folder: Path) -> dict[str, Retrofit]:
    """Retrofit every tree."""

    def make() -> dict[str, Retrofit]:
        return retrofit({name: CORPUS / name for name in TREES}, folder / "after")

    return once_retrofits(folder / "retrofits.json", make)


def before(folder: Path, environment: Environment) -> Outcomes:
    """Send all trees, as they are, on their journeys."""
    home = folder / environment.release

    def make() -> Outcomes:
        custom_workspace({name: CORPUS / name for name in TREES}, home / "before")
        return go(environment, home / "before", home / "kept", TREES, BEFORE, "scenarios")

    return once_journeys(home / "before.json", make)


def after(folder: Path, environment: Environment) -> Outcomes:
    """Send the retrofitted trees on theirs, with the entries that the trees before them made."""
    home = folder / environment.release

    def make() -> Outcomes:
        before(folder, environment)
        retrofits(folder)
        custom_workspace({name: folder / "after" / name for name in OURS}, home / "after")
        return go(environment, home / "after", home / "kept", OURS, AFTER, "scenarios")

    return once_journeys(home / "after.json", make)


def back(folder: Path, environment: Environment) -> Outcomes:
    """Return to the trees as they were, with the entries that the retrofitted ones left."""
    home = folder / environment.release

    def make() -> Outcomes:
        after(folder, environment)
        custom_workspace({name: CORPUS / name for name in OURS}, home / "back")
        return go(environment, home / "back", home / "kept", OURS, BACK, "scenarios")

    return once_journeys(home / "back.json", make)


def test_every_tree_is_judged() -> None:
    assert sorted(path.name for path in CORPUS.iterdir() if path.is_dir()) == TREES
    assert MANUAL_AT.keys() == {name for name in TREES if EXPECTED[name] == MANUAL}


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("release", RELEASES)
def test_integrations_work_before_without_application_credentials(
    release: str, name: str, lab: Lab, folder: Path
) -> None:
    outcomes = before(folder, lab.environment(release))
    if EXPECTED[name] != NOT_APPLICABLE:
        assert {"works", "old_entries"} <= outcomes.ended[name].keys()
    assert {"offered", "without"} <= set(outcomes.before_fails[name])
    assert not outcomes.wrong(name, before=True), "\n".join(outcomes.wrong(name, before=True))


@pytest.mark.parametrize("name", TREES)
def test_retrofit_does_what_is_expected(name: str, folder: Path) -> None:
    done = retrofits(folder)[name]
    said = f"{done.report}\n{done.errors}"
    assert not done.again, f"a second run changed {done.again}"
    if EXPECTED[name] == MIGRATED:
        assert done.code == 0, said
        assert done.changed, said
        assert [*(folder / "after" / name).rglob("application_credentials.py")], said
        assert not done.manual, said
        assert set(done.changed) == {each["path"] for each in done.integration["changes"]}
    else:
        assert not done.changed, said
        assert done.manual == MANUAL_AT.get(name, set()), said
        assert done.code == (1 if EXPECTED[name] == MANUAL else 0), said
        assert all(each["reason"] and each["todo"] for each in done.integration["manual"])


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("release", RELEASES)
def test_a_user_lives_on_with_application_credentials(
    release: str, name: str, lab: Lab, folder: Path
) -> None:
    environment = lab.environment(release)
    outcomes = after(folder, environment)
    assert {"offered", "without", "stored", "entries", "restart"} <= outcomes.ended[name].keys()
    assert not outcomes.wrong(name), "\n".join(outcomes.wrong(name))
    there_and_back = back(folder, environment)
    assert not there_and_back.wrong(name), "\n".join(there_and_back.wrong(name))


def test_credentials_stay_when_the_import_is_removed(
    lab: Lab, folder: Path, tmp_path: Path
) -> None:
    environment = lab.environment(RELEASES[0])
    after(folder, environment)
    home = folder / environment.release
    copies = home / "removed-trees"
    done = retrofit({name: folder / "after" / name for name in REMOVED}, copies, "--yaml", "remove")
    for name, each in done.items():
        assert (each.code, each.again) == (0, []), (name, each.report, each.errors)
        (module,) = [path for path in each.changed if path.endswith("__init__.py")]
        assert "async_import_client_credential" not in (copies / name / module).read_text()
    custom_workspace({name: copies / name for name in REMOVED}, home / "removed")
    outcomes = go(environment, home / "removed", home / "kept", REMOVED, AFTER_REMOVAL, "scenarios")
    wrong = [each for name in REMOVED for each in outcomes.wrong(name)]
    assert not wrong, "\n".join(wrong)
    trees = {name: copies / name for name in ("aliases", "with_tests")}
    ran = _in_one_process(environment, trees, tmp_path / "tests")
    # What came along has followed; what an author wrote signs in with YAML still, and is theirs.
    failed = {name: {test for test, said in each.items() if said} for name, each in ran.items()}
    assert failed == {"aliases": set(), "with_tests": {"test_full_flow"}}, ran
    assert {name: len(each) + 1 for name, each in ran.items()} == {n: TESTS[n] for n in trees}


def test_faults_are_noticed_on_the_way(lab: Lab, folder: Path) -> None:
    environment = lab.environment(RELEASES[0])
    before(folder, environment)
    retrofits(folder)
    home = folder / environment.release
    custom_workspace({name: folder / "after" / name for name in SABOTAGE}, home / "wrong")
    shutil.copytree(home / "kept", home / "wrong-kept")
    for name, (_, code) in SABOTAGE.items():
        domain = json.loads((integration_folder(CORPUS / name) / "manifest.json").read_text())
        module = home / "wrong" / "custom_components" / domain["domain"] / "__init__.py"
        module.write_text(f"{module.read_text()}\n\n{code}")
    journeys = sorted({journey for journey, _ in SABOTAGE.values()})
    found = go(environment, home / "wrong", home / "wrong-kept", [*SABOTAGE], journeys, "scenarios")
    unnoticed = {
        name: str(found.ended[name][journey])
        for name, (journey, _) in SABOTAGE.items()
        if found.ended[name][journey].outcome != "failed"
    }
    assert not unnoticed, unnoticed


def came_along(folder: Path, environment: Environment) -> dict[str, dict[str, str]]:
    """Run the tests of all retrofitted trees, those that came along and those that were there."""
    home = folder / environment.release

    def make() -> dict[str, dict[str, str]]:
        retrofits(folder)
        trees = {name: folder / "after" / name for name in TESTS}
        return _in_one_process(environment, trees, home / "tests")

    return once_own_tests(home / "tests.json", make)


def _in_one_process(
    environment: Environment, trees: dict[str, Path], workspace: Path
) -> dict[str, dict[str, str]]:
    custom_workspace(trees, workspace)
    lay_tests(trees, "tests", workspace / "tests")
    return run_own_tests(environment, workspace)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("release", RELEASES)
def test_the_generated_tests_pass(release: str, name: str, lab: Lab, folder: Path) -> None:
    environment = lab.environment(release)
    came = [path for path in retrofits(folder)[name].changed if path.startswith("tests/")]
    assert bool(came) is (name in TESTS)
    assert [path for path in came if (CORPUS / name / path).exists()] == [], "not its own"
    found = came_along(folder, environment)
    wrong = {test: said for test, said in found.get(name, {}).items() if said}
    assert not wrong, wrong
    assert len(found.get(name, {})) == TESTS.get(name, 0)


@pytest.mark.parametrize("name", ["with_tests", "yaml_list"])
@pytest.mark.parametrize("release", RELEASES)
def test_the_generated_tests_pass_in_their_folder(
    release: str, name: str, lab: Lab, folder: Path, tmp_path: Path
) -> None:
    retrofits(folder)
    result = _run(lab.environment(release), folder / "after" / name, tmp_path)
    assert result.ok, result.output
    assert result.passed == TESTS[name]


def test_the_generated_tests_notice_faults(lab: Lab, folder: Path, tmp_path: Path) -> None:
    environment = lab.environment(RELEASES[-1])
    retrofits(folder)
    trees = {name: tmp_path / name for name in BROKEN}
    for name, (file, old, new, _) in BROKEN.items():
        shutil.copytree(folder / "after" / name, trees[name])
        module = integration_folder(trees[name]) / file
        text = module.read_text()
        assert old in text, text
        module.write_text(text.replace(old, new))
    found = _in_one_process(environment, trees, tmp_path / "workspace")
    failed = {name: {test for test, said in found[name].items() if said} for name in BROKEN}
    assert failed == {name: failing for name, (*_, failing) in BROKEN.items()}, found


def test_the_existing_tests_passed_before(lab: Lab, tmp_path: Path) -> None:
    result = _run(lab.environment(RELEASES[0]), CORPUS / "with_tests", tmp_path)
    assert result.ok, result.output
    assert result.passed == 1


def _run(environment: Environment, tree: Path, scratch: Path) -> Result:
    """Run the tests of a copy of a tree, where nothing else of the tree has run before."""
    copy = scratch / f"{tree.parent.name}-{tree.name}-{environment.release}"
    shutil.copytree(tree, copy)
    return run_tests(environment, copy, "custom", integration_folder(copy).name, coverage=False)
