"""flash and its kin where something goes wrong: the cable, the rate, the buttons, the chip, the user's patience."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.base.events import Event, EventBus
from espsh.board.board import Board
from espsh.errors import ConnectError, InterruptedByUserError
from espsh.firmware import flashing
from espsh.firmware.work import Work
from espsh.ports.open import PortSettings
from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from espsh.sim.machine import Machine, machine_at
from tests.commands.test_flash import content
from tests.conftest import Shell

Port = Callable[..., str]
IMAGE = firmware.merged(RECIPES["esp32"], Build(version="1.29.0", app_size=60_000))
LOCAL = {"connecting": 20, "loading the stub": 4000, "changing the rate": 7160, "asking who it is": 8000}
WRITING = {"erasing": 9150, "the first block": 12000, "the middle": 30000, "a late block": 50000, "the digest": 57940}
POINTS = {**LOCAL, **WRITING}  # where, in bytes that go to the board at these settings


@pytest.fixture
def working(sh: Shell, port: Port, tmp_path: Path) -> Shell:
    sh.ports.append(port(image=str(tmp_path / "flash.img")))
    sh.write("new.bin", IMAGE)
    assert sh("ls :").code == 0
    return sh


@contextlib.contextmanager
def when_sent(machine: Machine, count: int, act: Callable[[], object]) -> Iterator[None]:
    """Do ``act`` once, when ``count`` more bytes have gone to the board."""
    start, over = machine.bytes_up, threading.Event()

    def watch() -> None:
        while not over.is_set():
            if machine.bytes_up - start >= count:
                act()
                return
            over.wait(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


@pytest.mark.parametrize("point", [*LOCAL, "the middle", "a late block", "the digest"])
def test_ctrl_c_leaves_a_board_that_the_same_command_mends(point: str, working: Shell) -> None:
    machine = machine_at(working.ports[0])
    with when_sent(machine, POINTS[point], lambda: os.kill(os.getpid(), signal.SIGINT)):
        stopped = working("flash -y new.bin")
    assert stopped.code == 130
    assert ("nothing was written" if point in LOCAL else "half written") in stopped.err
    machine.settle()
    assert machine.state == "running"  # and not in download mode
    assert working("flash -y new.bin").code == 0


def opened(url: str, heard: list[Event] | None = None) -> Board:
    events = EventBus()
    if heard is not None:
        events.subscribe(heard.append)
    return Board.open(url, settings=PortSettings(), events=events, names=None)


def on_notice(board: Board, words: str, act: Callable[[], object]) -> None:
    """Do ``act`` when the board's work tells of ``words``."""
    tell = board.tell

    def hear(event: Event) -> None:
        tell(event)
        if words in str(event):
            act()

    board.tell = hear  # type: ignore[method-assign]


def test_a_cancel_as_in_a_fan_out_ends_an_erase_that_cannot_be_followed(port: Port, tmp_path: Path) -> None:
    board = opened(port(erase="20ms"))
    work = Work(board, tmp_path, changes=True)
    on_notice(board, "is being erased", lambda: threading.Timer(0.1, board.cancel).start())
    with pytest.raises(InterruptedByUserError) as stopped:
        work.run(lambda esp: flashing.erase_all(work, esp))
    assert "partly erased: the board does not boot until it is flashed again" in (stopped.value.hint or "")
    board.close()


def test_the_port_is_as_it_was_after_a_cancel_from_another_thread(port: Port, tmp_path: Path) -> None:
    board = opened(port(baud="115200"))
    board.meet()
    port_before = board.link.port
    line = (port_before.baudrate, port_before.timeout, port_before.write_timeout)
    work = Work(board, tmp_path, changes=True)

    def job(esp: object) -> None:
        threading.Timer(0.05, board.cancel).start()
        flashing.read(work, esp, 0, 1 << 20)  # type: ignore[arg-type]

    with pytest.raises(InterruptedByUserError):
        work.run(job)
    assert board.link.port is port_before
    assert (port_before.baudrate, port_before.timeout, port_before.write_timeout) == line
    assert board.evaluate("1 + 1") == "2"
    board.close()


def test_a_rate_that_the_line_does_not_stand_is_tried_once(sh: Shell, port: Port, tmp_path: Path) -> None:
    sh.ports.append(port(baud="115200", maxbaud="300000"))
    assert sh("read_flash 0x8000 0xc00 table.bin").code == 0
    rates = (tmp_path / "state" / "flash-rates").read_text()
    assert [line.partition("\t")[2] for line in rates.splitlines()] == ["460800", "230400"]
    assert sh("read_flash 0x8000 0xc00 table.bin").code == 0
    assert (tmp_path / "state" / "flash-rates").read_text() == rates
    sh.write("new.bin", IMAGE)
    refused = sh("flash -y --baud 460800 new.bin")
    assert refused.code == 3
    assert "the line to the chip does not stand 460800 baud" in refused.err


