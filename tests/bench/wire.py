"""A virtual board on a pty, with a tap in the line that counts what any tool sends and receives."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Counts:
    """Bytes each way, and turns: how often traffic from the board turns back to traffic to the board."""

    up: int = 0
    down: int = 0
    turns: int = 0


class Tap:
    """Joins an outer pty, which a tool opens, to the board's own."""

    def __init__(self, board: str, link: Path) -> None:
        self.counts = Counts()
        self._board = os.open(board, os.O_RDWR | os.O_NOCTTY)
        self._outer, self._slave = pty.openpty()
        tty.setraw(self._board)
        tty.setraw(self._slave)
        link.symlink_to(os.ttyname(self._slave))
        self._wake, self._end = os.pipe()
        self._last_was_down = False
        self._thread = threading.Thread(target=self._pump)
        self._thread.start()

    def close(self) -> None:
        """Cut the line."""
        os.close(self._end)
        self._thread.join()
        for handle in (self._board, self._outer, self._slave, self._wake):
            os.close(handle)

    def _pump(self) -> None:
        while True:
            ready, _, _ = select.select([self._board, self._outer, self._wake], [], [])
            if self._wake in ready:
                return
            if self._outer in ready:
                data = os.read(self._outer, 4096)
                self.counts.up += len(data)
                self.counts.turns += self._last_was_down
                self._last_was_down = False
                os.write(self._board, data)
            if self._board in ready:
                data = os.read(self._board, 4096)
                self.counts.down += len(data)
                self._last_was_down = True
                os.write(self._outer, data)


@contextlib.contextmanager
def tapped_board(folder: Path, options: str) -> Iterator[tuple[Path, Tap]]:
    """Serve a fresh virtual ESP32 and yield the path a tool opens, and the tap in its line."""
    inner, outer = folder / "board", folder / "ttyUSB0"
    command = [sys.executable, "-m", "espsh.sim", f"esp32/bench?{options}", "--pty", "--link", str(inner)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "ESPSH_STATE_DIR": str(folder)}
    ) as served:
        assert served.stdout is not None
        try:
            served.stdout.readline()
            tap = Tap(str(inner), outer)
            try:
                yield outer, tap
            finally:
                tap.close()
                outer.unlink()
        finally:
            served.terminate()
