"""Core's integrations from before the platform, retrofitted, in the release of their migration.

Each tree is taken from the wheel of the last release before its own migration, and put in the place
of the one that Home Assistant has. Its vendor is played; all else is Home Assistant.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.environments import arriving, locked, missing_python
from lab.sources import wheel
from retrofit_lab.environments import equipped
from retrofit_lab.runs import (
    core_workspace,
    go,
    lay_tests,
    once_journeys,
    once_own_tests,
    once_retrofits,
    retrofit,
    run_own_tests,
    shared,
)

if TYPE_CHECKING:
    from lab.environments import Environment
    from lab.gate import Lab
    from retrofit_lab.runs import Outcomes, Retrofit

FROM = {
    "google": "2022.5.5",
    "home_connect": "2022.5.5",
    "lyric": "2022.5.5",
    "neato": "2022.5.5",
    "netatmo": "2022.5.5",
    "ondilo_ico": "2025.3.4",
    "senz": "2022.5.5",
    "spotify": "2022.5.5",
    "withings": "2022.5.5",
    "xbox": "2022.5.5",
}
"""The release that a tree is from."""
LIVES_IN = {"2022.5.5": ("2022.6.7", "2022.6"), "2025.3.4": ("2025.4.4", "2025.4")}
"""Where such a tree lives after its retrofit, and the retrofit's target."""

RELEASES = sorted({LIVES_IN[release][0] for release in FROM.values()})
CASES = [(LIVES_IN[release][0], domain) for domain, release in sorted(FROM.items())]

_STORED, _MISSING, _YAML = (
    f"test_{name}" for name in ("stored_credential", "missing_credentials", "import_from_yaml")
)
TESTS = {
    **{domain: {_STORED, _MISSING, _YAML} for domain in FROM},
    # A device flow: nobody is sent anywhere. Its set-up reads a file with another library.
    "google": {_MISSING},
    "ondilo_ico": {"test_own_client"},
    # Its redirect URI is its own, and needs an address that Home Assistant is reached at.
    "withings": {_MISSING, _YAML},
}
"""The tests that come along with each."""

BEFORE = ("works", "old_entries", "offered", "without", "stored", "with_yaml")
AFTER = (
    *("offered", "without", "stored", "entries", "restart", "yaml_gone"),
    *("with_yaml", "without_yaml", "after"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory.getbasetemp()) / "core"


def trees(folder: Path, release: str) -> dict[str, Path]:
    """Lay out a checkout for each integration that lives in a release."""
    found = {}
    for domain, source in FROM.items():
        if LIVES_IN[source][0] == release:
            found[domain] = folder / "trees" / domain
            with locked(found[domain]):
                if not found[domain].is_dir():
                    package = Path("homeassistant", "components", domain)
                    with arriving(found[domain]) as scratch:
                        shutil.copytree(wheel(source) / package, scratch / package)
                        (scratch / "tests" / "components").mkdir(parents=True)  # a checkout
    return found


def retrofits(folder: Path, release: str) -> dict[str, Retrofit]:
    """Retrofit all of them."""

    def make() -> dict[str, Retrofit]:
        (target,) = {target for lives, target in LIVES_IN.values() if lives == release}
        return retrofit(trees(folder, release), folder / "after", "--target", target)

    return once_retrofits(folder / f"{release}-retrofits.json", make)


def before(folder: Path, environment: Environment) -> Outcomes:
    """Send the trees, as they were, on their journeys."""
    home = folder / environment.release

    def make() -> Outcomes:
        found = trees(folder, environment.release)
        core_workspace(environment, found, home / "before")
        return go(environment, home / "before", home / "kept", [*found], BEFORE, "core_scenarios")

    return once_journeys(home / "before.json", make)


def after(folder: Path, environment: Environment) -> Outcomes:
    """Send the retrofitted ones on theirs, with the entries that those made."""
    home = folder / environment.release

    def make() -> Outcomes:
        before(folder, environment)
        retrofits(folder, environment.release)
        found = {domain: folder / "after" / domain for domain in trees(folder, environment.release)}
        core_workspace(environment, found, home / "after")
        return go(environment, home / "after", home / "kept", [*found], AFTER, "core_scenarios")

    return once_journeys(home / "after.json", make)


def came_along(folder: Path, environment: Environment) -> dict[str, dict[str, str]]:
    """Run the tests that came with the retrofit, in a checkout of core."""
    home = folder / environment.release

    def make() -> dict[str, dict[str, str]]:
        retrofits(folder, environment.release)
        found = {domain: folder / "after" / domain for domain in trees(folder, environment.release)}
        core_workspace(environment, found, home / "tests")
        package = home / "tests" / "tests"
        lay_tests(found, "tests/components/{}", package / "components")
        (package / "__init__.py").touch()
        return run_own_tests(environment, home / "tests", "-p", "lab_core")

    return once_own_tests(home / "tests.json", make)


def environment(lab: Lab, release: str) -> Environment:
    """Return the environment with what the integrations require, or end the test."""
    reason = missing_python(release)
    if reason is not None:
        lab.missing(release, reason)
    lab.exercised(release)
    return equipped(release)


@pytest.mark.parametrize(("release", "domain"), CASES)
def test_integrations_work_before_without_application_credentials(
    release: str, domain: str, lab: Lab, folder: Path
) -> None:
    outcomes = before(folder, environment(lab, release))
    assert {"works", "old_entries"} <= outcomes.ended[domain].keys()
    assert outcomes.before_fails[domain] == ["offered", "stored", "without"]
    assert not outcomes.wrong(domain, before=True), "\n".join(outcomes.wrong(domain, before=True))


@pytest.mark.parametrize(("release", "domain"), CASES)
def test_retrofit_is_complete(release: str, domain: str, folder: Path) -> None:
    done = retrofits(folder, release)[domain]
    said = f"{done.report}\n{done.errors}"
    assert done.code == 0, said
    assert not done.manual, said
    assert f"homeassistant/components/{domain}/application_credentials.py" in done.changed
    assert not done.again, f"a second run changed {done.again}"


@pytest.mark.parametrize(("release", "domain"), CASES)
def test_a_user_lives_on_with_application_credentials(
    release: str, domain: str, lab: Lab, folder: Path
) -> None:
    outcomes = after(folder, environment(lab, release))
    assert {"offered", "without", "stored", "entries", "restart"} <= outcomes.ended[domain].keys()
    assert not outcomes.wrong(domain), "\n".join(outcomes.wrong(domain))


@pytest.mark.parametrize(("release", "domain"), CASES)
def test_the_generated_tests_pass(release: str, domain: str, lab: Lab, folder: Path) -> None:
    found = came_along(folder, environment(lab, release))[domain]
    assert found.keys() == TESTS[domain]
    wrong = {test: said for test, said in found.items() if said}
    assert not wrong, wrong
