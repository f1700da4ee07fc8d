"""A seeded sample of the soak (tests/soak), and single blows at chosen places; all through the front door."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.sim.faults import DOWN, UP, FaultSpec
from espsh.sim.machine import machine_at
from tests.conftest import Shell
from tests.soak.cases import CUTS, RATES, SURE, Bench, cut, loss
from tests.soak.clean import put_files, read_files
from tests.soak.lines import CutLine

Port = Callable[..., str]
NOISE = random.Random(7).randbytes(20_000)
TEXT = b"".join(b"line %d of a text that shrinks\n" % n for n in range(700))


@pytest.fixture
def bench(tmp_path: Path, sh: Shell, port: Port) -> Iterator[Bench]:
    made = Bench(sh.folder, sh.env, port())
    assert made.shell.run("ls", ":").code == 0
    yield made
    made.close()


@pytest.fixture
def slow_bench(sh: Shell, port: Port) -> Iterator[Bench]:
    made = Bench(sh.folder, sh.env, port(latency="16ms", stall="40ms/500ms"))
    assert made.shell.run("ls", ":").code == 0
    yield made
    made.close()


@pytest.mark.parametrize("tens", range(9))
@pytest.mark.parametrize("rate", [rate for rate in RATES if rate <= SURE])
def test_bad_lines(bench: Bench, tens: int, rate: float) -> None:
    for seed in range(tens * 5, tens * 5 + 5):
        outcome = loss(bench, seed, rate)
        assert not outcome.wrong, outcome


@pytest.mark.parametrize("seed", range(10))
def test_bad_lines_of_a_slow_board_that_stalls(slow_bench: Bench, seed: int) -> None:
    outcome = loss(slow_bench, seed, SURE)
    assert not outcome.wrong, outcome


@pytest.mark.parametrize("fives", range(8))
def test_cuts(bench: Bench, fives: int) -> None:
    for seed in range(fives * 5, fives * 5 + 5):
        outcome = cut(bench, seed, how=CUTS[seed % len(CUTS)])
        assert not outcome.wrong, outcome


@pytest.mark.parametrize("data", [NOISE, TEXT], ids=["noise", "text"])
def test_a_board_that_restarts_in_the_middle_of_a_copy_gets_it_all_the_same(board: Shell, data: bytes) -> None:
    board.write("new", data)
    assert board.run("ls", ":").code == 0
    machine = machine_at(board.ports[0])
    machine.faults = CutLine(3900, lambda: FaultSpec("kill", UP, at=0))
    start = time.monotonic()
    result = board.run("cp", "new", ":")
    assert (result.code, read_files(board.ports[0])["/new"]) == (0, data), result.err
    assert machine.boots == 2
    assert time.monotonic() - start < 5


def test_an_upload_that_a_byte_interrupts_goes_on_where_it_was(board: Shell) -> None:
    data = random.Random(3).randbytes(100_000)
    board.write("new", data)
    assert board.run("ls", ":").code == 0
    machine = machine_at(board.ports[0])
    before = machine.bytes_up
    machine.faults = CutLine(80_000, lambda: b"\x03")
    result = board.run("cp", "new", ":")
    assert (result.code, read_files(board.ports[0])["/new"]) == (0, data), result.err
    assert machine.bytes_up - before < 115_000


@pytest.mark.parametrize("baud", ["0", "115200"])
def test_a_copy_goes_on_when_a_pulled_cable_is_put_back(sh: Shell, port: Port, baud: str) -> None:
    sh.ports.append(port(baud=baud))
    data = random.Random(3).randbytes(60_000)
    sh.write("new", data)
    assert sh.run("ls", ":").code == 0
    machine = machine_at(sh.ports[0])
    pulled = FaultSpec("unplug", UP, at=0, replug=0.3)
    before = machine.bytes_up
    machine.faults = CutLine(40_000, lambda: pulled)
    result = sh.run("cp", "new", ":")
    assert (result.code, read_files(sh.ports[0])) == (0, {"/new": data}), result.err
    assert "; waiting 5 s for it to come back\nesp32: connected again\n" in result.err
    assert machine.bytes_up - before < 80_000
    put_files(sh.ports[0], "/many", {f"f{number}": data[number : number + 7000] for number in range(4)})
    machine.faults = CutLine(12_000, lambda: pulled, DOWN)
    result = sh.run("cp", "-r", ":many", "back")
    assert result.code == 0, result.err
    assert "waiting" in result.err
    assert [sh.read(f"back/f{number}") for number in range(4)] == [data[n : n + 7000] for n in range(4)]


def test_a_cable_that_stays_out_ends_the_copy(board: Shell) -> None:
    board.write("new", NOISE)
    assert board.run("ls", ":").code == 0
    machine_at(board.ports[0]).faults = CutLine(9000, lambda: FaultSpec("unplug", UP, at=0))
    result = board.run("--wait", "0.2", "cp", "new", ":")
    assert (result.code, result.lines) == (4, [])
    assert "waiting 0.2 s for it to come back\ncp: the board is gone: " in result.err


@pytest.mark.parametrize("line", [b"machine.reset()\r", b"machine.reset()\n"])
def test_a_line_of_a_file_is_never_run_at_the_prompt_of_a_board_that_restarted(
    sh: Shell, port: Port, line: bytes
) -> None:
    sh.ports.append(port(without="deflate"))
    sh.write("new", (b"import os;os.mkdir('/run')" + line[-1:] + b"import machine;" + line) * 200)
    assert sh.run("ls", ":").code == 0
    machine = machine_at(sh.ports[0])
    machine.faults = CutLine(3900, lambda: FaultSpec("kill", UP, at=0))
    assert sh.run("cp", "new", ":").code == 0
    assert machine.boots == 2
    assert sh.run("ls", ":").lines == ["new"]


def test_a_full_disk_in_the_middle_of_a_sync(sh: Shell, port: Port) -> None:
    sh.ports.append(port(size="256k"))
    assert sh.run("ls", ":").code == 0
    rng = random.Random(1)
    old = {"c.bin": b"the old one"}
    put_files(sh.ports[0], "/back", old)
    new = {name: rng.randbytes(60_000) for name in ("a.bin", "b.bin", "c.bin", "d.bin", "e.bin")}
    for name, data in new.items():
        sh.write(f"new/{name}", data)
    result = sh.run("rsync", "new/", ":/back")
    found = read_files(sh.ports[0])
    finished = [name for name, data in new.items() if found.get(f"/back/{name}") == data]
    first = next(name for name in new if name not in finished)
    assert result.code == 1
    assert f"/back/{first}: no room left on the board: " in result.err
    assert "bytes missing" in result.err
    assert finished == list(new)[: len(finished)]
    assert {path.removeprefix("/back/") for path in found} == {*finished, *old}
    assert "c.bin" in finished or found["/back/c.bin"] == old["c.bin"]


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 4096, 1 << 20])
def test_sizes_and_all_byte_values(board: Shell, size: int) -> None:
    data = (bytes(range(256)) + random.Random(size).randbytes(256)) * (size // 512 + 1)
    board.write("new", data[:size])
    assert board.run("cp", "new", ":").code == 0
    assert board.run("cp", ":new", "back").code == 0
    assert board.read("back") == data[:size]


def test_a_board_that_falls_silent_in_a_copy_breaks_it_off(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault="mute@9000"))
    sh.write("noise", NOISE)
    done = sh("cp noise :x")
    assert done.code == 4, done.err
    assert "the copy broke off" in done.err


def test_a_bad_line_is_said_and_its_echoes_are_not_shown(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault="lose:up:0.002,lose:down:0.002", seed="5"))
    sh.write("noise", NOISE)
    done = sh("cp noise :x")
    assert (done.code, done.err.count("the line damages what is sent")) == (0, 1)
    assert all(line.isprintable() for line in done.err.splitlines())


def test_a_restart_in_a_copy_is_said_once(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault="kill@9000"))
    sh.write("noise", NOISE)
    done = sh("cp noise :x; sha256sum :x")
    assert (done.code, done.err.count("the board restarted in the middle")) == (0, 1)
