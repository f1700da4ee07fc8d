"""A virtual board in a process of its own, served with RFC 2217, and what passed its line when."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import NamedTuple

from espsh.ports.protocol_sim import Serial
from espsh.serve import serve_rfc2217
from espsh.sim.machine import power_off

SAMPLE = 0.01
"""Seconds between two looks."""
HUNG = 30.0


class Moment(NamedTuple):
    """A look at the board ``at`` a time of ``monotonic()``, which is one for all processes.

    ``up`` counts bytes to the board, ``lost`` the seconds that emulated time stood still since this computer was late.
    """

    at: float
    up: int
    downloading: bool
    lost: float


class Served:
    """A board that a tool can open at ``url``."""

    def __init__(self, url: str, child: Connection) -> None:
        self.url = url
        self._child = child

    def seen(self) -> list[Moment]:
        """Return what was seen since the last call."""
        self._child.send("seen")
        return _answer(self._child)


@contextlib.contextmanager
def served(url: str) -> Iterator[Served]:
    """Serve the virtual board of ``url`` until the end of the block."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, there), daemon=True)
    process.start()
    there.close()
    try:
        yield Served(_answer(here), here)
        here.send("end")
        process.join(HUNG)
    finally:
        process.kill()
        process.join()


def _answer(child: Connection) -> object:
    if not child.poll(HUNG):
        raise TimeoutError("the process of a virtual board does not answer")
    return child.recv()


def _serve(url: str, parent: Connection) -> None:
    stop, stopper = os.pipe()
    with Serial(url, baudrate=115200, timeout=HUNG) as port:
        port.read_until(b">>> ")  # it has booted
        server = threading.Thread(target=serve_rfc2217, args=(port, stop, parent.send))
        server.start()
        try:
            _watch(port, parent)
        finally:
            os.close(stopper)
            server.join()
            power_off(url)


def _watch(port: Serial, parent: Connection) -> None:
    board, moments = port.machine, []
    while True:
        if not parent.poll(SAMPLE):
            moments.append(Moment(time.monotonic(), board.bytes_up, board.state == "download mode", board.lost_time))
        elif parent.recv() == "seen":
            parent.send(moments)
            moments = []
        else:
            return
