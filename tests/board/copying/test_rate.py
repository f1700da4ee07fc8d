"""A faster line for copies: used where it works, given up where not, and never left behind."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.board.copying import rate
from espsh.ports.bridges import why_no_uart
from espsh.ports.listing import PortInfo
from espsh.sim.faults import UP, FaultSpec
from espsh.sim.machine import machine_at
from tests.conftest import Shell
from tests.soak.cases import CUTS, Bench, cut, loss
from tests.soak.clean import read_files
from tests.soak.lines import CutLine

Port = Callable[..., str]
NOISE = random.Random(11).randbytes(25_000)
UART = {"baud": "115200", "latency": "1ms"}


class Rates(CutLine):
    """Notes the rates at which the board heard something."""

    def __init__(self, url: str) -> None:
        super().__init__(0, lambda: None)
        self._url = url
        self.seen: set[int] = set()

    def apply(self, direction: str, data: bytes) -> tuple[bytes, FaultSpec | None]:
        self.seen.add(machine_at(self._url).board_baud)
        return super().apply(direction, data)


def watched(sh: Shell) -> Rates:
    """Connect once, and note the rates from then on."""
    assert sh.run("ls", ":").code == 0
    rates = Rates(sh.ports[0])
    machine_at(sh.ports[0]).faults = rates
    return rates


def is_usual(sh: Shell) -> bool:
    machine = machine_at(sh.ports[0])
    return (machine.board_baud, machine.host_baud) == (115_200, 115_200)


@pytest.mark.parametrize(
    ("options", "fast"),
    [
        ({}, True),
        ({"uart": "raises"}, True),
        ({"uart": "refuses"}, False),
        ({"uart": "stuck"}, False),
        ({"uart": "deaf"}, False),
        ({"uart": "mute"}, False),
        ({"maxbaud": "200000"}, False),
        ({"without": "UART"}, False),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_copies_are_right_whatever_the_uart_does(sh: Shell, port: Port, options: dict[str, str], fast: bool) -> None:
    sh.ports.append(port(**UART, **options))
    rates = watched(sh)
    sh.write("new", NOISE)
    result = sh("cp new :\ncp :new back\nls :")
    assert (result.code, result.err, result.lines) == (0, "", ["new"])
    assert sh.read("back") == NOISE
    assert read_files(sh.ports[0])["/new"] == NOISE
    assert is_usual(sh)
    changes = options.get("uart") in (None, "raises", "deaf") and "without" not in options
    assert (460_800 in rates.seen) == changes
    assert (Path(sh.env["ESPSH_STATE_DIR"]) / "no-faster-line").exists() != fast


def test_one_that_refused_is_not_asked_again(sh: Shell, port: Port) -> None:
    sh.ports.append(port(**UART, uart="deaf"))
    sh.write("new", NOISE)
    assert sh.run("cp", "new", ":").code == 0
    rates = watched(sh)
    assert sh.run("cp", "-f", "new", ":").code == 0
    assert rates.seen == {115_200}


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("--no-fast", "cp", "new", ":"), UART),
        (("cp", "short", ":"), UART),
        (("cp", "new", ":"), {"baud": "0"}),
    ],
    ids=["not wanted", "does not pay", "native USB"],
)
def test_what_stays_as_it_is(sh: Shell, port: Port, words: tuple[str, ...], options: dict[str, str]) -> None:
    sh.ports.append(port(**options))
    rates = watched(sh)
    sh.write("new", NOISE)
    sh.write("short", NOISE[:1000])
    assert sh.run(*words).code == 0
    assert rates.seen == {machine_at(sh.ports[0]).board_baud}


def test_a_tree_goes_both_ways(sh: Shell, port: Port) -> None:
    sh.ports.append(port(**UART))
    rates = watched(sh)
    for number in range(6):
        sh.write(f"tree/f{number}", NOISE[number:][:5000])
    assert sh.run("rsync", "-q", "tree/", ":/").code == 0
    assert 460_800 in rates.seen
    rates.seen.clear()
    assert sh.run("rsync", "-q", ":/", "back").code == 0
    assert 460_800 in rates.seen
    assert [sh.read(f"back/f{number}") for number in range(6)] == [NOISE[n:][:5000] for n in range(6)]
    assert is_usual(sh)


@pytest.fixture
def bench(sh: Shell, port: Port, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A board on a UART, of which every copy is worth a faster line."""
    monkeypatch.setattr(rate, "WORTH", 1)
    made = Bench(sh.folder, sh.env, port(**UART))
    assert made.shell.run("ls", ":").code == 0
    yield made
    made.close()


@pytest.mark.parametrize("seed", range(9))
def test_cuts(bench: Bench, seed: int) -> None:
    outcome = cut(bench, seed, how=CUTS[seed % len(CUTS)])
    assert not outcome.wrong, outcome


@pytest.mark.parametrize("seed", range(6))
def test_bad_lines(bench: Bench, seed: int) -> None:
    outcome = loss(bench, seed, 1e-3)
    assert not outcome.wrong, outcome


@pytest.mark.parametrize("at", [2700, 2800, 2900, 3100, 4600, 12_000, 25_000])
def test_a_host_that_is_gone_leaves_a_board_for_others(sh: Shell, port: Port, at: int) -> None:
    sh.ports.append(port(**UART))
    sh.write("new", NOISE)
    assert sh.run("ls", ":").code == 0
    machine = machine_at(sh.ports[0])
    machine.faults = CutLine(at, lambda: FaultSpec("unplug", UP, at=0))
    assert sh.run("--wait", "0", "cp", "new", ":").code == 4
    machine.faults = CutLine(0, lambda: None)
    machine.replug()
    assert read_files(sh.ports[0]).keys() <= {"/new", "/.espsh~"}
    assert machine.board_baud == 115_200
    assert sh.run("ls", "-a", ":").lines in ([], ["new"])


@pytest.mark.parametrize(
    ("port", "reason"),
    [
        (PortInfo("/dev/ttyUSB0", vid=0x10C4, pid=0xEA60), ""),
        (PortInfo("/dev/ttyUSB0", vid=0x1A86, pid=0x7523), ""),
        (PortInfo("COM7", vid=0x0403, pid=0x6001), ""),
        (PortInfo("/dev/ttyAMA0"), ""),
        (PortInfo("/dev/ttyACM0", vid=0x303A, pid=0x1001), "the board's USB is its own"),
        (PortInfo("/dev/ttyACM0", vid=0x2E8A, pid=0x0005), "the board's USB is its own"),
        (PortInfo("/dev/ttyUSB0", vid=0x1234, pid=0x0001), "the board's USB is its own"),
        (PortInfo("/dev/rfcomm0"), "the port is not known to be a UART's"),
        (PortInfo("rfc2217://host:4000"), "the port is on a network"),
    ],
)
def test_where_a_uart_is(port: PortInfo, reason: str) -> None:
    assert why_no_uart(port.device, [port]) == reason
