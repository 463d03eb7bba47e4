"""One function over many items in several processes: the order, and what a child raises."""

from __future__ import annotations

import os

import pytest

from appcred.parallel import spread


@pytest.mark.parametrize("processes", [1, 2, 3, 7])
def test_results_stand_in_the_order_of_the_items(processes: int) -> None:
    assert spread(lambda number: number * 2, range(5), processes) == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("count", [0, 1, 2, 4096, 10_000])
def test_each_item_is_done_once(count: int) -> None:
    assert spread(str, range(count), 2) == [str(number) for number in range(count)]


def test_an_idle_worker_takes_the_remaining_items() -> None:
    """One process is held up by its first item; the other does all the rest."""
    here = os.getpid()
    reading, writing = os.pipe()

    def work(number: int) -> int:
        if number == 0:
            os.read(reading, 1)  # until the other has met the last item
        elif number == 9:
            os.write(writing, b"x")
        return os.getpid()

    first, *others = spread(work, range(10), 2)
    assert first == here
    assert here not in others


def test_children_do_their_share() -> None:
    assert len(set(spread(lambda _: os.getpid(), range(6), 3))) == 3


@pytest.mark.parametrize("at", [0, 1])
def test_an_exception_of_any_process_is_raised(at: int) -> None:
    def fail(number: int) -> int:
        if number == at:
            raise LookupError(f"no {number}")
        return number

    with pytest.raises(LookupError, match=f"no {at}"):
        spread(fail, [0, 1, 2, 3], 2)


def test_a_child_that_ends_is_reported() -> None:
    here = os.getpid()

    def end(number: int) -> int:
        if os.getpid() != here:
            os._exit(3)
        return number

    with pytest.raises(RuntimeError, match="ended without a result"):
        spread(end, [0, 1], 2)
