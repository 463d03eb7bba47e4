"""A pairwise cover: few rows in which every two values that may meet do meet."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Value = tuple[str, object]  # a factor's name and one of its values


def pairwise(
    factors: Mapping[str, Sequence[object]],
    allowed: Callable[[Mapping[str, object]], bool],
) -> list[dict[str, object]]:
    """Return rows, one value of each factor, that together hold every allowed pair.

    Always the same rows for the same factors. `allowed` is asked about partial rows and must not
    refuse one for what is still missing from it; a pair that no whole row can hold is left out.
    """
    waiting = dict.fromkeys(_pairs(factors))
    rows: list[dict[str, object]] = []
    while waiting:
        pair = next(iter(waiting))
        row = _filled(dict(pair), factors, allowed, waiting)
        if row is None:
            del waiting[pair]
            continue
        rows.append(row)
        for met in combinations(((name, row[name]) for name in factors), 2):
            waiting.pop(met, None)
    return rows


def _pairs(factors: Mapping[str, Sequence[object]]) -> Iterator[tuple[Value, Value]]:
    for first, second in combinations(factors, 2):
        for one in factors[first]:
            for other in factors[second]:
                yield (first, one), (second, other)


def _filled(
    row: dict[str, object],
    factors: Mapping[str, Sequence[object]],
    allowed: Callable[[Mapping[str, object]], bool],
    waiting: Mapping[tuple[Value, Value], None],
) -> dict[str, object] | None:
    """Complete a row with the values that still wait to meet most of it; None if none fits."""
    if not allowed(row):
        return None
    left = [name for name in factors if name not in row]
    if not left:
        return row
    gains: Counter[Value] = Counter()
    for one, other in waiting:
        for value, partner in ((one, other), (other, one)):
            if value[0] not in row and row.get(partner[0], gains) == partner[1]:
                gains[value] += 1
    # The factor that has most to gain goes first; its values, the most wanted first.
    name = max(left, key=lambda each: max(gains[each, value] for value in factors[each]))
    for value in sorted(factors[name], key=lambda each: -gains[name, each]):
        found = _filled({**row, name: value}, factors, allowed, waiting)
        if found is not None:
            return found
    return None
