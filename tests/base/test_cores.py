"""Work for all cores: in order, and over at the first failure."""

from __future__ import annotations

import threading

import pytest

from espsh.base import cores
from espsh.base.cores import on_all_cores


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "CORES", 2)


def test_answers_are_in_the_order_of_the_items() -> None:
    assert on_all_cores(lambda number: number * 2, range(50)) == [number * 2 for number in range(50)]
    assert on_all_cores(str, []) == []


def test_two_are_worked_on_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    assert sorted(on_all_cores(lambda _: both.wait(), range(2))) == [0, 1]


def test_the_first_failure_ends_it() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        done.append(number)
        if number == 0:
            raise ValueError(number)
        threading.Event().wait(0.001)

    with pytest.raises(ValueError, match="0"):
        on_all_cores(work, range(1000))
    assert len(done) < 1000
