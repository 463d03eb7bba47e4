"""One function over many items in forked processes, so that nothing is imported or sent twice."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    function: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> list[Result]:
    """Return the function's results in the order of the items.

    Each child takes every n-th item, so that what is expensive is shared out evenly. What a child
    raises is raised here. Needs `os.fork`.
    """
    children = []
    for number in range(1, processes):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            code = 1
            try:
                with os.fdopen(writing, "wb") as pipe:
                    pickle.dump(_mine(function, items, number, processes), pipe)
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        children.append((child, reading))
    parts = [_mine(function, items, 0, processes)]
    for child, reading in children:
        with os.fdopen(reading, "rb") as pipe:
            content = pipe.read()
        os.waitpid(child, 0)
        if not content:
            raise RuntimeError("a process of the check ended without a result")
        parts.append(pickle.loads(content))  # noqa: S301 - written by our own child
    for part in parts:
        if isinstance(part, BaseException):
            raise part
    results: list[Result | None] = [None] * len(items)
    for number, part in enumerate(parts):
        results[number::processes] = part  # type: ignore[assignment]
    return results  # type: ignore[return-value]


def _mine(
    function: Callable[[Item], Result], items: Sequence[Item], number: int, processes: int
) -> list[Result] | Exception:
    try:
        return [function(item) for item in items[number::processes]]
    except Exception as error:
        return error
