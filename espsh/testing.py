"""For tests of plugins: espsh as a user's script has it, on virtual boards. pytest gives it as the fixture ``sh``.

    def test_hello(sh):
        sh.plug("esp32")
        assert sh("hello 2").lines == ["hello hello"]

Each test has folders of its own for its files, settings and boards. Virtual boards need ``espsh[sim]``.
"""

from __future__ import annotations

import io
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from espsh.base.world import World
from espsh.cli import main

_serial = itertools.count()


@dataclass(frozen=True)
class Result:
    """What a run of espsh left: its exit code, what it wrote to stdout (bytes), and to stderr."""

    code: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        """What it wrote to stdout, as text."""
        return self.data.decode()

    @property
    def lines(self) -> list[str]:
        """The lines of that."""
        return self.out.splitlines()


class VirtualBoards:
    """Makes virtual boards without files, as fast as the computer is; ``folder`` is an empty one."""

    def __init__(self, folder: Path) -> None:
        self._nothing = folder
        self._made: list[str] = []

    def new(self, profile: str = "esp32", **options: str) -> str:
        """Return the port of a new one; ``options`` are those of docs/virtual-board.md: ``flash="8MB"``."""
        self._nothing.mkdir(parents=True, exist_ok=True)
        chosen = {"baud": "0", "latency": "0", "erase": "0", "write": "0", "dir": str(self._nothing), **options}
        query = "&".join(f"{key}={value}" for key, value in chosen.items())
        self._made.append(f"sim:{profile}/t{os.getpid()}x{next(_serial)}?{query}")
        return self._made[-1]

    def power_off(self) -> None:
        """End all of them."""
        if self._made:
            from espsh.sim.machine import power_off

            for url in self._made:
                power_off(url)


class Shell:
    """Runs espsh in a folder of its own, with the boards given as ports."""

    def __init__(self, folder: Path, env: dict[str, str], boards: VirtualBoards | None = None) -> None:
        self.folder = folder
        self.env = env
        self.boards = boards or VirtualBoards(folder / ".nothing")
        self.ports: list[str] = []

    def plug(self, profile: str = "esp32", *, name: str = "", **options: str) -> str:
        """Have one more virtual board in this test, called ``name``; return its port. See :class:`VirtualBoards`."""
        port = self.boards.new(profile, **options)
        self.ports.append(f"{name}={port}" if name else port)
        return port

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


def shell_in(folder: Path) -> tuple[Shell, dict[str, str]]:
    """Return a shell whose files and settings are all below ``folder``, and espsh's variables for that."""
    variables = {f"ESPSH_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    work = folder / "work"
    work.mkdir()
    env = {**variables, "ESPSH_PORT": "none", "PATH": os.environ["PATH"], "HOME": str(folder)}
    return Shell(work, env, VirtualBoards(folder / "nothing")), variables
