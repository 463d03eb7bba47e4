"""How a test asks for a Home Assistant release, and what is said of those it could not have.

A release whose Python is not on the machine skips the tests that need it, with the reason; with
`APPCRED_LAB=require`, which `.ci/run` sets, it fails them instead.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from lab.environments import environment, missing_python

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

    from lab.environments import Environment

EXERCISED = "home_assistant_exercised"
MISSING = "home_assistant_missing"


class Lab:
    """The lab, as one test sees it: what the test asks for is reported at the end of the run."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def environment(self, release: str) -> Environment:
        """Return the environment of a release, or skip (or fail) the test with the reason."""
        reason = missing_python(release)
        if reason is not None:
            self.missing(release, reason)
        found = environment(release)
        self.exercised(release)
        return found

    def exercised(self, release: str) -> None:
        """Note that the test runs on a release."""
        self._item.user_properties.append((EXERCISED, release))

    def missing(self, release: str, reason: str) -> NoReturn:
        """End the test, because a release cannot be had on this machine."""
        self._item.user_properties.append((MISSING, f"{release}: {reason}"))
        if os.environ.get("APPCRED_LAB") == "require":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def summary(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Return the lines that say which releases were exercised, by how many tests, and which not."""
    exercised: dict[str, set[str]] = {}
    missing: dict[str, str] = {}
    for report in reports:
        for name, value in report.user_properties:
            if name == EXERCISED and report.when == "call":
                exercised.setdefault(str(value), set()).add(report.nodeid)
            elif name == MISSING:
                release, _, reason = str(value).partition(": ")
                missing[release] = reason
    lines = [
        f"exercised      {release}  ({len(tests)} tests)"
        for release, tests in sorted(exercised.items(), key=_order)
    ]
    lines += [
        f"NOT exercised  {release}: {reason}"
        for release, reason in sorted(missing.items(), key=_order)
        if release not in exercised
    ]
    return lines


def _order(row: tuple[str, object]) -> tuple[int, ...]:
    return tuple(int(part) for part in row[0].split(".") if part.isdecimal())