def test_a_line_that_damages_too_much_is_told(sh: Shell, port: Port) -> None:
    sh.ports.append(port(fault=",".join(f"damage:up@{at}" for at in range(1000, 60_000, 1500))))
    told = sh("flash_id")
    assert (told.code, told.out) == (4, "")
    assert "flash_id: the line to the chip is disturbed\nhint: take a shorter cable" in told.err


def test_a_chip_that_runs_no_stub_is_flashed_by_its_rom(sh: Shell, port: Port) -> None:
    sh.ports.append(port(stub="0"))
    sh.write("new.bin", IMAGE)
    assert "BOOTED" in sh("flash -y new.bin").out


def test_another_chip_on_the_same_port_is_not_written_to(port: Port, tmp_path: Path) -> None:
    board = opened(port())
    work = Work(board, tmp_path)
    work.run(lambda esp: None)
    work._mac = "00:00:00:00:00:00"
    with pytest.raises(ConnectError, match="another chip is on"):
        work.run(lambda esp: None)
    board.close()


@pytest.mark.parametrize("lock", ["secure", "encrypted"])
@pytest.mark.parametrize("line", ["erase -y", "erase -y --fs", "restore -y all.bin", "flash -y --keep-files new.bin"])
def test_a_locked_chip_is_refused_before_anything_changes(
    lock: str, line: str, sh: Shell, port: Port, tmp_path: Path
) -> None:
    flash = tmp_path / "flash.img"
    sh.ports.append(port("esp32c3", image=str(flash), **{lock: "1"}))
    assert sh("ls :").code == 0
    sh.write("all.bin", bytes(4 << 20))
    sh.write("new.bin", firmware.merged(RECIPES["esp32c3"], Build(version="1.29.0", app_size=60_000)))
    before = content(flash)
    refused = sh(line)
    assert refused.code == 5
    assert "this chip is locked" in refused.err
    assert "half written" not in refused.err
    assert "partly erased" not in refused.err
    assert content(flash) == before


@pytest.mark.parametrize("line", ["flash_id", "read_mac", "backup all.bin", "erase -y", "flash -y --force new.bin"])
def test_a_chip_in_secure_download_mode_is_refused_by_name(line: str, sh: Shell, port: Port, tmp_path: Path) -> None:
    flash = tmp_path / "flash.img"
    sh.ports.append(port("esp32c3", image=str(flash), secure_download="1"))
    sh.write("new.bin", firmware.merged(RECIPES["esp32c3"], Build(version="1.29.0", app_size=60_000)))
    assert sh("ls :").code == 0
    before = content(flash)
    refused = sh(line)
    assert (refused.code, refused.out) == (5, "")
    assert "this chip is locked: it is in secure download mode" in refused.err
    assert content(flash) == before
    assert not (sh.folder / "all.bin").exists()
    assert sh("ls :").code == 0


def test_a_flash_that_holds_something_else_after_the_write_fails(
    working: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from esptool.loader import ESPLoader

    monkeypatch.setattr(ESPLoader, "flash_md5sum", lambda *_: "0" * 32)
    bad = working("flash -y new.bin", "-q")
    assert bad.code == 5
    assert "what is on the flash is not what was written" in bad.err
    assert "half written" in bad.err


def test_two_boards_at_once_have_an_outcome_each(sh: Shell, port: Port) -> None:
    sh.ports += [f"good={port()}", f"wrong={port('esp32c3')}"]
    sh.write("new.bin", IMAGE)
    done = sh("@all flash -y new.bin")
    assert done.code == 5
    assert done.out == "good: FLASHED · VERIFIED · BOOTED (MicroPython 1.29.0 on ESP32)\n"
    assert "wrong: flash: image is for ESP32 (chip id 0), this chip is ESP32-C3" in done.err


def test_a_board_restarts_by_command_as_the_first_thing_it_is_asked(port: Port) -> None:
    url = port(wiring="none")
    board = opened(url)
    board.meet()
    boots = machine_at(url).boots
    board.hard_reset()
    assert board.evaluate("1 + 1") == "2"
    assert machine_at(url).boots > boots
    board.close()
