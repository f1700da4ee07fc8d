"""The lines of transfers as they are drawn, at the widths that screens have."""

from __future__ import annotations

import os

import pytest

from espsh.base.events import Progress
from espsh.shell.gauges import Gauge, gauge
from espsh.shell.live import LiveLines
from tests.shell.monitor import Monitor

ATTIC = gauge(Progress("attic", "lib/foo.py", 22_800, 40_000, 7, 12, 7355), 16)
KITCHEN = gauge(Progress("kitchen", "lib/deep/down/in/it/module.py", 1000, 8000, 1, 3), 2)
PIPED = gauge(Progress("shed", "log.txt", 1_234_567, None), 10)

ONE = {
    100: "attic  7/12 lib/foo.py  █████░░░░░ 57%  22.8 kB  1.4 kB/s  3.1x  0:12 left",
    80: "attic  7/12 lib/foo.py  █████░░░░░ 57%  22.8 kB  1.4 kB/s  3.1x  0:12 left",
    70: "attic  7/12 lib/foo.py  █████░░░░░ 57%  22.8 kB  1.4 kB/s  0:12 left",
    62: "attic  7/12 lib/foo.py  █████░░░░░ 57%  1.4 kB/s  0:12 left",
    50: "attic  7/12 lib/foo.py  57%  1.4 kB/s  0:12 left",
    40: "attic  7/12 lib/foo.py  57%  0:12 left",
    30: "attic  7/12  57%  0:12 left",
    20: "attic  7/12  57%",
}

TWO = {
    80: [
        "attic    7/12 lib/foo.py    █████░░░░░ 57%  22.8 kB  1.4 kB/s  3.1x  0:12 left",
        "kitchen   1/3 …t/module.py  █░░░░░░░░░ 12%   1.0 kB   500 B/s        0:14 left",
    ],
    40: [
        "attic    7/12 …/foo.py  57%  0:12 left",
        "kitchen   1/3 …dule.py  12%  0:14 left",
    ],
}


def drawn(columns: int, *gauges: Gauge) -> list[str]:
    monitor = Monitor(columns)
    lines = LiveLines(monitor, {"TERM": "xterm"}, colour=False)
    lines.draw(gauges, os.terminal_size((columns, 24)))
    shown = monitor.lines
    lines.erase()
    assert (monitor.lines, monitor.row, monitor.column) == ([], 0, 0)
    return shown


@pytest.mark.parametrize("columns", ONE)
def test_a_transfer_on_screens_of_all_widths(columns: int) -> None:
    assert drawn(columns, ATTIC) == [ONE[columns]]


@pytest.mark.parametrize("columns", TWO)
def test_two_boards(columns: int) -> None:
    assert drawn(columns, ATTIC, KITCHEN) == TWO[columns]


def test_what_is_not_known_is_left_out() -> None:
    assert drawn(80, PIPED) == ["shed  log.txt  1.2 MB  123.5 kB/s"]
    assert drawn(20, PIPED) == ["shed  1.2 MB"]
    assert drawn(80, gauge(Progress("attic", "a", 0, 9), 1)) == ["attic  a  ░░░░░░░░░░ 0%  0 B"]
