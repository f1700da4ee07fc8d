"""Two bounds in one."""

from __future__ import annotations

from espsh.base.deadline import Deadline


def test_the_nearer_bound_counts_and_only_the_idle_one_starts_again() -> None:
    now = [100.0]
    deadline = Deadline(10, idle=3, clock=lambda: now[0])
    assert deadline.remaining == 3
    now[0] += 2
    deadline.touch()
    assert deadline.remaining == 3
    for _ in range(4):
        now[0] += 2
        deadline.touch()
    assert deadline.expired
    assert deadline.remaining == 0
