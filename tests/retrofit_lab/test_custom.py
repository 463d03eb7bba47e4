"""Today's custom integrations, before a retrofit and after it, in two Home Assistant releases.

Before: each works as its author meant, and fails what application credentials would give its user.
After: it passes that, what worked before still does, and entries from before keep their clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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

CORPUS = HERE.parent / "corpus" / "custom"
RELEASES = ("2025.4.4", "2026.10.4")

MIGRATED, MANUAL, NOT_APPLICABLE = "migrated", "manual", "not applicable"
EXPECTED = {
    "aliases": MIGRATED,
    "factory": MIGRATED,
    "form_two_clients": MIGRATED,
    "half_migrated": MANUAL,
    "hard_coded_entry": MIGRATED,
    "hard_coded_setup": MIGRATED,
    "helper_function": MANUAL,
    "pkce_subclass": MIGRATED,
    "root_integration": MIGRATED,
    "tabs_crlf": MIGRATED,
    "with_tests": MANUAL,
    "yaml_list": MANUAL,
    "yaml_services": MIGRATED,
}
"""What a retrofit with default settings makes of each tree."""

MANUAL_AT = {
    "half_migrated": {("custom_components/duftraum/application_credentials.py", 1)},
    "helper_function": {("custom_components/wetterhof/auth.py", 20)},
    "with_tests": {("custom_components/brotkorb/__init__.py", 30)},
    "yaml_list": {("custom_components/ladepark/__init__.py", 58)},
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory.getbasetemp()) / "custom"


def retrofits(folder: Path) -> dict[str, Retrofit]:
    """Retrofit every tree."""

    def make() -> dict[str, Retrofit]:
        return {name: retrofit(CORPUS / name, folder / "after" / name) for name in TREES}

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
def test_it_works_and_lacks_what_a_retrofit_brings(
    release: str, name: str, lab: Lab, folder: Path
) -> None:
    outcomes = before(folder, lab.environment(release))
    assert {"works", "old_entries"} <= outcomes.ended[name].keys()
    assert outcomes.before_fails[name] or EXPECTED[name] == NOT_APPLICABLE
    assert not outcomes.wrong(name, before=True), "\n".join(outcomes.wrong(name, before=True))


@pytest.mark.parametrize("name", TREES)
def test_retrofit_does_what_is_expected(name: str, folder: Path) -> None:
    done = retrofits(folder)[name]
    said = f"{done.report}\n{done.errors}"
    assert not done.again, f"a second run changed {done.again}"
    if EXPECTED[name] == MIGRATED:
        assert done.code == 0, said
        assert any(path.endswith("application_credentials.py") for path in done.changed), said
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
