"""One function over many items in forked processes, so that nothing is imported or sent twice."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

_WIDTH: Final = 4
"""Bytes of a number in the queue. Far more numbers than a core has integrations fit into a pipe."""
_MOST: Final = 4096
"""Turns, so that all of their numbers fit into a pipe (64 KiB) before anyone reads."""


def spread(
    function: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> list[Result]:
    """Return the function's results in the order of the items.

    Each process begins with an item of its own; whoever is done takes the next, so that nobody
    waits for the one who met the expensive ones. What a child raises is raised here. Needs
    `os.fork`.
    """
    step = max(1, -(-len(items) // _MOST))
    queue, filling = os.pipe()
    for number in range(processes * step, len(items), step):
        os.write(filling, number.to_bytes(_WIDTH, "big"))
    os.close(filling)

    def taken(process: int) -> Iterator[int]:
        start = process * step
        while True:
            yield from range(start, min(start + step, len(items)))
            number = os.read(queue, _WIDTH)
            if not number:
                return
            start = int.from_bytes(number, "big")

    def mine(process: int) -> dict[int, Result] | Exception:
        try:
            return {number: function(items[number]) for number in taken(process)}
        except Exception as error:
            return error

    children = []
    for process in range(1, processes):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            code = 1
            try:
                with os.fdopen(writing, "wb") as pipe:
                    pickle.dump(mine(process), pipe)
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        children.append((child, reading))
    parts = [mine(0)]
    os.close(queue)
    for child, reading in children:
        with os.fdopen(reading, "rb") as answer:
            content = answer.read()
        os.waitpid(child, 0)
        if not content:
            raise RuntimeError("a worker process ended without a result")
        parts.append(pickle.loads(content))  # noqa: S301 - written by our own child
    results: dict[int, Result] = {}
    for part in parts:
        if isinstance(part, BaseException):
            raise part
        results |= part
    return [results[number] for number in range(len(items))]
