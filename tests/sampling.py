"""What each run of the tests takes of those that do one thing with many trees.

`APPCRED_SWEEP=all` takes all of them, as the nightly workflow does (CONTRIBUTING.md).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

Case = TypeVar("Case")

ALL: Final = os.environ.get("APPCRED_SWEEP") == "all"
"""Whether everything is taken."""


def sample(cases: Iterable[Case], share: int) -> list[Case]:
    """Return one in so many of the cases, beginning with the first, so that each is spread."""
    found = list(cases)
    return found if ALL else found[::share]
