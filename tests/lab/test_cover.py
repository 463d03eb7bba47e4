"""The pairwise cover: nothing that may meet is left out, nothing that may not is in it."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from lab.cover import pairwise

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTORS = {"a": (1, 2, 3), "b": (1, 2, 3), "c": (True, False), "d": ("x", "y")}


def met(rows: list[dict[str, object]]) -> set[object]:
    return {pair for row in rows for pair in combinations(row.items(), 2)}


def in_order(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: row[name] for name in FACTORS} for row in rows]


def test_every_pair_meets_in_few_rows() -> None:
    rows = in_order(pairwise(FACTORS, lambda _: True))
    every = [dict(zip(FACTORS, values, strict=True)) for values in product(*FACTORS.values())]
    assert met(rows) == met(every)
    assert len(rows) <= 11  # 9 is the least that three values twice can do.


def test_excluded_pairs_are_not_covered() -> None:
    def allowed(row: Mapping[str, object]) -> bool:
        # Two values that may never meet, of other factors each.
        return not (row.get("a") == 1 and row.get("b") == 1) and not (
            row.get("a") == 2 and row.get("c") is True
        )

    rows = in_order(pairwise(FACTORS, allowed))
    every = [dict(zip(FACTORS, values, strict=True)) for values in product(*FACTORS.values())]
    assert all(allowed(row) for row in rows)
    assert met(rows) == met([row for row in every if allowed(row)])


def test_the_rows_are_always_the_same() -> None:
    assert pairwise(FACTORS, lambda _: True) == pairwise(FACTORS, lambda _: True)
