"""The bench of many boards measures what happened, judges by what is on every flash, and tells what is void."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import fleet
from processes import cpu_below, usage


def test_two_boards_are_measured_in_one_shell() -> None:
    rows = fleet.measure(2, ("connect", "eval", "sync", "again"), {"a/one.py": b"x = 1\n" * 50, "two.py": b"y = 2\n"})
    by_job = {row.job: row for row in rows}
    assert [*by_job] == ["connect", "eval", "sync", "again"]
    assert all(row.right and row.boards == 2 and row.seconds > 0 and row.turns > 0 for row in rows)
    assert by_job["again"].turns < by_job["sync"].turns
    assert by_job["sync"].threads >= 3
    assert by_job["sync"].memory > 10e6


def test_a_line_that_copies_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "SYNC", "@all eval 1")
    (connected, synced) = fleet.measure(1, ("sync",), {"a.py": b"x = 1\n"})
    assert (connected.right, synced.right) == (True, False)


def test_the_tables_show_what_was_measured_and_what_is_void() -> None:
    one = fleet.Row("sync", 1, 5.0, 0.1, 0.5, 1.25, 40_000_000, 6, 500)
    eight = fleet.Row("sync", 8, 6.0, 0.2, 1.5, 9.0, 60_000_000, 13, 510)
    late = one._replace(job="eval", boards=32, seconds=0.9, lost=0.06)
    quiet = one._replace(job="idle", seconds=10.0, ours=0.25)
    idle = [quiet._replace(boards=count, threads=4 + count, memory=10**7 * (3 + count // 4)) for count in (1, 32)]
    assert [*fleet.goals([one, eight, late, *idle])][2:] == [
        "| rsync of 127 kB to 8 boards, x one | 1.25 | 1.20 | yes |",
        "| `@all eval 1+1` on 32 boards, s | 1 | 0.90 | void |",
        "| memory for each of 32 boards, MB | 8 | 2.58 | yes |",
        "| threads for each of 32 boards | 1 | 1.00 | yes |",
        "| processor while 32 boards and the prompt are idle, % | 3 | 2.50 | yes |",
    ]
    assert [*fleet.goals([one, eight._replace(right=False)])][2:] == [
        "| rsync of 127 kB to 8 boards, x one | 1.25 | 1.20 | **no** |"
    ]
    assert [*fleet.table([one, eight, late])][2:] == [
        "| `@all eval 1+1` | 32 | 0.90 | 0.06 |  | 1.39 | 0.56 | 500 | void |",
        "| rsync of 127 kB | 1 | 5.00 | 0.10 | 1.00 | 0.25 | 0.10 | 500 | right |",
        "| rsync of 127 kB | 8 | 6.00 | 0.20 | 1.18 | 1.50 | 0.25 | 510 | right |",
    ]


def test_what_processes_use_is_read() -> None:
    before = usage(os.getpid())
    sum(number * number for number in range(2_000_000))
    after = usage(os.getpid())
    assert after.cpu > before.cpu
    assert after.memory > 5e6
    assert after.threads >= 1
    assert cpu_below(os.getpid()) >= after.cpu
