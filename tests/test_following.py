"""A board that comes back at another port, as USB lets it, is found again; another one is never taken for it."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from espsh.sim.machine import machine_at
from tests.conftest import Shell
from tests.following import FIRST, LOST, Run, cut, replugging
from tests.soak.clean import read_files
from tests.usb import Usb, usb_in

Port = Callable[..., str]
NOISE = random.Random(5).randbytes(30_000)


@pytest.fixture
def usb(tmp_path: Path, sh: Shell) -> Iterator[Usb]:
    with usb_in(tmp_path / "dev") as usb:
        sh.env["ESPSH_PORTS"] = str(usb.file)
        yield usb


@pytest.fixture
def run(sh: Shell) -> Run:
    return Run(sh)


def test_a_port_that_gets_another_name_in_the_middle_of_rsync(sh: Shell, run: Run, usb: Usb, port: Port) -> None:
    url = port()
    sh.ports.append(f"attic={usb.plug(url, 'ttyUSB0', **FIRST)}")
    sh.write("src/big.bin", NOISE)
    back = threading.Event()
    cut(url, replugging(usb, url, "ttyUSB0", "ttyUSB1", back, **FIRST))
    result = sh.run("--wait", "20", "rsync", "src/", ":/lib")
    assert result.code == 0, result.err
    assert f"attic: connected again, on {usb.path('ttyUSB1')} now" in result.err
    usb.close()
    assert read_files(url)["/lib/big.bin"] == NOISE


def test_without_patience_rsync_fails_and_the_next_command_finds_the_board(
    sh: Shell, run: Run, usb: Usb, port: Port
) -> None:
    url = port()
    sh.write("src/big.bin", NOISE)
    sh.write("small", b"small")
    place = usb.plug(url, "ttyUSB0", **FIRST)
    back = threading.Event()
    cut(url, replugging(usb, url, "ttyUSB0", "ttyUSB1", back, **FIRST))
    result = run(
        [f"attic={place}"],
        "rsync src/ :/lib",
        back.wait,
        "cp small :; boards",
        options=("--wait", "0"),
    )
    assert result.code == 4
    (error,) = (line for line in result.err.splitlines() if line.startswith("stdin"))
    assert error.startswith("stdin:1: rsync: the board is gone: unplugged")
    assert result.err.endswith(f"attic: connected again, on {usb.path('ttyUSB1')} now\n")
    assert usb.path("ttyUSB1") in result.lines[-1].split()


def test_cables_of_two_boards_are_swapped(sh: Shell, run: Run, usb: Usb, port: Port) -> None:
    attic, kitchen = port(), port("esp32c3")
    ports = [
        f"attic={usb.plug(attic, 'ttyUSB0', location='1-1')}",
        f"kitchen={usb.plug(kitchen, 'ttyUSB1', location='1-2')}",
    ]
    sh.write("for-attic", b"a")
    sh.write("for-kitchen", b"k")

    def swap() -> None:
        usb.unplug("ttyUSB0")
        usb.unplug("ttyUSB1")
        usb.plug(kitchen, "ttyUSB0", location="1-1")
        usb.plug(attic, "ttyUSB1", location="1-2")

    result = run(
        ports,
        swap,
        run.sees("attic: gone"),
        run.sees("kitchen: gone"),
        "cp for-attic attic:",
        "cp for-kitchen kitchen:",
        "boards",
    )
    assert result.code == 0, result.err
    usb.close()
    assert read_files(attic) == {"/for-attic": b"a"}
    assert read_files(kitchen) == {"/for-kitchen": b"k"}
    rows = {tuple(row.split()[-6::3]) for row in result.lines[1:]}
    assert rows == {("attic", usb.path("ttyUSB1")), ("kitchen", usb.path("ttyUSB0"))}


def test_another_board_on_the_old_port_is_named_and_refused(sh: Shell, run: Run, usb: Usb, port: Port) -> None:
    attic, cellar = port(), port("esp32c3")
    assert sh.run("-p", f"cellar={cellar}", "ls", ":").code == 0
    sh.write("for-attic", b"a")

    def change() -> None:
        usb.unplug("ttyUSB0")
        usb.plug(cellar, "ttyUSB0")

    result = run([f"attic={usb.plug(attic, 'ttyUSB0')}"], change, "cp for-attic :", "cp for-attic :")
    assert result.code == 3
    refusals = [line for line in result.err.splitlines() if "another board" in line]
    assert len(refusals) == 2, result.err
    assert refusals[0].startswith(f"stdin:1: cp: another board is on {usb.path('ttyUSB0')} now: ESP32-C3 ")
    assert refusals[0].endswith(" (cellar)")
    usb.close()
    assert read_files(cellar) == {}


def test_another_board_at_the_same_bridge_is_noticed_before_anything_is_written(
    sh: Shell, run: Run, usb: Usb, port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("espsh.board.meeting.reaching._HANDS", 0.0)
    attic, cellar = port(), port("esp32c3")
    sh.write("for-attic", b"a")
    place = usb.plug(attic, "ttyUSB0")
    result = run([f"attic={place}"], "ls :", lambda: usb.rewire("ttyUSB0", cellar), "cp for-attic :", "cp for-attic :")
    assert result.code == 3
    assert result.err.count(f"cp: another board is on {place} now: ESP32-C3 ") == 2, result.err
    usb.close()
    assert (read_files(attic), read_files(cellar)) == ({}, {})


def test_a_lost_board_is_gone_at_once(run: Run, usb: Usb, port: Port) -> None:
    place = usb.plug(port(), "ttyUSB0")
    result = run([f"attic={place}"], lambda: usb.unplug("ttyUSB0"), run.sees(LOST), "eval 1")
    assert (result.code, result.out) == (3, "")
    assert result.err.splitlines()[-2:] == [
        f"stdin:1: eval: the board is gone: it was on {place}",
        "hint: put its cable back; --wait SEC waits for it",
    ]


def test_a_command_waits_for_a_lost_board(run: Run, usb: Usb, port: Port) -> None:
    url = port()
    place = usb.plug(url, "ttyUSB0", serial="7", location="1-1")

    def put_back() -> None:
        threading.Timer(0.3, lambda: usb.plug(url, "ttyACM3", serial="7", location="2-4")).start()

    pull = partial(usb.unplug, "ttyUSB0")
    result = run([f"attic={place}"], pull, run.sees(LOST), put_back, "eval 6*7", options=("--wait", "20"))
    assert (result.code, result.out) == (0, "42\n"), result.err


def test_a_lost_board_is_not_connected_twice(run: Run, usb: Usb, port: Port) -> None:
    url = port()
    place = usb.plug(url, "ttyUSB0", location="1-1")

    def move() -> None:
        usb.plug(url, "ttyUSB5", location="3-1")

    pull = partial(usb.unplug, "ttyUSB0")
    result = run(
        [f"attic={place}"], pull, run.sees(LOST), move, f"connect {usb.path('ttyUSB5')}", "eval 6*7", "boards --json"
    )
    assert (result.code, result.lines[0]) == (2, "42")
    assert "connect: this is attic, which was lost" in result.err
    assert [board["port"] for board in json.loads(result.lines[1])] == [usb.path("ttyUSB5")]


def test_a_board_that_was_reset_is_awaited(run: Run, usb: Usb, port: Port) -> None:
    url = port()
    place = usb.plug(url, "ttyACM0", serial="7", location="1-1")

    def put_back() -> None:
        threading.Timer(0.3, lambda: usb.plug(url, "ttyACM1", serial="7", location="1-1")).start()

    pull = partial(usb.unplug, "ttyACM0")
    result = run([f"attic={place}"], "reset --hard", pull, run.sees(LOST), put_back, "eval 6*7")
    assert (result.code, result.out) == (0, "42\n"), result.err


def test_a_port_that_was_a_strangers_is_left_alone(run: Run, usb: Usb, port: Port) -> None:
    attic, stranger = port(), port()
    place = usb.plug(attic, "ttyUSB0", **FIRST)
    usb.plug(stranger, "ttyUSB1", serial="7", location="1-2")
    before = machine_at(stranger).bytes_up
    result = run([place], lambda: usb.unplug("ttyUSB0"), run.sees(LOST), "eval 1")
    assert result.code == 3
    assert machine_at(stranger).bytes_up == before
