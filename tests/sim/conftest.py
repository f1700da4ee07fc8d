"""A virtual board and raw pyserial on it: nothing of espsh's own host side."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from espsh.ports.protocol_sim import Serial
from espsh.sim.machine import Machine, power_off

DEADLINE = 20.0  # s; a loaded computer is slow, a hanging test is not
FAST = {"baud": "0", "latency": "0", "erase": "0", "write": "0"}
_serial_numbers = itertools.count()


class Wire:
    """An open port, with waits that end at an event or fail at a deadline."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.port = Serial(url, baudrate=115200, timeout=DEADLINE, write_timeout=DEADLINE)

    @property
    def machine(self) -> Machine:
        return self.port.machine

    def until(self, end: bytes, seconds: float = DEADLINE) -> bytes:
        """Return what comes, up to and with ``end``."""
        came = bytearray()
        stop = time.monotonic() + seconds
        while not came.endswith(end):
            left = stop - time.monotonic()
            assert left > 0, f"no {end!r} in {bytes(came)!r}"
            self.port.timeout = left
            came += self.port.read(1)
        return bytes(came)

    def prompt(self) -> bytes:
        return self.until(b"\r\n>>> ")

    def enter(self, line: str) -> bytes:
        """Type a line at the friendly prompt; return the answer between the echo and the next prompt."""
        self.port.write(line.encode() + b"\r")
        self.until(line.encode() + b"\r\n")
        return self.until(b">>> ").removesuffix(b">>> ")

    def put(self, name: str, text: str) -> None:
        """Write a file; closed, as an open one is only on the flash when it is."""
        self.enter(f"f = open({name!r}, 'w'); n = f.write({text!r}); f.close()")

    def raw(self) -> None:
        self.port.write(b"\x01")
        self.until(b"raw REPL; CTRL-B to exit\r\n>")

    def execute(self, code: str) -> bytes:
        """Run code in the raw REPL; return its output, or its traceback if it raised."""
        self.port.write(code.encode() + b"\x04")
        self.until(b"OK")
        out = self.until(b"\x04")[:-1]
        error = self.until(b"\x04")[:-1]
        self.until(b">")
        return error or out

    def silent_for(self, seconds: float) -> bytes:
        """Return what comes in ``seconds``: for showing that nothing does."""
        self.port.timeout = seconds
        return self.port.read(1)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESPSH_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def sim_url() -> Iterator[Callable[..., str]]:
    """Make the URL of a board nobody else has; it is powered off afterwards."""
    made: list[str] = []

    def make(profile: str = "esp32", **options: str) -> str:
        query = "&".join(f"{key}={value}" for key, value in {**FAST, **options}.items())
        made.append(f"sim://{profile}/s{os.getpid()}x{next(_serial_numbers)}?{query}")
        return made[-1]

    yield make
    for url in made:
        power_off(url)


@pytest.fixture
def wire(sim_url: Callable[..., str]) -> Iterator[Callable[..., Wire]]:
    """Open a new board and read up to its first prompt."""
    opened: list[Wire] = []

    def make(profile: str = "esp32", *, prompt: bool = True, **options: str) -> Wire:
        opened.append(Wire(sim_url(profile, **options)))
        if prompt:
            opened[-1].until(b">>> ")
        return opened[-1]

    yield make
    for one in opened:
        one.port.close()


@pytest.fixture
def reopen() -> Iterator[Callable[[str], Wire]]:
    """Open a board that runs already, or has run."""
    opened: list[Wire] = []

    def make(url: str) -> Wire:
        opened.append(Wire(url))
        return opened[-1]

    yield make
    for one in opened:
        one.port.close()


@pytest.fixture
def served() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Serve a board from a process of its own; what it announces is where."""
    with contextlib.ExitStack() as stack:

        def serve(*words: str, board: str = "esp32/served?latency=0&baud=0") -> tuple[subprocess.Popen[str], str]:
            command = [sys.executable, "-W", "error", "-m", "espsh.sim", board, *words]
            pipe = subprocess.PIPE
            process = stack.enter_context(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True))
            stack.callback(process.kill)
            assert process.stdout is not None
            return process, process.stdout.readline().strip()

        yield serve
