"""A virtual board on a pty for any tool, in this process so that its counters can be read, and what its flash holds."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from espsh.ports.protocol_sim import Serial
from espsh.serve import serve_pty
from espsh.sim.machine import Machine, power_off
from espsh.sim.pty_rate import PtyRate

FRIENDLY = b"\r\n>>> "
RAW = b"raw REPL; CTRL-B to exit\r\n>"
QUIET = 0.3
"""Seconds without a byte after which a board has said what it had to say."""
HUNG = 60.0
RATE = 115200

_INVENTORY = """
import os, hashlib, binascii
def walk(folder):
    for name, kind, *_ in os.ilistdir(folder):
        path = folder + '/' + name
        if kind == 0x4000:
            print(path + '/')
            walk(path)
        else:
            digest = hashlib.sha256()
            with open(path, 'rb') as f:
                while block := f.read(1024):
                    digest.update(block)
            print(path, binascii.hexlify(digest.digest()).decode())
walk('')
"""


class Counts(NamedTuple):
    """What passed the line so far. ``lost``: seconds that emulated time stood still since this computer was late."""

    up: int
    down: int
    turns: int
    lost: float
    dropped: int

    def since(self, start: Counts) -> Counts:
        """Return what passed after ``start``."""
        return Counts(
            self.up - start.up, self.down - start.down, self.turns - start.turns, self.lost - start.lost,
            self.dropped - start.dropped,
        )  # fmt: skip


class Served:
    """A board that a tool can open at ``path``."""

    def __init__(self, path: Path, machine: Machine) -> None:
        self.path = path
        self._machine = machine

    @property
    def counts(self) -> Counts:
        """What passed the line so far."""
        board = self._machine
        return Counts(board.bytes_up, board.bytes_down, board.turns, board.lost_time, board.dropped)

    def listen(self, end: bytes = b"") -> None:
        """Read until the board has said ``end``; without one, until it says nothing any more."""
        self._machine.drain(HUNG)
        said = b""
        port = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        try:
            while not (end and said.endswith(end)):
                ready, _, _ = select.select([port], [], [], HUNG if end else QUIET)
                if not ready:
                    break
                said += os.read(port, 4096)
        finally:
            os.close(port)
        if not said.endswith(end):
            raise TimeoutError(f"the board did not come to {end!r}: {said[-200:]!r}")


@contextlib.contextmanager
def served_board(folder: Path, options: str) -> Iterator[Served]:
    """Serve a virtual ESP32 whose flash is in ``folder``, booted and at its prompt."""
    url = _url(folder, options)
    stop, stopper = os.pipe()
    announced = threading.Event()
    with Serial(url, baudrate=RATE) as port:
        path = folder / "ttyUSB0"
        thread = threading.Thread(target=serve_pty, args=(port, stop, lambda _: announced.set(), path))
        thread.start()
        try:
            announced.wait()
            served = Served(path, port.machine)
            with PtyRate(str(path), RATE) as rate:
                port.machine.follow(rate)
                served.listen(FRIENDLY)
                yield served
                port.machine.follow(None)
        finally:
            os.close(stopper)
            thread.join()
            os.close(stop)
            power_off(url)


def flash_contents(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file on the flash in ``folder`` by path, and "" for each directory."""
    url = _url(folder, "baud=0&latency=0&erase=0&write=0")
    try:
        with Serial(url, timeout=HUNG) as port:
            _until(port, b">>> ")
            port.write(b"\x01")
            _until(port, RAW)
            port.write(_INVENTORY.encode() + b"\x04")
            _until(port, b"OK")
            said = _until(port, b"\x04")
            if error := _until(port, b"\x04"):
                raise RuntimeError(error.decode())
    finally:
        power_off(url)
    return {path: digest for path, _, digest in (line.partition(" ") for line in said.decode().splitlines())}


def _until(port: Serial, end: bytes) -> bytes:
    said = bytes(port.read_until(end))
    if not said.endswith(end):
        raise TimeoutError(f"the board did not come to {end!r}: {said[-200:]!r}")
    return said.removesuffix(end)


def _url(folder: Path, options: str) -> str:
    return f"sim://esp32/bench?image={folder / 'flash'}&size=8M&{options}"
