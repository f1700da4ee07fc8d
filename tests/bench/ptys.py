"""A virtual board in a process of its own on a pty, as ``python -m espsh.sim esp32 --pty`` is, that tells its counts.

Run as a program it serves the board whose URL is its only word, prints the port's path when the board is at its prompt,
and answers each line of stdin with its counts, until stdin ends.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

from espsh.ports.protocol_sim import Serial
from espsh.serve import serve_pty
from espsh.sim.machine import power_off
from espsh.sim.pty_rate import PtyRate

RATE = 115200


class Counts(NamedTuple):
    """What passed a board's line so far. ``lost``: seconds that its time stood still since this computer was late."""

    up: int
    turns: int
    lost: float


class PtyBoard:
    """A board that a tool can open at ``path``."""

    def __init__(self, url: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, __file__, url], stdin=pipe, stdout=pipe, text=True)
        self.path = ""

    def await_prompt(self) -> None:
        """Wait until it has booted."""
        self.path = self._line()

    @property
    def counts(self) -> Counts:
        """What passed its line so far."""
        to, _ = self._pipes
        to.write("\n")
        to.flush()
        up, turns, lost = self._line().split()
        return Counts(int(up), int(turns), float(lost))

    def end(self) -> None:
        """Switch it off."""
        to, back = self._pipes
        to.close()
        self.process.wait()
        back.close()

    @property
    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self.process.stdin and self.process.stdout
        return self.process.stdin, self.process.stdout

    def _line(self) -> str:
        line = self._pipes[1].readline()
        if not line:
            raise RuntimeError("the process of a virtual board has ended")
        return line.strip()


@contextlib.contextmanager
def pty_boards(urls: Sequence[str]) -> Iterator[list[PtyBoard]]:
    """Yield the boards behind the URLs, each at its prompt."""
    boards = [PtyBoard(url) for url in urls]
    try:
        for board in boards:
            board.await_prompt()
        yield boards
    finally:
        for board in boards:
            board.end()


def _main(url: str) -> None:
    stop, stopper = os.pipe()
    with Serial(url, baudrate=RATE, timeout=60) as port:
        port.read_until(b">>> ")
        port.machine.settle()
        with contextlib.ExitStack() as stack:

            def announce(path: str) -> None:
                port.machine.follow(stack.enter_context(PtyRate(path, RATE)))
                stack.callback(port.machine.follow, None)
                _say(path)

            server = threading.Thread(target=serve_pty, args=(port, stop, announce))
            server.start()
            for _ in sys.stdin:
                _say(f"{port.machine.bytes_up} {port.machine.turns} {port.machine.lost_time}")
            os.close(stopper)
            server.join()
        power_off(url)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(sys.argv[1])
