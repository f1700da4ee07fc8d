"""pybench: how fast boards run Python."""

from __future__ import annotations

import json
from collections.abc import Callable

from espsh_plugins.pybench import BENCHMARKS, Rate

from tests.conftest import Shell

QUICK = "--time 1ms --runs 1"


def test_each_benchmark_runs(board: Shell) -> None:
    found = json.loads(board(f"pybench {QUICK} --json").out)
    (rates,) = found.values()
    assert list(rates["iterations_per_second"]) == [one.name for one in BENCHMARKS]
    assert min(rates["iterations_per_second"].values()) > 1000
    assert rates["clock_hz"] == 160_000_000


def test_the_unit_is_iterations_in_a_second() -> None:
    assert Rate(1000, 500).per_second == 2e6


def test_a_table_for_a_set(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32s3')}"]
    lines = sh(f"@all pybench {QUICK} --only loop --only call").lines
    assert [line.split()[0] for line in lines] == ["iterations/s", "clock", "loop", "call"]
    assert lines[0].split()[1:] == ["attic", "kitchen"]
    assert lines[1].split()[1:] == ["160", "MHz", "240", "MHz"]


def test_it_leaves_no_names_on_the_board(board: Shell) -> None:
    before = board("eval sorted(globals())").out
    board(f"pybench {QUICK} --only float")
    assert board("eval sorted(globals())").out == before


def test_one_that_fails_leaves_the_others_their_numbers(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports += [f"attic={port()}", f"kitchen={port(without='time.ticks_us')}"]
    found = sh(f"@all pybench {QUICK} --only loop")
    assert found.code == 1
    assert found.lines[0].split() == ["iterations/s", "attic"]
    assert "kitchen" in found.err
    assert "ticks_us" in found.err


def test_a_board_without_a_clock_rate(sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(without="machine.freq"))
    assert sh(f"pybench {QUICK} --only loop").lines[1].split() == ["clock", "?"]


def test_a_benchmark_that_is_not_there(board: Shell) -> None:
    found = board("pybench --only nothing")
    assert (found.code, found.out) == (2, "")
    assert "'nothing' is none of: loop, " in found.err
