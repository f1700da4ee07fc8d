"""The front door for tests: ``sh("cp a.py :")`` runs a line as a user's script would, on virtual boards."""

from __future__ import annotations

import io
import itertools
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from espsh.base.world import World
from espsh.cli import main

if TYPE_CHECKING:
    from tests.firmware.site import Site
    from tests.terminal import Terminal

_serial = itertools.count()

settings.register_profile("espsh", deadline=None)  # a loaded computer is no failure
settings.load_profile("espsh")

if threading.current_thread() is threading.main_thread():
    # Started in the background by a script, all this has Ctrl-C ignored, and so would every espsh that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Result:
    """What a run of espsh left: its exit code and what it wrote."""

    code: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        return self.data.decode()

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Shell:
    """Runs espsh in a folder of its own, with the boards given as ports."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = env
        self.ports: list[str] = []

    def __call__(self, line: str, *options: str, stdin: str = "") -> Result:
        """Run a line of commands."""
        return self.run(*options, "-c", line, stdin=stdin)

    def run(self, *argv: str, stdin: str = "") -> Result:
        """Run espsh with these words after its ports."""
        ports = [word for port in self.ports for word in ("-p", port)]
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        code = main([*ports, *argv], World(io.StringIO(stdin), out, err, self.env, self.folder))
        out.flush()
        err.flush()
        return Result(code, out.buffer.getvalue(), err.buffer.getvalue().decode())

    def write(self, name: str, data: bytes | str) -> Path:
        """Put a file into the shell's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def read(self, name: str) -> bytes:
        """Return a file of the shell's folder."""
        return (self.folder / name).read_bytes()


@pytest.fixture
def sh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell without a board."""
    folders = {kind: str(tmp_path / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    env = {f"ESPSH_{kind}_DIR": folder for kind, folder in folders.items()}
    for variable, folder in env.items():
        monkeypatch.setenv(variable, folder)
    for variable in ("ESPSH_PORT", "RSHELL_PORT", "AMPY_PORT"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    return Shell(folder, {**env, "ESPSH_PORT": "none", "PATH": os.environ["PATH"], "HOME": str(tmp_path)})


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Make the port of a new virtual board without files; its options are sim's (``port(baud="0")``).

    Powered off afterwards.
    """
    from espsh.sim.machine import power_off

    made: list[str] = []
    nothing = tmp_path / "nothing"
    nothing.mkdir()

    def make(profile: str = "esp32", **options: str) -> str:
        chosen = {"baud": "0", "latency": "0", "erase": "0", "write": "0", "dir": str(nothing), **options}
        query = "&".join(f"{key}={value}" for key, value in chosen.items())
        made.append(f"sim:{profile}/t{os.getpid()}x{next(_serial)}?{query}")
        return made[-1]

    yield make
    for url in made:
        power_off(url)


@pytest.fixture
def board(sh: Shell, port: Callable[..., str]) -> Shell:
    """A shell with one virtual board, fast as USB."""
    sh.ports.append(port())
    return sh


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal whose programs start in the test's folder."""
    from tests.terminal import Terminal

    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A download site with nothing on it yet, and no proxy before it."""
    from tests.firmware.site import serve

    for variable in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    with serve() as site:
        yield site
