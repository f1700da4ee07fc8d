from __future__ import annotations

import threading
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from espsh.errors import UsageError
from espsh.ports.listing import PortInfo
from espsh.ports.watch import Change, PortWatch, compare

LISTINGS = st.lists(st.sampled_from([PortInfo(f"COM{n}", serial=s) for n in range(3) for s in ("1", "2")]), unique=True)


@given(LISTINGS, LISTINGS)
def test_changes_make_the_new_listing_of_the_old_one(before: list[PortInfo], now: list[PortInfo]) -> None:
    change = compare(before, now)
    assert (set(before) - set(change.gone)) | set(change.come) == set(now)
    assert not set(change.gone) & set(now)
    assert not set(change.come) & set(before)


class Computer:
    """A computer whose ports a test changes; each look is counted."""

    def __init__(self) -> None:
        self.ports: list[PortInfo] = []
        self.stamp = 0
        self.looks = threading.Semaphore(0)
        self.told: list[Change] = []
        self.changed = threading.Semaphore(0)

    def find(self) -> list[PortInfo]:
        self.looks.release()
        return self.ports

    def tell(self, change: Change) -> None:
        self.told.append(change)
        self.changed.release()

    def await_looks(self, count: int) -> None:
        for _ in range(count):
            assert self.looks.acquire(timeout=30)

    def watch(self, stamp: Callable[[], object] | None) -> PortWatch:
        return PortWatch(self.find, self.tell, stamp)


def test_each_change_is_told_and_what_was_there_is_none() -> None:
    computer = Computer()
    computer.ports = [PortInfo("COM1")]
    watch = computer.watch(lambda: computer.stamp)
    watch.start()
    try:
        computer.await_looks(2)
        computer.ports, computer.stamp = [PortInfo("COM1"), PortInfo("COM2")], 1
        assert computer.changed.acquire(timeout=30)
        computer.ports, computer.stamp = [PortInfo("COM2")], 2
        assert computer.changed.acquire(timeout=30)
    finally:
        watch.stop()
    assert computer.told == [Change([], [PortInfo("COM2")]), Change([PortInfo("COM1")], [])]


def test_what_changes_within_one_tick_of_the_stamp_is_seen() -> None:
    computer = Computer()
    watch = computer.watch(lambda: computer.stamp)
    watch.start()
    try:
        computer.await_looks(2)
        computer.stamp = 1
        computer.await_looks(1)
        computer.ports = [PortInfo("COM1")]  # the stamp is the same still
        assert computer.changed.acquire(timeout=30)
    finally:
        watch.stop()


def test_a_listing_that_fails_is_no_change() -> None:
    computer = Computer()
    computer.ports = [PortInfo("COM1")]
    failing = threading.Event()

    def find() -> list[PortInfo]:
        found = computer.find()
        if failing.is_set():
            raise UsageError("half written")
        return found

    watch = PortWatch(find, computer.tell)
    watch.start()
    computer.await_looks(1)
    failing.set()
    computer.await_looks(2)
    watch.stop()
    assert computer.told == []
