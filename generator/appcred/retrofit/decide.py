"""What a retrofit does at each step, how well, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from appcred.oauth.registration import Source, registrations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from appcred.integration import Integration

_IMPORTED: Final = {
    Source.YAML: "imported from YAML in async_setup",
    Source.LIST: "each client of the list in YAML is imported in async_setup",
    Source.CONSTANT: "imported by one function, in async_setup and in the flow",
    Source.FORM: "imported from each entry by async_migrate_entry",
    Source.ENTRY: "imported from each entry by async_migrate_entry",
}
"""How a client arrives as a credential, by where it comes from."""


class Rung(StrEnum):
    """How well a step could be done."""

    BEST = "best"
    """As one would write it today."""
    KEEP = "keep"
    """The integration's own code stays as it is where it can, and works."""
    TODO = "todo"
    """A person has to decide; a comment says what."""


@dataclass(frozen=True, order=True, slots=True)
class Decision:
    """What was decided for one step."""

    step: str
    rung: Rung
    reason: str
    path: PurePosixPath | None = None
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data."""
        data: dict[str, Any] = {
            "step": self.step,
            "rung": str(self.rung),
            "reason": self.reason,
        }
        if self.path is not None:
            data |= {"path": str(self.path), "line": self.line}
        return data

    def __str__(self) -> str:
        where = f" ({self.path}:{self.line})" if self.path is not None else ""
        return f"{self.step}: {self.rung}, {self.reason}{where}"


def best_decisions(before: Integration, after: Integration) -> Iterator[Decision]:
    """Yield what the best rung did with each registration; nothing if some are left."""
    if registrations(after).found:
        return
    for each in registrations(before).understood:
        own = each.own_class
        if own is None:
            yield Decision("platform", Rung.BEST, "Home Assistant's own implementation")
        else:
            line = own.module.document.position(own.node.node).line
            reason = f"the hook creates {own.name} from the credential"
            yield Decision("platform", Rung.BEST, reason, own.module.path, line)
        yield Decision("client", Rung.BEST, _IMPORTED[each.source])
        line = each.module.document.position(each.used.call.node).line
        yield Decision("registration", Rung.BEST, "removed", each.module.path, line)
