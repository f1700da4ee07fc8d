"""Virtual boards on the network: behind RFC 2217, a plain TCP port, a pty, a real ser2net, a WebREPL."""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from espsh.ports.open import normalise
from espsh.serve import serve_pty, serve_rfc2217
from espsh.serve.carrying import Outbox, Port, reading

Announce = Callable[[str], None]
Serve = Callable[..., None]
MICROPYTHON = "import sys, micropython_run as m; sys.exit(m.run_main(['micropython', *sys.argv[1:]]))"


def free_port() -> int:
    """Return a TCP port where nobody listens."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        number: int = held.getsockname()[1]
        return number


def serve_plain(port: Port, stop: int, announce: Announce) -> None:
    """Serve ``port`` on a plain TCP port, to one client after another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        announce(f"socket://127.0.0.1:{listener.getsockname()[1]}")
        while True:
            ready, _, _ = select.select([listener, stop], [], [])
            if stop in ready:
                return
            client, _ = listener.accept()
            outbox = Outbox(port)
            with client, contextlib.closing(outbox), reading(port, client.sendall):
                while True:
                    ready, _, _ = select.select([client, stop], [], [])
                    if stop in ready:
                        return
                    data = b""
                    with contextlib.suppress(ConnectionResetError):
                        data = client.recv(4096)
                    if not data:
                        break
                    outbox.put(data)


@pytest.fixture
def serving(port: Callable[..., str]) -> Iterator[Callable[..., str]]:
    """Serve new virtual boards by a function such as serve_rfc2217; their options are sim's."""
    with contextlib.ExitStack() as stack:

        def make(serve: Serve, profile: str = "esp32", **options: str) -> str:
            served = stack.enter_context(serial.serial_for_url(normalise(port(profile, **options)), baudrate=115200))
            ours, theirs = socket.socketpair()
            stack.enter_context(theirs)
            where: list[str] = []
            announced = threading.Event()

            def announce(url: str) -> None:
                where.append(url)
                announced.set()

            thread = threading.Thread(target=serve, args=(served, theirs.fileno(), announce))
            thread.start()
            stack.callback(thread.join)
            stack.callback(ours.close)
            announced.wait()
            return where[0]

        yield make


@pytest.fixture
def far(serving: Callable[..., str]) -> Callable[..., str]:
    """Serve new virtual boards with RFC 2217; their options are sim's."""
    return lambda *profile, **options: serving(serve_rfc2217, *profile, **options)


@pytest.fixture
def plain(serving: Callable[..., str]) -> Callable[..., str]:
    """Serve new virtual boards on plain TCP ports; their options are sim's."""
    return lambda *profile, **options: serving(serve_plain, *profile, **options)


@pytest.fixture
def pty_board(serving: Callable[..., str]) -> str:
    """A new virtual board on a pty."""
    return serving(serve_pty)


class Program:
    """A server in a process of its own, that can be killed and started again."""

    def __init__(self, *argv: str, ready: bytes = b"") -> None:
        self._argv = argv
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it says so, where it does."""
        self._process = subprocess.Popen(self._argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        if self._ready:
            assert self._process.stdout.readline().strip() == self._ready

    def kill(self) -> None:
        """End it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


_numbers = itertools.count()


@pytest.fixture
def ser2net(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start ser2net with one connection: ``ser2net(accepter, connector)``."""
    program = shutil.which("ser2net", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("ser2net is not installed (Debian: apt-get install ser2net)")
    with contextlib.ExitStack() as stack:

        def start(accepter: str, connector: str) -> Program:
            path = tmp_path / f"ser2net{next(_numbers)}.yaml"
            path.write_text(f"connection: &board\n  accepter: {accepter}\n  connector: {connector}\n")
            server = Program(program, "-n", "-u", "-c", str(path))
            stack.callback(server.kill)
            return server

        yield start


@pytest.fixture
def webrepl(plain: Callable[..., str]) -> Iterator[Callable[..., tuple[str, Program]]]:
    """Start a WebREPL in front of a new virtual board; return its address, ``HOST:PORT``, and the server."""
    pytest.importorskip("micropython_run", reason="pip install 'espsh[sim]'")
    with contextlib.ExitStack() as stack:

        def start(password: str = "secret", **options: str) -> tuple[str, Program]:
            board = plain(**options).rpartition(":")[2]
            number = free_port()
            script = str(Path(__file__).parent / "webrepl_server.py")
            server = Program(sys.executable, "-c", MICROPYTHON, script, board, password, str(number), ready=b"ready")
            stack.callback(server.kill)
            return f"127.0.0.1:{number}", server

        yield start


class Falter:
    """Calls ``fault`` once when ``after`` bytes have been written to ports of a class."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: Any, after: int, fault: Callable[[], None]) -> None:
        self.happened = False
        self._left = after
        write = kind.write

        def count(port: Any, data: bytes) -> int:
            self._left -= len(data)
            if self._left < 0 and not self.happened:
                self.happened = True
                fault()
            written: int = write(port, data)
            return written

        monkeypatch.setattr(kind, "write", count)
