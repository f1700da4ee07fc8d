"""Ctrl-C while a board is flashed: at the question, and while files are kept, written and brought back."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build
from espsh.sim.machine import machine_at
from tests.commands.test_flash import content
from tests.conftest import Shell
from tests.terminal import Terminal

Port = Callable[..., str]
IMAGE = firmware.merged(RECIPES["esp32"], Build(version="1.30.0", app_size=60_000))
FILES = {f"d/{number}.bin": random.Random(number).randbytes(8_000) for number in range(4)}


@pytest.fixture
def flash_file(tmp_path: Path) -> Path:
    return tmp_path / "flash.img"


@pytest.fixture
def slow(sh: Shell, port: Port, flash_file: Path) -> Shell:
    """A board with 32 kB of files behind a line that takes seconds for them."""
    url = port(image=str(flash_file))
    sh.ports.append(url)
    sh.write("new.bin", IMAGE)
    for name, data in FILES.items():
        sh.write(name, data)
    assert sh("cp -r d :").code == 0
    sh.ports[:] = [url.replace("baud=0", "baud=115200")]
    return sh


@contextlib.contextmanager
def ctrl_c_when(true: Callable[[], bool]) -> Iterator[None]:
    """Press Ctrl-C once, when something is true."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            if true():
                os.kill(os.getpid(), signal.SIGINT)
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def sent_since(sent: Callable[[], int], begun: Callable[[], bool], count: int) -> Callable[[], bool]:
    """Return whether ``count`` bytes of those ``sent`` came after something had ``begun``."""
    at: list[int] = []

    def reached() -> bool:
        if not at and begun():
            at.append(sent())
        return bool(at) and sent() - at[0] >= count

    return reached


def test_ctrl_c_while_files_are_kept_leaves_all_as_it_was(slow: Shell, flash_file: Path, tmp_path: Path) -> None:
    before = content(flash_file)
    kept = tmp_path / "state" / "backups"

    def begun() -> bool:
        return any(path.is_file() for path in kept.rglob("*"))

    with ctrl_c_when(sent_since(lambda: machine_at(slow.ports[0]).bytes_down, begun, 3_000)):
        stopped = slow("flash -y --keep-files new.bin")
    assert (stopped.code, stopped.out) == (130, "")
    last = stopped.err.splitlines()[-1]
    assert last.startswith("hint: nothing was written; what was copied of its files is in ")
    assert Path(last.rpartition(" ")[2]).is_dir()
    assert content(flash_file)[:0x10000] == before[:0x10000]
    assert slow("sha256sum :d/3.bin").out.split()[0] == slow("sha256sum d/3.bin").out.split()[0]


def test_ctrl_c_while_files_are_brought_back_names_the_command_that_does(slow: Shell, tmp_path: Path) -> None:
    kept = tmp_path / "state" / "backups"

    def restarted() -> bool:
        return any(kept.rglob("nvs.bin")) and machine_at(slow.ports[0]).state == "running"

    with ctrl_c_when(sent_since(lambda: machine_at(slow.ports[0]).bytes_up, restarted, 10_000)):
        stopped = slow("flash -y --erase --keep-files new.bin")
    assert stopped.code == 130, stopped
    assert "FLASHED · VERIFIED · BOOTED (MicroPython 1.30.0 on ESP32); its files are not all back" in stopped.err
    command = stopped.err.splitlines()[-1].rpartition("bring them back: ")[2]
    assert slow(command).code == 0
    for name, data in FILES.items():
        assert slow(f"cat :{name}").data == data


def test_the_shell_lives_on_after_ctrl_c_at_the_question_and_in_the_write(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "new.bin").write_bytes(IMAGE)
    folders = {f"ESPSH_{kind}_DIR": str(tmp_path / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    url = f"sim:esp32/q{os.getpid()}?image={tmp_path / 'flash.img'}&latency=0"
    with terminal.running(sys.executable, "-m", "espsh", "-p", url, **folders) as process:
        terminal.expect(b"Ctrl-D to leave", b" >")
        terminal.type(b"flash new.bin\r")
        terminal.expect(b"new.bin (0x1000-", b"write it to esp32? what is there is overwritten [y/N] ")
        terminal.type(b"\x03")
        terminal.expect(b"\r\nflash: interrupted\r\n", b"nothing was written", b" >")
        terminal.type(b"eval 40+2\r")
        terminal.expect(b"42\r\n", b" >")
        terminal.type(b"flash -y new.bin\r")
        terminal.expect(b"new.bin (0x1000-", b"%")
        terminal.type(b"\x03")
        terminal.expect(b"flash: interrupted\r\n", b"the flash is half written", b"flash FILE", b" >")
        terminal.type(b"flash -y new.bin\r")
        terminal.expect(b"BOOTED (MicroPython 1.30.0 on ESP32)", b" >")
        terminal.type(b"exit\r")
        assert process.wait(60) == 0
